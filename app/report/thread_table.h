// The part of the summary with one row per thread: which threads are shown, what fits into the width, and
// how. Thread rule: pure function.
#pragma once

#include <string>
#include <vector>

#include "app/report/paint.h"
#include "app/report/report.h"

namespace gilscope::app {

/// Lines of at most `width` columns (80 or more), without their ends. A wide terminal gets one line per
/// thread, a narrow one a second line with the bar. When there are more than `max_threads` (0: a number that
/// suits a screen), those with the longest hold + wait are shown, longest first, and one row sums up the
/// rest. Names must be printable.
std::vector<std::string> thread_table(const Report& report, std::size_t width, std::size_t max_threads,
                                      const Paint& paint);

}  // namespace gilscope::app
