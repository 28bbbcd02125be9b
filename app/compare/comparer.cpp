#include "app/compare/comparer.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/compare/without_gil.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostStarts = 3;

std::vector<std::string> sizes_of(const ComparePlan& plan, const WorkloadFacts& workload) {
  const auto& known = workload.sizes;
  for (const std::string& size : plan.sizes) {
    if (std::ranges::find(known, size) == known.end()) {
      throw UserError(fmt::format("the workload has no size '{}'; it has: {}", size, fmt::join(known, ", ")));
    }
  }
  if (!plan.sizes.empty()) return plan.sizes;
  return {std::ranges::find(known, "M") != known.end() ? "M" : known.front()};
}

std::vector<Point> points_of(const ComparePlan& plan, const WorkloadFacts& workload,
                             const Measurer& measurer) {
  std::vector<PatternResult> results;
  for (const Pattern* const pattern : plan.patterns) {
    const auto lines = workload.lines.find(std::string(pattern->function));
    if (lines == workload.lines.end()) continue;
    PatternResult result;
    result.pattern = pattern;
    result.lines = lines->second;
    if (result.message = measurer.why_not(*pattern); !result.message.empty()) {
      result.outcome = Outcome::kUnavailable;
    }
    results.push_back(std::move(result));
  }
  std::vector<Point> points;
  for (const std::string& size : sizes_of(plan, workload)) {
    for (const int threads : plan.threads) points.push_back({size, threads, results});
  }
  return points;
}

// What one measurement adds to what is known of its pattern. After an error it is not tried again.
void add(PatternResult& result, Measured measured) {
  if (measured.outcome == Outcome::kNotRun) return;
  result.outcome = measured.outcome;
  if (measured.outcome == Outcome::kMeasured) {
    result.runs.push_back(std::move(measured.measurement));
    return;
  }
  result.message = std::move(measured.message);
  result.traceback = std::move(measured.traceback);
}

class Rounds {
 public:
  Rounds(std::vector<Point>& points, int cores, Measurer& measurer, SignalWatch& signals,
         const std::function<void(const CompareStep&)>& tell)
      : points_(points), cores_(cores), measurer_(measurer), signals_(signals), tell_(tell) {
    for (Point& point : points_) {
      for (PatternResult& result : point.results) {
        if (repeats(point, result) == nullptr) todo_.emplace_back(&point, &result);
      }
    }
  }

  // Before the rounds, what has to be built for `functions`. False: interrupted.
  bool build(const std::vector<std::string>& functions) {
    for (PatternResult& result : points_.front().results) {
      const std::string function(result.pattern->function);
      if (result.outcome != Outcome::kNotRun || std::ranges::find(functions, function) == functions.end())
        continue;
      CompareStep step;
      step.pattern = result.pattern;
      tell_(step);
      Measured built = measurer_.build(*result.pattern);
      if (signals_.ended_by() != 0) return false;
      if (built.outcome == Outcome::kMeasured) continue;
      for (Point& point : points_) add(point.results[index_of(points_.front(), result)], built);
    }
    return true;
  }

  // False: interrupted.
  bool run(int round, int rounds) {
    CompareStep step;
    step.round = round;
    step.rounds = rounds;
    step.steps = static_cast<int>(todo_.size());
    for (auto& [point, result] : todo_) {
      ++step.step;
      const bool tried = result->outcome != Outcome::kNotRun;
      if (tried && result->outcome != Outcome::kMeasured) continue;
      if (result != &point->results.front() && base_of(*point).outcome != Outcome::kMeasured) continue;
      step.pattern = result->pattern;
      step.size = point->size;
      step.threads = point->threads;
      tell_(step);
      if (result->pattern->id == kThreadsId) {
        measure_and_trace(*point, *result);
      } else {
        add(*result, measurer_.measure(*result->pattern, point->size, point->threads));
      }
      if (result->outcome == Outcome::kMeasured) measure_start(*point, *result);
      if (result->outcome == Outcome::kMeasured && result->pattern->id == kFreeThreadedId)
        measure_crowd(*point);
      if (signals_.ended_by() != 0) return false;
    }
    return true;
  }

  // What the threads would take without the GIL, where they were measured.
  void estimate() {
    for (Point& point : points_) {
      const auto runs = traced_.find(&point);
      if (runs != traced_.end()) point.without_gil = without_gil(runs->second, point, cores_);
    }
  }

