#include "app/tour/step_runner.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "app/report/text_layout.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTimeout{180'000};
constexpr int kMostTrials = 5;
constexpr double kOverdue = 2;      // from then on no more is said about when it will be over
constexpr double kTooShort = 0.5;   // of what was planned
constexpr double kTrialPart = 0.5;  // of a step's first run: a trial need not be longer

const Pattern& pattern_of(const TourRun& run) {
  return *std::ranges::find(patterns(), run.pattern, &Pattern::id);
}

int workers_of(const TourRun& run) {
  return run.workers > 0 ? run.workers : std::max(2, kernels::available_cores());
}

// What it would take about if it had a core for itself: half of what others took away comes back.
std::uint64_t undisturbed_ns(const Measurement& run) {
  return run.wall_ns - (run.wall_ns - std::min(run.wall_ns, run.cpu_ns)) / 2;
}

// A size is the same wherever the same is compared: the countdowns of most steps.
double share_of_step(const TourStep& step, const TourRun& run) {
  return run.workload == step.runs[0].workload ? step.share : 1;
}

bool is_built(const TourRun& run) { return run.pattern.starts_with("cython"); }

}  // namespace

// A workload, and who measures it.
struct StepRunner::Bench {
  Bench(std::string_view name, const std::string& free_threaded, SignalWatch& signals)
      : measurer(find_workload(std::string(name)), free_threaded, kTimeout, workspace, signals),
        facts(measurer.describe()) {}
  Workspace workspace;
  Measurer measurer;
  WorkloadFacts facts;
};

StepRunner::StepRunner(const RunnerPlan& plan, SignalWatch& signals) : plan_(plan), signals_(signals) {}
StepRunner::~StepRunner() = default;

void StepRunner::end_progress() const {
  if (!plan_.shows_progress) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
}

// From now on, until the next one.
void StepRunner::show_progress(std::string_view what, double expected_s) {
  if (!plan_.shows_progress) return;
  const auto begun = Clock::now();
  const auto tell = [this, begun, expected_s, text = std::string(what), shown = std::string()]() mutable {
    const double passed = std::chrono::duration<double>(Clock::now() - begun).count();
    std::string line = fmt::format("{}: {:.1f} s", text, passed);
    if (passed < kOverdue * expected_s) line += fmt::format(" of about {:.0f} s", std::max(expected_s, 1.0));
    line = elided(line, std::max<std::size_t>(plan_.width, 2) - 1, plan_.ascii);
    if (line == shown) return;
    shown = line;
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
  };
  for (auto& [name, bench] : benches_) bench->measurer.while_running(tell);
}

StepRunner::Bench& StepRunner::bench_of(std::string_view workload) {
  const auto found = benches_.find(workload);
  if (found != benches_.end()) return *found->second;
  auto bench = std::make_unique<Bench>(workload, plan_.free_threaded, signals_);
  return *benches_.emplace(std::string(workload), std::move(bench)).first->second;
}

bool StepRunner::calibrate(const TourRun& run) {
  if (paces_.of(run.workload, run.paced) > 0) return true;
  Bench& bench = bench_of(run.workload);
  const Pattern& pattern = *std::ranges::find(patterns(), run.paced, &Pattern::id);
  show_progress(fmt::format("how fast is this machine at it ({})?", run.paced), 0);
  double amount = first_amount(run.workload, run.paced);
  const double enough_ns = std::min(static_cast<double>(kTrialNs), plan_.seconds * kTrialPart * 1e9);
  for (int trial = 1; trial <= kMostTrials; ++trial) {
    const TourSize size = size_with(run.workload, amount);
    bench.measurer.add_size(size.name, size.numbers);
    const Measured measured = bench.measurer.measure(pattern, size.name, 1, {}, true);
    if (measured.outcome != Outcome::kMeasured) return false;
    const std::uint64_t took_ns = undisturbed_ns(measured.measurement);
    paces_.learn(run.workload, run.paced, amount_of(run.workload, size), took_ns);
    if (static_cast<double>(took_ns) >= enough_ns) break;
    amount = next_amount(amount_of(run.workload, size), took_ns);
  }
  return true;
}

TourSize StepRunner::size_of(const TourStep& step, const TourRun& run) const {
  return size_with(run.workload,
                   paces_.of(run.workload, run.paced) * plan_.seconds * share_of_step(step, run));
}

std::string StepRunner::why_not(const TourStep& step) {
  for (const TourRun& run : step.runs) {
    Bench& bench = bench_of(run.workload);
    const Pattern& pattern = pattern_of(run);
    std::string reason = bench.measurer.why_not(pattern);
    if (reason.empty() && is_built(run)) {
      show_progress(fmt::format("building what {} needs", pattern.title), 0);
      const Measured built = bench.measurer.build(pattern);
      if (built.outcome != Outcome::kMeasured) reason = built.message;
    }
    if (reason.empty() && !run.dispensable && run.pattern == "subinterpreters") {
      const TourSize size = size_with(run.workload, 1);
      bench.measurer.add_size(size.name, size.numbers);
      show_progress("looking for sub-interpreters", 0);
      const Measured tried = bench.measurer.measure(pattern, size.name, 1, {}, true);
      if (tried.outcome != Outcome::kMeasured) reason = tried.message;
      if (tried.outcome == Outcome::kUnavailable) {
        reason += "; build another gilscope with cmake -DPython_EXECUTABLE=/path/to/python3.14";
      }
    }
    if (!reason.empty() && !run.dispensable) return reason;
  }
  return "";
}

