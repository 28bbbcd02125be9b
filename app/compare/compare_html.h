// A comparison as a page: the tables, what could not run, the curves of a sweep. One file, no script, nothing
// from elsewhere. Thread rule: one thread at a time.
#pragma once

#include <ostream>

#include "app/compare/comparison.h"

namespace gilscope::app {

/// Throws UserError: Cairo or a font is not there.
void write_comparison_html(const Comparison& comparison, std::ostream& out);

}  // namespace gilscope::app
