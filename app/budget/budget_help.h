// `gilscope help budget`: the grammar for a person, and every name that there is. Thread rule: pure function.
#pragma once

#include <string>

namespace gilscope::app {

std::string budget_help();

}  // namespace gilscope::app