// Measures it, and once more with more work when the calibration was disturbed and the work much too little.
Measured StepRunner::measured_as_planned(const TourStep& step, const TourRun& run, const std::string& trace,
                                         TourSize& size) {
  Bench& bench = bench_of(run.workload);
  const double seconds = plan_.seconds * share_of_step(step, run);
  for (bool is_second = false;; is_second = true) {
    bench.measurer.add_size(size.name, size.numbers);
    // The fast ways of the case study take no such time, and compilers are outside the clock.
    show_progress(fmt::format("{}, {}", run.label, size.name), run.dispensable ? 0 : seconds);
    const bool sets_pace = run.pattern == run.paced;
    Measured measured = bench.measurer.measure(pattern_of(run), size.name, workers_of(run), trace, sets_pace);
    const bool is_short = measured.outcome == Outcome::kMeasured &&
                          static_cast<double>(measured.measurement.wall_ns) < kTooShort * seconds * 1e9;
    if (is_second || !sets_pace || run.workers != 1 || !is_short) return measured;
    paces_.learn(run.workload, run.paced, amount_of(run.workload, size), measured.measurement.wall_ns);
    const TourSize more = size_of(step, run);
    if (more.name == size.name) return measured;
    size = more;
  }
}

StepDone StepRunner::run(const TourStep& step, const TourRun& run, bool with_trace) {
  Bench& bench = bench_of(run.workload);
  const Pattern& pattern = pattern_of(run);
  StepDone done;
  done.run = &run;
  done.size = size_of(step, run);
  const int workers = workers_of(run);
  const std::string why_not = bench.measurer.why_not(pattern);
  if (!why_not.empty()) {
    done.measured.outcome = Outcome::kUnavailable;
    done.measured.message = why_not;
  } else {
    if (with_trace && !pattern.free_threaded) {
      done.trace = bench.workspace.file(fmt::format("{}-{}.gil", run.pattern, workers));
    }
    done.measured = measured_as_planned(step, run, done.trace, done.size);
  }
  if (done.measured.outcome != Outcome::kNotRun) done_.push_back(done);
  return done;
}

std::optional<Comparison> StepRunner::comparison() const {
  std::map<std::pair<std::string, std::string>, std::vector<const StepDone*>> groups;
  for (const StepDone& done : done_) {
    groups[{std::string(done.run->workload), done.size.name}].push_back(&done);
  }
  std::optional<Comparison> best;
  std::size_t most = 1;
  for (const auto& [name, group] : groups) {
    Point point{.size = name.second, .threads = 0, .results = results_of(group)};
    const auto measured = static_cast<std::size_t>(std::ranges::count(
        point.results, Outcome::kMeasured, [](const PatternResult& result) { return result.outcome; }));
    const PatternResult& base = point.results.front();
    if (base.pattern->id != "sequential" || base.outcome != Outcome::kMeasured || measured <= most) continue;
    most = measured;
    for (const StepDone* const done : group) point.threads = std::max(point.threads, workers_of(*done->run));
    Comparison comparison;
    comparison.workload = name.first;
    const Bench& bench = *benches_.find(name.first)->second;
    comparison.free_threaded_version = bench.measurer.free_threaded_version();
    const std::string& title = bench.facts.title;
    comparison.title = title.substr(0, title.find(';'));  // what follows is about the file's own sizes
    comparison.rounds = comparison.rounds_wanted = static_cast<int>(base.runs.size());
    comparison.points.push_back(std::move(point));
    best = std::move(comparison);
  }
  return best;
}

// In the order of patterns(). A pattern that several steps have run has as many runs.
std::vector<PatternResult> StepRunner::results_of(const std::vector<const StepDone*>& group) const {
  std::vector<PatternResult> results;
  for (const Pattern& pattern : patterns()) {
    PatternResult result;
    for (const StepDone* const done : group) {
      if (done->run->pattern != pattern.id) continue;
      result.pattern = &pattern;
      if (done->measured.outcome == Outcome::kMeasured) {
        result.outcome = Outcome::kMeasured;
        result.runs.push_back(done->measured.measurement);
      } else if (result.runs.empty()) {
        result.outcome = done->measured.outcome;
        result.message = done->measured.message;
        result.traceback = done->measured.traceback;
      }
      const WorkloadFacts& facts = benches_.find(done->run->workload)->second->facts;
      const auto lines = facts.lines.find(std::string(pattern.function));
      if (lines != facts.lines.end()) result.lines = lines->second;
    }
    if (result.pattern != nullptr) results.push_back(std::move(result));
  }
  return results;
}

}  // namespace gilscope::app
