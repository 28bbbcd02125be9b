// gilscope run: the script as python3 would run it, recorded; then what the GIL did.
#include <Python.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/children/children.h"
#include "app/children/traced_child.h"
#include "app/command_line.h"
#include "app/intervals/interval_notes.h"
#include "app/intervals/interval_views.h"
#include "app/intervals/sweep.h"
#include "app/live/live_view.h"
#include "app/live_web/live_web.h"
#include "app/output_file.h"
#include "app/session.h"
#include "app/terminal.h"
#include "app/terminate.h"
#include "app/trace_file/trace_reader.h"
#include "app/user_error.h"
#include "app/view_options.h"
#include "embed/interpreter.h"
#include "embed/interrupt.h"
#include "embed/probe/lock_waits.h"
#include "embed/probe/places.h"
#include "embed/probe/process_hooks.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"
#include "embed/script.h"
#include "embed/switch_interval.h"
#include "embed/switch_interval_watch.h"
#include "embed/thread_names.h"
#include "embed/worker_threads.h"

namespace gilscope::app {

namespace {

using py::ScriptEnd;
using py::ScriptSource;

std::string executable_for(const RunOptions& options) {
  if (options.venv) return py::venv_executable(*options.venv);
  if (const char* const active = std::getenv("VIRTUAL_ENV"); active != nullptr && *active != '\0') {
    try {
      return py::venv_executable(active);
    } catch (const py::StartError& error) {
      std::fprintf(stderr, "gilscope: the active virtual environment is not used: %s\n", error.what());
    }
  }
  const std::string linked = py::linked_executable();
  if (linked.empty()) {
    throw UserError(fmt::format("the Python that gilscope was built with ({}) is gone; build gilscope again",
                                GILSCOPE_PYTHON_EXECUTABLE));
  }
  return linked;
}

void check_script(const RunOptions& options) {
  if (options.script.kind != ScriptSource::Kind::kFile) return;
  if (access(options.script.text.c_str(), R_OK) != 0) {
    throw UserError(fmt::format("cannot open '{}': {}", options.script.text, std::strerror(errno)));
  }
}

// What python3 would have been given: its options, the script, the script's arguments.
std::vector<std::string> python_arguments(const RunOptions& options) {
  std::vector<std::string> arguments = options.python_options;
  switch (options.script.kind) {
    case ScriptSource::Kind::kFile:
      arguments.push_back(options.script.text);
      break;
    case ScriptSource::Kind::kModule:
      arguments.insert(arguments.end(), {"-m", options.script.text});
      break;
    case ScriptSource::Kind::kCommand:
      arguments.insert(arguments.end(), {"-c", options.script.text});
      break;
    case ScriptSource::Kind::kStdin:
      arguments.emplace_back("-");
      break;
  }
  // A script whose name begins with a dash is still a script.
  if (options.script.kind == ScriptSource::Kind::kFile && options.script.text.starts_with('-')) {
    arguments.back() = "./" + options.script.text;
  }
  arguments.insert(arguments.end(), options.script_arguments.begin(), options.script_arguments.end());
  return arguments;
}

ScriptEnd run_on_main_thread(const RunOptions& options) {
  try {
    const py::Script script(options.script);
    script.run_in_main();
  } catch (py::PyError& error) {
    error.restore();
    return py::end_of_error(nullptr);
  }
  return {};
}

ScriptEnd run_whole_on_threads(const RunOptions& options, Session& session) {
  try {
    const py::Script script(options.script);
    session.expect_threads();
    return py::run_on_threads(options.threads, [&](int) { script.run_in_own_namespace(); });
  } catch (py::PyError& error) {
    error.restore();
    return py::end_of_error(nullptr);
  }
}

ScriptEnd run_then_call(const RunOptions& options, Session& session) {
  if (const ScriptEnd end = run_on_main_thread(options); end.exit_status != 0) return end;
  py::PyRef function;
  try {
    function = py::find_in_main(options.call);
  } catch (py::PyError& error) {
    error.restore();
    PyErr_Clear();
  }
  if (!function || PyCallable_Check(function.get()) == 0) {
    PySys_WriteStderr("gilscope: --call: the script defines no function '%.200s'\n", options.call.c_str());
    return {kExitUsage, false};
  }
  try {
    session.expect_threads();
    return py::run_on_threads(options.threads, [&](int index) {
      py::raise_if_null(PyObject_CallFunction(function.get(), "ii", index, options.threads));
    });
  } catch (py::PyError& error) {
    error.restore();
    return py::end_of_error(nullptr);
  }
}

ScriptEnd run_script(const RunOptions& options, Session& session) {
  try {
    if (!options.call.empty()) return run_then_call(options, session);
    return options.threads > 1 ? run_whole_on_threads(options, session) : run_on_main_thread(options);
  } catch (const py::ThreadStartError& error) {
    std::fprintf(stderr, "gilscope: %s\n", error.what());
    return {kExitUsage, false};
  }
}

std::vector<NamedFile> output_files(const RunOptions& options) {
  std::vector<NamedFile> files = view_files(options.views);
  if (!options.trace_file.empty()) files.push_back({"-o", options.trace_file});
  return files;
}

void check_outputs(const RunOptions& options) {
  if (options.trace_file == "-") {
    throw UserError("-o cannot write to standard output: name a file, as in -o run.gil");
  }
  std::vector<NamedFile> inputs;
  if (options.script.kind == ScriptSource::Kind::kFile) inputs.push_back({"the script", options.script.text});
  check_view_files(output_files(options), inputs);
}

LiveWeb* live_web = nullptr;  // null: none
bool stderr_is_ours = true;

Children* children = nullptr;  // null: they are not traced

// Views for a person go to standard error, which the script's own output does not go to. `hurry`: the process
// is dying. False: the budget was not kept.
bool show(Report report, const Session& session, const RunOptions& options, bool hurry) {
  std::optional<TraceReader> trace;
  if (children != nullptr) trace = children->gather(session);
  if (trace) report = report_of(*trace, nullptr, options.views.estimate);
  show_summary(report, options.views, STDERR_FILENO);
  if (!trace && keeps_records(options) && session.kept_in() != nullptr) {
    trace.emplace(TraceReader::of_descriptor(session.kept_in()->descriptor(), "the trace"));
  }
  write_views(report, trace ? &*trace : nullptr, options.views);
  const bool kept = keep_budget(report, options.views, stderr_is_ours);
  if (live_web != nullptr) live_web->finish(report, trace ? &*trace : nullptr, hurry);
  return kept;
}

// The live view, if one is wanted and there is a terminal for it. Before Python starts: it needs a process of
// its own, and the script's standard streams.
std::unique_ptr<LiveView> start_live(const RunOptions& options) {
  if (options.live != "terminal") return nullptr;
  std::string why_not;
  std::unique_ptr<ViewProcess> process = ViewProcess::start(why_not);
  if (process == nullptr) {
    std::fprintf(stderr, "gilscope: --live is left out: %s\n", why_not.c_str());
    return nullptr;
  }
  const Terminal terminal = describe_terminal(isatty(STDERR_FILENO) != 0 ? STDERR_FILENO : STDOUT_FILENO);
  FrameOptions look;
  look.colour = terminal.colour;
  look.ascii = !terminal.utf8;
  return std::make_unique<LiveView>(std::move(process), look,
                                    LiveSource{.threads = Session::threads,
                                               .places_from = probe::places::places_from,
                                               .has_gil = [] { return !probe::lock_waits::records_sleeps(); },
                                               .switch_interval = py::switch_interval,
                                               .requested_switch_interval = py::requested_switch_interval,
                                               .set_switch_interval = py::request_switch_interval});
}

LiveView* live_view = nullptr;  // null: none

void finish_live(const Session& session) {
  if (live_view == nullptr || session.final_facts() == nullptr) return;
  const TraceFacts& facts = *session.final_facts();
  live_view->finish(facts.now, facts.open);
}

const RunOptions* run_options = nullptr;

void finish_terminated(Session& session, bool in_copy) {
  if (in_copy) live_web = nullptr;                                  // its server's thread is not in the copy
  const Report report = session.end_from_collector(128 + SIGTERM);  // as a shell says it
  finish_live(session);
  show(report, session, *run_options, true);
}

Session* recorded_session = nullptr;  // null: no numbers are to be shown

// The script has called os._exit(), on some thread: what was recorded is shown, and nothing else is done.
void finish_at_exit(int status) {
  const int exit_status = status & 0xff;
  bool budget_kept = true;
  try {
    if (PyGILState_Check() != 0) recorded_session->python_ends();
    recorded_session->end(exit_status);
    finish_live(*recorded_session);
    budget_kept = show(recorded_session->report(), *recorded_session, *run_options, true);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gilscope: %s\n", error.what());
  }
  if (exit_status == 0 && !budget_kept) _exit(kExitBudget);
}

std::atomic<bool> is_shown_before_exec = false;

// Another program takes the place of this one, if the kernel can execute it.
void finish_before_exec(const char* path) noexcept {
  struct stat file;
  if (stat(path, &file) != 0 || !S_ISREG(file.st_mode) || access(path, X_OK) != 0) return;
  if (is_shown_before_exec.exchange(true) || !probe::process_hooks::drop_exit_hook()) return;
  try {
    if (PyGILState_Check() != 0) recorded_session->python_ends();
    recorded_session->end_early(fmt::format("the script became another program, {}", path));
    finish_live(*recorded_session);
    show(recorded_session->report(), *recorded_session, *run_options, true);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gilscope: %s\n", error.what());
  }
}

std::uint64_t interval_ns(double seconds) {
  return seconds > 0 ? static_cast<std::uint64_t>(seconds * 1e6 + 0.5) * 1000 : 0;
}

// GIL: held.
void set_interval(std::uint64_t ns) {
  try {
    py::set_switch_interval(static_cast<double>(ns) / 1e9);
    py::watch_switch_interval();
  } catch (py::PyError& error) {
    error.restore();
    PyErr_Print();
  }
}

// What became of the interval that was asked for; nothing if none was. GIL: held.
std::optional<IntervalRun> intervals_of(const RunOptions& options) {
  if (options.switch_intervals_ns.empty()) return std::nullopt;
  IntervalRun run;
  run.interval_ns = options.switch_intervals_ns.front();
  for (const py::IntervalCall& call : py::switch_interval_calls()) {
    run.changes.push_back(
        {interval_ns(call.seconds), call.file, static_cast<std::uint32_t>(call.line), call.function});
  }
  try {
    run.final_interval_ns = interval_ns(py::get_switch_interval());
  } catch (py::PyError& error) {
    error.restore();
    PyErr_Clear();
  }
  return run;
}

void tell_intervals(const IntervalRun& run, const std::string& notes_file) {
  if (!notes_file.empty()) {
    write_file(notes_file, [&](std::ostream& out) { out << interval_notes(run); });
  } else if (stderr_is_ours) {
    fmt::print(stderr, "{}", interval_warnings(run));
  }
}

}  // namespace

int command_run(std::span<const std::string> arguments) {
  const std::optional<RunOptions> parsed = parse_run(arguments);
  if (!parsed) return 0;
  RunOptions options = *parsed;
  // Whatever file the script opens then gets the number of standard error.
  if (fcntl(STDERR_FILENO, F_GETFD) < 0) {
    options.views.quiet = true;
    stderr_is_ours = false;
  }
  check_script(options);
  check_outputs(options);
  if (options.switch_intervals_ns.size() > 1) return run_sweep(options);
  fix_view_files(options.views);
  const std::string trace_file = independent_of_folder(options.trace_file);
  const std::string interval_notes_file = independent_of_folder(options.interval_notes);

  // All live as long as the process: threads that Python leaves behind at its end may still look at it.
  live_view = start_live(options).release();
  if (options.live == "web") live_web = new LiveWeb(options.web);
  Session& session = *new Session;
  session.estimate_for(options.views.estimate);
  py::register_module(session);
  try {
    py::start_interpreter(executable_for(options), python_arguments(options));
  } catch (const py::StartError& error) {
    if (*error.what() != '\0') std::fprintf(stderr, "gilscope: %s\n", error.what());
    return error.exit_status();
  }
  py::install_interrupt_handler();
  if (!trace_file.empty()) {
    TraceOutput output = TraceOutput::create(trace_file, options.trace_limit);
    if (options.children) output.leave_low_numbers();
    session.keep_in(std::move(output), options.trace_file);
  } else if (keeps_records(options)) {
    TraceOutput output = TraceOutput::temporary(options.trace_limit);
    if (options.children) output.leave_low_numbers();
    session.keep_in(std::move(output), "of this run");
  }
  if (!options.switch_intervals_ns.empty()) set_interval(options.switch_intervals_ns.front());
  if (live_view != nullptr) session.watch(*live_view);
  if (live_web != nullptr) session.watch(live_web->watcher());
  session.begin({.trace = options.trace, .locations = options.locations}, options.command);
  if (options.children && session.is_recording()) {
    children = new Children(
        trace_file,
        {.root_id = getpid(), .trace_limit = options.trace_limit, .locations = options.locations});
    trace_children(children->board(), session);
  }
  run_options = &options;
  if (session.is_recording()) {
    finish_on_terminate(session, [&session](bool in_copy) { finish_terminated(session, in_copy); });
    recorded_session = &session;
    probe::process_hooks::set_exit_hook(finish_at_exit);
    probe::process_hooks::set_before_exec(finish_before_exec);
  }
  if (live_view != nullptr && session.is_recording()) live_view->begin(session.begun());
  if (live_web != nullptr) live_web->start();

  const ScriptEnd end = run_script(options, session);
  if (end.interrupted) py::interrupt_ends_program();
  session.python_ends();
  const std::optional<IntervalRun> intervals = intervals_of(options);
  const int exit_status = py::finish_interpreter(end.exit_status);
  if (probe::recorder::is_forked_child()) {
    std::fflush(nullptr);
    _exit(exit_status);
  }
  // Another thread may be in finish_at_exit(), which ends the process.
  while (!probe::process_hooks::drop_exit_hook()) pause();
  if (is_shown_before_exec) return exit_status;  // and could not be executed
  session.end(exit_status);
  finish_live(session);
  const bool budget_kept = show(session.report(), session, options, false);
  if (intervals) tell_intervals(*intervals, interval_notes_file);
  return exit_status != 0 || budget_kept ? exit_status : kExitBudget;
}

}  // namespace gilscope::app