  // A pattern that does not use the threads is measured at the first point of each size only.
  void copy_repeated() {
    for (Point& point : points_) {
      for (PatternResult& result : point.results) {
        if (const PatternResult* const first = repeats(point, result)) result = *first;
      }
    }
  }

 private:
  static std::size_t index_of(const Point& point, const PatternResult& result) {
    return static_cast<std::size_t>(&result - point.results.data());
  }

  const PatternResult* repeats(const Point& point, const PatternResult& result) const {
    if (result.pattern->uses_threads) return nullptr;
    const auto first = std::ranges::find(points_, point.size, &Point::size);
    return &*first == &point ? nullptr : &first->results[index_of(point, result)];
  }

  // The sequential result of its size.
  const PatternResult& base_of(const Point& point) const {
    const PatternResult* const first = repeats(point, point.results.front());
    return first != nullptr ? *first : point.results.front();
  }

  void measure_and_trace(const Point& point, PatternResult& result) {
    const std::size_t point_number = static_cast<std::size_t>(&point - points_.data());
    TracedRun traced{measurer_.file(fmt::format("threads-{}-{}.gil", point_number, traced_[&point].size()))};
    add(result, measurer_.measure(*result.pattern, point.size, point.threads, traced.trace));
    if (result.outcome != Outcome::kMeasured) return;
    traced.wall_ns = result.runs.back().wall_ns;
    // The recorder looks a little longer than the clock, while the one thread holds the GIL.
    const GilUse& gil = result.runs.back().gil;
    const std::uint64_t beside = gil.window_ns - std::min(traced.wall_ns, gil.window_ns);
    traced.hold_ns = gil.hold_ns - std::min(beside, gil.hold_ns);
    traced_[&point].push_back(std::move(traced));
  }

  // Without it the estimate is for all cores.
  void measure_crowd(Point& point) {
    const int processes = std::min(point.threads, cores_);
    if (processes < 2) return;
    const Measured crowd = measurer_.measure_crowd(point.size, processes);
    if (crowd.outcome == Outcome::kMeasured) point.crowd_ns.push_back(crowd.measurement.wall_ns);
  }

  void measure_start(const Point& point, PatternResult& result) {
    if (result.pattern->context.empty() || result.start_ns.size() >= kMostStarts) return;
    const Measured start = measurer_.measure_start(*result.pattern, point.threads);
    if (start.outcome == Outcome::kMeasured) {
      result.start_ns.push_back(start.measurement.wall_ns);
    } else {
      add(result, start);
    }
  }

  std::vector<Point>& points_;
  int cores_;
  Measurer& measurer_;
  SignalWatch& signals_;
  const std::function<void(const CompareStep&)>& tell_;
  std::vector<std::pair<Point*, PatternResult*>> todo_;
  std::map<const Point*, std::vector<TracedRun>> traced_;
};

// Whether the free-threaded Python has something to do.
bool has_free_threaded(const std::vector<Point>& points) {
  return std::ranges::any_of(points.front().results, [](const PatternResult& result) {
    return result.pattern->free_threaded && result.outcome != Outcome::kUnavailable;
  });
}

}  // namespace

Comparison compare(const ComparePlan& plan, const WorkloadFacts& workload, Measurer& measurer,
                   SignalWatch& signals, const std::function<void(const CompareStep&)>& tell) {
  Comparison comparison;
  comparison.title = workload.title;
  for (const auto& [function, pattern] : workload.near) {
    comparison.notes.push_back(
        fmt::format("the function '{}' is not run; is '{}' meant, which is a pattern?", function, pattern));
  }
  comparison.rounds_wanted = plan.rounds;
  comparison.points = points_of(plan, workload, measurer);
  comparison.free_threaded_version = measurer.free_threaded_version();
  Rounds rounds(comparison.points, plan.cores, measurer, signals, tell);
  const Clock::time_point begun = Clock::now();
  comparison.interrupted = !rounds.build(workload.built);
  for (int round = 1; round <= plan.rounds && !comparison.interrupted; ++round) {
    if (!rounds.run(round, plan.rounds)) {
      comparison.interrupted = true;
      break;
    }
    ++comparison.rounds;
    if (plan.enough.count() > 0 && Clock::now() - begun > plan.enough) break;
  }
  rounds.copy_repeated();
  rounds.estimate();
  if (has_free_threaded(comparison.points)) {
    for (const std::string& module : workload.modules) {
      if (signals.ended_by() != 0) break;
      if (const auto verdict = measurer.try_free_threaded(module)) comparison.modules.push_back(*verdict);
    }
  }
  return comparison;
}

}  // namespace gilscope::app
