// A comparison as JSON: every number, times in nanoseconds. Thread rule: pure function.
#pragma once

#include <string>

#include "app/compare/comparison.h"

namespace gilscope::app {

std::string comparison_json(const Comparison& comparison);

}  // namespace gilscope::app
