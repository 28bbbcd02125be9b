// Where errors end: what the user can mend is told in a line, anything else is a fault of ours.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/user_error.h"

int main(int argc, char** argv) {
  using namespace gilscope::app;
  try {
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
