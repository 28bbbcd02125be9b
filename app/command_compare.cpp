// gilscope compare: the same work done every way there is, side by side.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/compare/compare_html.h"
#include "app/compare/compare_json.h"
#include "app/compare/compare_picture.h"
#include "app/compare/compare_text.h"
#include "app/compare/comparer.h"
#include "app/compare/workspace.h"
#include "app/output_file.h"
#include "app/parse_arguments.h"
#include "app/processor_name.h"
#include "app/terminal.h"
#include "app/user_error.h"
#include "app/view_options.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

constexpr const char kCompareHelp[] =
    R"(Each pattern does the same work in processes of its own, and its result is compared with the sequential one.
A workload is a Python file with a function for each pattern; one that it lacks is left out:

  """Count words."""                            the first line is the title
  SIZES = {"S": 1000, "M": 100_000}             what --size chooses from; M is the default
  def make(size): ...                           optional: the work, made before the clock starts
  def sequential(work, workers): ...            all others must return what this one returns
  def threads(work, workers): ...
  def processes(work, workers, context): ...    context: of multiprocessing; fork, spawn and forkserver

Others: asyncio_tasks, subinterpreters, interpreter_pool, native_held, native_released, native_parallel,
cython_nogil, cython_prange, with_numpy, with_numba. What a function imports is imported before the clock starts.
Optional: prepare_NAME(work, workers), called before it, too; check(result, expected), which returns True or what is
wrong; extra(result), which returns times to be shown, in seconds, by name.

Examples:
  gilscope compare countdown                     one of those that come with gilscope: --list names them
  gilscope compare ./mine.py --size S            a file of one's own
  gilscope compare primes --patterns threads,processes
  gilscope compare countdown --threads 1,2,4,8   where does it start to pay off?
  gilscope compare countdown --size S,M,L --picture sizes.png   curves, for a slide
  gilscope compare countdown --json -            for another program
  gilscope compare primes --free-threaded PATH   the threads without the GIL: estimated, and measured

Exit status: 0; 1 when a pattern failed or its result is wrong; 2 for a wrong command line or a file that is no
workload; 130 after Ctrl-C, which shows what has been measured.)";

constexpr int kMostThreads = 256;
constexpr int kMostRounds = 1000;
constexpr int kUsualRounds = 5;
constexpr std::chrono::milliseconds kEnough{60'000};
constexpr double kUsualTimeout = 120;
constexpr double kMostTimeout = 1e6;

struct CompareOptions {
  std::string workload;
  std::vector<std::string> patterns;
  std::vector<std::string> sizes;
  std::vector<int> threads;
  int rounds = 0;  // 0: the usual ones, as far as there is time
  double timeout_s = kUsualTimeout;
  std::string free_threaded;
  std::string json_file;
  std::string html_file;
  std::string picture_file;
  bool full = false;
  bool list = false;
  bool quiet = false;
};

// One line that is rewritten, where there is somebody to look at it.
class ProgressLine {
 public:
  ProgressLine() : terminal_(describe_terminal(STDERR_FILENO)), is_shown_(can_move_cursor(STDERR_FILENO)) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const CompareStep& step) {
    if (!is_shown_) return;
    std::string text =
        fmt::format("round {} of {}, {} of {}: {}, size {}, {} threads", step.round, step.rounds, step.step,
                    step.steps, step.pattern->title, step.size, step.threads);
    if (step.round == 0) text = fmt::format("building what {} needs", step.pattern->title);
    text = text.substr(0, static_cast<std::size_t>(std::max(terminal_.width - 1, 1)));
    fmt::print(stderr, "\r\x1b[K{}", text);
    std::fflush(stderr);
  }
  void clear() {
    if (!is_shown_) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
  }

 private:
  Terminal terminal_;
  bool is_shown_;
};

