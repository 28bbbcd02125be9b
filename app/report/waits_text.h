// The part of the summary that says who waited for whom, and where in the code that came from: the matrix,
// the places, the calls that would better keep or better release the GIL, the time on cores, kernels and
// collections. Thread rule: pure function.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/report/paint.h"
#include "app/report/report.h"

namespace gilscope::app {

/// Paragraphs, each a vector of texts that are still to be wrapped: an empty report gives none. Short by
/// default, with what matters most of each list; `full` shows all of each. Texts of the report must be
/// printable.
std::vector<std::vector<std::string>> waits_text(const Report& report, std::size_t width, bool full,
                                                 const Paint& paint);

}  // namespace gilscope::app
