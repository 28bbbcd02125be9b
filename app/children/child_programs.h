// Which programs that a traced process executes are traced, too: those that are this Python. gilscope is then
// executed in its place, with python's own command line, and an entry in the environment that says so and
// that it takes away before Python starts. Not for what gilscope does then: python_child.h. Thread rule: as
// probe::process_hooks.
#pragma once

#include <optional>
#include <string>

namespace gilscope::app {

/// From now on. `folder` is the run's board, `python` what sys.executable names.
void redirect_programs(const std::string& folder, const std::string& python);

/// Of a process that was executed in this way: the folder of the board, once. Nothing: it was not.
std::optional<std::string> take_board_folder();

}  // namespace gilscope::app
