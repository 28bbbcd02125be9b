// gilscope in the place of python, for a child of a traced run: all that python3 does with its command line,
// by python3's own code, and recorded. Thread rule: on the main thread.
#pragma once

#include <string>

namespace gilscope::app {

/// Does what python3 would with these arguments, the program's name among them; returns its exit status.
int run_as_python(int count, char** arguments, const std::string& board_folder);

}  // namespace gilscope::app