void add_options(CLI::App& app, CompareOptions& options) {
  app.add_option("WORKLOAD", options.workload, "The name of a workload, or its file")->type_name("");
  app.add_flag("--list", options.list, "List the workloads and the patterns, and run nothing");
  app.add_option("--patterns", options.patterns, "Only these, as threads,processes (--list names all)")
      ->delimiter(',')
      ->type_name("A,B,...");
  app.add_option("--size", options.sizes, "Size of the work; several are a sweep: S,M,L")
      ->delimiter(',')
      ->type_name("SIZE,...");
  app.add_option("--threads", options.threads,
                 "Threads, or processes; several are a sweep: 1,2,4,8 (default: the cores, at least 2)")
      ->delimiter(',')
      ->type_name("N,...")
      ->check(CLI::Range(1, kMostThreads).description("1 to 256"));
  app.add_option("--repeat", options.rounds, "Runs of each (default: 5; no further round after a minute)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostRounds).description("1 to 1000"));
  app.add_option("--timeout", options.timeout_s, "Seconds after which a run is given up (default: 120)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, kMostTimeout).description("more than 0"));
  app.add_option("--free-threaded", options.free_threaded,
                 "A gilscope that is linked to a free-threaded Python (default: gilscope-ft beside this one)")
      ->type_name("PATH");
  app.add_option("--json", options.json_file, "Write every number as JSON to FILE ('-': standard output)")
      ->type_name("FILE");
  app.add_option("--html", options.html_file, "Write a page with the tables and the picture; works offline")
      ->type_name("FILE");
  app.add_option("--picture", options.picture_file,
                 "Draw it as a slide: FILE.png, FILE.svg or FILE.pdf by its ending; curves of a sweep")
      ->type_name("FILE")
      ->check([](const std::string& path) {
        picture_format(path);  // throws
        return std::string();
      });
  app.add_flag("--full", options.full, "Of a sweep, every point's table, too");
  app.add_flag("-q,--quiet", options.quiet, "Print no table");
}

ComparePlan plan_of(const CompareOptions& options) {
  ComparePlan plan;
  plan.patterns = chosen_patterns(options.patterns);
  plan.sizes = options.sizes;
  plan.threads = options.threads;
  if (plan.threads.empty()) plan.threads.push_back(std::max(2, kernels::available_cores()));
  plan.cores = std::max(1, kernels::available_cores());
  plan.rounds = options.rounds > 0 ? options.rounds : kUsualRounds;
  if (options.rounds == 0) plan.enough = kEnough;
  plan.only_chosen = !options.patterns.empty();
  return plan;
}

void list() {
  fmt::print("Workloads\n");
  for (const auto& [name, title] : known_workloads()) fmt::print("  {:26}{}\n", name, title);
  fmt::print("\nPatterns\n");
  for (const Pattern& pattern : patterns()) fmt::print("  {:26}{}\n", pattern.id, pattern.how);
}

void write_results(const Comparison& comparison, const CompareOptions& options) {
  if (!options.json_file.empty()) {
    write_file(options.json_file, [&](std::ostream& out) { out << comparison_json(comparison); });
  }
  if (!options.html_file.empty()) {
    write_file(options.html_file, [&](std::ostream& out) { write_comparison_html(comparison, out); });
  }
  if (!options.picture_file.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
    write_file(options.picture_file, [&](std::ostream& out) {
      write_comparison_picture(comparison, picture_format(options.picture_file), now_ns, out);
    });
  }
  if (options.quiet || options.json_file == "-" || options.html_file == "-") return;
  const Terminal terminal = describe_terminal(STDOUT_FILENO);
  const std::string text = comparison_text(
      comparison,
      {.width = terminal.width, .colour = terminal.colour, .ascii = !terminal.utf8, .full = options.full});
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::vector<NamedFile> output_files(const CompareOptions& options) {
  std::vector<NamedFile> files;
  if (!options.json_file.empty()) files.push_back({"--json", options.json_file});
  if (!options.html_file.empty()) files.push_back({"--html", options.html_file});
  if (!options.picture_file.empty()) files.push_back({"--picture", options.picture_file});
  return files;
}

}  // namespace

int command_compare(std::span<const std::string> arguments) {
  CompareOptions options;
  CLI::App app("Do the same work every way there is, side by side.", "gilscope compare");
  app.footer(kCompareHelp);
  add_options(app, options);
  if (!parse_arguments(app, arguments)) return 0;
  if (options.list) {
    list();
    return 0;
  }
  if (options.workload.empty()) {
    throw UserError(
        "compare needs the name of a workload, as in: gilscope compare countdown (--list names all)");
  }
  const ComparePlan plan = plan_of(options);
  const std::string file = find_workload(options.workload);
  check_view_files(output_files(options), {{"the workload", file}});
  if (options.free_threaded.empty()) options.free_threaded = free_threaded_beside();

  Comparison comparison;
  int ended_by = 0;
  {
    const Workspace workspace;
    SignalWatch signals;
    const std::chrono::milliseconds timeout(static_cast<std::int64_t>(options.timeout_s * 1000));
    Measurer measurer(file, options.free_threaded, timeout, workspace, signals);
    ProgressLine progress;
    const WorkloadFacts facts = measurer.describe();
    if (signals.ended_by() == 0) {
      comparison =
          compare(plan, facts, measurer, signals, [&](const CompareStep& step) { progress.show(step); });
    }
    ended_by = signals.ended_by();
  }
  if (ended_by != 0 && comparison.points.empty()) return 128 + ended_by;
  comparison.workload = std::filesystem::path(file).stem().string();
  comparison.gilscope_version = GILSCOPE_VERSION;
  comparison.python_version = GILSCOPE_PYTHON_VERSION;
  comparison.machine = processor_name();
  comparison.cores = kernels::available_cores();
  write_results(comparison, options);
  if (ended_by != 0) return 128 + ended_by;
  return has_errors(comparison) ? 1 : 0;
}

}  // namespace gilscope::app
