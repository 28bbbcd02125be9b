// What the processor is called. Thread rule: pure function on /proc.
#pragma once

#include <string>

namespace gilscope::app {

/// Empty where nobody says it.
std::string processor_name();

}  // namespace gilscope::app
