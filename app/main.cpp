// Where errors end: what the user can mend is told in a line, anything else is a fault of ours.
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "app/children/child_programs.h"
#include "app/children/python_child.h"
#include "app/command_line.h"
#include "app/user_error.h"

int main(int argc, char** argv) {
  using namespace gilscope::app;
  try {
    if (const std::optional<std::string> board = take_board_folder(); board && argc > 0) {
      return run_as_python(argc, argv, *board);
    }
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return run_command_line(arguments);
  } catch (const UserError& error) {
    std::fprintf(stderr, "gilscope: %s\n", error.what());
    return kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gilscope: internal error: %s\n", error.what());
    return kExitInternal;
  }
}
