// The two ways to run on more cores, side by side: native sections that release the GIL, and a Python
// without it. Filled in with what the comparison measured. Thread rule: pure functions.
#pragma once

#include "app/compare/compare_grid.h"
#include "app/compare/comparison.h"

namespace gilscope::app {

/// Of the last point; no rows: the free-threaded Python's threads were not measured there.
Grid talk_grid(const Comparison& comparison);

}  // namespace gilscope::app
