#include "app/compare/comparer.h"

#include <algorithm>

#include <fmt/format.h>

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
  Rounds(std::vector<Point>& points, Measurer& measurer, SignalWatch& signals,
         const std::function<void(const CompareStep&)>& tell)
      : points_(points), measurer_(measurer), signals_(signals), tell_(tell) {
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
      add(*result, measurer_.measure(*result->pattern, point->size, point->threads));
      if (result->outcome == Outcome::kMeasured) measure_start(*point, *result);
      if (signals_.ended_by() != 0) return false;
    }
    return true;
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
  Measurer& measurer_;
  SignalWatch& signals_;
  const std::function<void(const CompareStep&)>& tell_;
  std::vector<std::pair<Point*, PatternResult*>> todo_;
};

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
  Rounds rounds(comparison.points, measurer, signals, tell);
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
  return comparison;
}

}  // namespace gilscope::app
