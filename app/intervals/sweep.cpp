#include "app/intervals/sweep.h"

#include <cstdio>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

#include "app/compare/child_process.h"
#include "app/compare/workspace.h"
#include "app/intervals/interval_list.h"
#include "app/intervals/interval_notes.h"
#include "app/intervals/interval_views.h"
#include "app/output_file.h"
#include "app/report/units.h"
#include "app/terminal.h"

namespace gilscope::app {

namespace {

constexpr char kReport[] = "report.json";
constexpr char kNotes[] = "notes.json";
constexpr int kSignalled = 128;  // as a shell says it

std::string signal_text(int number) {
  const char* const name = sigabbrev_np(number);
  return name != nullptr ? fmt::format("it died of SIG{}", name)
                         : fmt::format("it died of signal {}", number);
}

std::vector<std::string> arguments_of(const RunOptions& options, std::uint64_t interval_ns,
                                      const Workspace& workspace) {
  std::vector<std::string> arguments = {own_program(),
                                        "run",
                                        "--quiet",
                                        "--switch-interval",
                                        interval_argument(interval_ns),
                                        "--switch-interval-notes",
                                        workspace.file(kNotes),
                                        "--json",
                                        workspace.file(kReport)};
  arguments.insert(arguments.end(), options.own_options.begin(), options.own_options.end());
  arguments.insert(arguments.end(), options.script_words.begin(), options.script_words.end());
  return arguments;
}

// False: it was interrupted.
bool run_at(std::uint64_t interval_ns, const RunOptions& options, const Workspace& workspace,
            SignalWatch& signals, IntervalRun& run) {
  run.interval_ns = interval_ns;
  workspace.remove(kReport);
  workspace.remove(kNotes);
  const ProcessEnd end = run_child({arguments_of(options, interval_ns, workspace), {}, ""},
                                   std::chrono::milliseconds{0}, signals);
  if (end.how == ProcessEnd::How::kInterrupted) return false;
  const bool was_killed = end.how == ProcessEnd::How::kSignalled;
  run.exit_status = was_killed ? kSignalled + end.status : end.status;
  if (!read_interval_run(workspace.read(kNotes), workspace.read(kReport), run)) {
    run.ended_badly = was_killed ? signal_text(end.status)
                                 : fmt::format("it ended with status {} and no numbers", end.status);
  }
  return true;
}

}  // namespace

int run_sweep(const RunOptions& options) {
  IntervalSweep sweep;
  sweep.gilscope_version = GILSCOPE_VERSION;
  sweep.command = options.command;
  const Workspace workspace;
  int status = 0;
  {
    SignalWatch signals;
    for (std::size_t i = 0; i < options.switch_intervals_ns.size(); ++i) {
      const std::uint64_t interval_ns = options.switch_intervals_ns[i];
      if (!options.views.quiet) {
        fmt::print(stderr, "run {} of {}, switch interval {}\n", i + 1, options.switch_intervals_ns.size(),
                   duration(interval_ns));
      }
      std::fflush(nullptr);
      IntervalRun run;
      if (!run_at(interval_ns, options, workspace, signals, run)) {
        sweep.interrupted = true;
        status = kSignalled + signals.ended_by();
        break;
      }
      if (status == 0) status = run.exit_status;
      sweep.runs.push_back(std::move(run));
    }
  }
  if (!options.views.quiet) {
    const Terminal terminal = describe_terminal(STDERR_FILENO);
    fmt::print(stderr, "\n{}", interval_table(sweep, terminal.width, !terminal.utf8));
  }
  if (!options.views.json_file.empty()) {
    write_file(options.views.json_file, [&](std::ostream& out) { out << interval_json(sweep); });
  }
  return status;
}

}  // namespace gilscope::app
