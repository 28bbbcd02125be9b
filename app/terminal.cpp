#include "app/terminal.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace gilscope::app {

namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Read from the environment, as the process's own locale is the script's to change.
bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    return value.find("UTF-8") != value.npos || value.find("utf8") != value.npos ||
           value.find("UTF8") != value.npos || value.find("utf-8") != value.npos;
  }
  return false;
}

}  // namespace

Terminal describe_terminal(int file_descriptor) {
  Terminal terminal;
  terminal.utf8 = locale_is_utf8();
  terminal.is_terminal = isatty(file_descriptor) != 0;
  if (winsize size{};
      terminal.is_terminal && ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  } else if (const int columns = std::atoi(std::string(environment("COLUMNS")).c_str()); columns > 0) {
    terminal.width = columns;
  }
  terminal.colour = terminal.is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  return terminal;
}

bool can_move_cursor(int file_descriptor) {
  const std::string_view term = environment("TERM");
  return isatty(file_descriptor) != 0 && !term.empty() && term != "dumb";
}

}  // namespace gilscope::app
