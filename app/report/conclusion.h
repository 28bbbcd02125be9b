// One plain sentence that says what the numbers mean, for someone who has never seen such a report. Drawn
// from fixed thresholds on the report alone, so that equal numbers give an equal sentence; it claims nothing
// they do not show. Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// Empty when there is nothing to conclude from: the probe could not see, or a law is broken.
std::string conclusion(const Report& report);

}  // namespace gilscope::app
