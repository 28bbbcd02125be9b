#include "app/children/python_child.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <sys/prctl.h>

#include "app/children/process_board.h"
#include "app/children/traced_child.h"
#include "app/command_line.h"
#include "app/session.h"
#include "app/user_error.h"
#include "embed/interpreter.h"
#include "embed/module_host.h"

namespace gilscope::app {

namespace {

// What ps and /proc show, as far as the name goes.
void take_name_of(const std::string& program) {
  prctl(PR_SET_NAME, program.substr(program.rfind('/') + 1).c_str(), 0, 0, 0);
}

std::string command_of(int count, char** arguments) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += shell_quoted(arguments[i]);
  }
  return text;
}

// What multiprocessing.spawn passes to each process that it makes.
bool is_of_multiprocessing(int count, char** arguments) {
  return std::any_of(arguments, arguments + count,
                     [](const char* word) { return std::string_view(word) == "--multiprocessing-fork"; });
}

}  // namespace

int run_as_python(int count, char** arguments, const std::string& board_folder) {
  take_name_of(arguments[0]);
  // As long as the process, both: threads may look at them at its end.
  Session& session = *new Session;
  py::register_module(session);
  py::start_interpreter_as_python(count, arguments);
  if (std::optional<ProcessBoard> opened = ProcessBoard::open(board_folder)) {
    ProcessBoard& board = *new ProcessBoard(std::move(*opened));
    const bool is_kept = keep_as_child(board, session);
    if (is_kept) {
      session.begin({.trace = true, .locations = board.settings().locations}, command_of(count, arguments));
    }
    trace_children(board, session);
    if (is_kept) child_begun(session, is_of_multiprocessing(count, arguments));
  }
  return py::run_as_python();
}

}  // namespace gilscope::app
