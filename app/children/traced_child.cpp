#include <Python.h>

#include "app/children/traced_child.h"

#include <csignal>
#include <cstdlib>
#include <new>
#include <optional>

#include <unistd.h>

#include "app/children/child_programs.h"
#include "app/terminate.h"
#include "app/trace_file/trace_output.h"
#include "app/user_error.h"
#include "embed/forked_children.h"
#include "embed/module_host.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/process_hooks.h"
#include "embed/probe/recorder.h"
#include "embed/process_name.h"

namespace gilscope::app {

namespace {

// What this process is, if it is recorded. Copied by fork, and then the parent's until the child has its own.
struct ThisProcess {
  ProcessBoard* board = nullptr;
  Session* session = nullptr;
  std::optional<std::uint32_t> number;  // on the board; nothing: it began the run
  pid_t id = 0;
  bool ended = false;
};
ThisProcess this_process;

bool is_this_process() { return this_process.session != nullptr && this_process.id == getpid(); }

// The last that is recorded of a child.
void end_child(int status) {
  if (!is_this_process() || !this_process.number || this_process.ended) return;
  this_process.ended = true;
  try {
    this_process.session->end(status & 0xff);
    this_process.board->set(*this_process.number, BoardEntry::State::kEnded, status & 0xff);
  } catch (const std::exception&) {
    // Its file then ends early, and says so.
  }
}

void end_at_exit(int status, void*) { end_child(status); }

void end_by_signal(int signal_number) {
  if (this_process.ended) return;
  this_process.ended = true;
  this_process.session->end_from_collector(128 + signal_number);
  this_process.board->set(*this_process.number, BoardEntry::State::kEnded, 128 + signal_number);
}

void before_exec(const char* /*path*/) noexcept {
  if (!is_this_process() || !this_process.number || this_process.ended) return;
  this_process.session->write_so_far();
  this_process.board->set(*this_process.number, BoardEntry::State::kReplaced, 0);
}

void watch_ends(Session& session) {
  probe::process_hooks::set_exit_hook(end_child);
  probe::process_hooks::set_before_exec(before_exec);
  if (session.is_recording()) {
    finish_on_terminate(session, [](bool) { end_by_signal(SIGTERM); });
  }
}

TraceOutput file_of(const ProcessBoard& board, std::uint32_t number) {
  TraceOutput output = TraceOutput::create(board.trace_of(number), board.settings().trace_limit);
  output.leave_low_numbers();
  return output;
}

void note_name(const std::string& name) {
  if (is_this_process() && this_process.number) this_process.board->name(*this_process.number, name);
}

// GIL: held.
void begin_in_forked_child() {
  ProcessBoard& board = *this_process.board;
  Session& parents = *this_process.session;
  const pid_t parent = this_process.id;
  this_process.id = getpid();
  this_process.ended = false;
  this_process.session = nullptr;
  parents.abandon_file();
  const std::optional<std::uint32_t> number = board.add_this_process(parent);
  if (!number) return;
  try {
    auto* const session = new Session;  // as long as the process: threads may look at it at its end
    session->keep_in(file_of(board, *number), "of a child");
    session->begin_in_forked_child(parents);
    this_process.number = number;
    this_process.session = session;
    py::change_module_host(*session);
    py::hear_name_after_fork(note_name);
    board.set(*number, BoardEntry::State::kRecording, 0);
    watch_ends(*session);
  } catch (const std::exception& error) {
    probe::gil_table::unwatch();
    probe::recorder::forget_after_fork();
    board.set(*number, BoardEntry::State::kNotTraced, 0, error.what());
  }
}

}  // namespace

void trace_children(ProcessBoard& board, Session& session) {
  this_process.board = &board;
  this_process.session = &session;
  this_process.id = getpid();
  py::call_in_forked_children([] {
    // A fork of a process that is not recorded is not, either.
    if (this_process.session != nullptr && this_process.session->is_recording()) begin_in_forked_child();
  });
  PyObject* const python = PySys_GetObject("executable");
  const char* const path = python != nullptr && PyUnicode_Check(python) ? PyUnicode_AsUTF8(python) : nullptr;
  if (path == nullptr) PyErr_Clear();
  redirect_programs(board.folder(), path != nullptr ? path : "");
}

bool keep_as_child(ProcessBoard& board, Session& session) {
  this_process.number = board.add_this_process(getppid());
  if (!this_process.number) return false;
  try {
    session.keep_in(file_of(board, *this_process.number), "of a child");
    return true;
  } catch (const UserError& error) {
    board.set(*this_process.number, BoardEntry::State::kNotTraced, 0, error.what());
    return false;
  }
}

void child_begun(Session& session, bool is_of_multiprocessing) {
  this_process.board->set(*this_process.number, BoardEntry::State::kRecording, 0);
  on_exit(end_at_exit, nullptr);
  // Python may then end the process by SIGINT, as it does after Ctrl-C.
  Py_AtExit([] {
    if (is_this_process()) this_process.session->write_so_far();
  });
  if (is_of_multiprocessing) py::hear_name_of_spawned(note_name);
  watch_ends(session);
}

}  // namespace gilscope::app
