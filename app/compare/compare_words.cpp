#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/compare/compare_columns.h"
#include "app/compare/compare_text.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::uint64_t kWorthSaying = 300'000'000;  // of what comes before the clock starts

std::string threads_text(int threads) { return counted(static_cast<std::uint64_t>(threads), "thread"); }

std::vector<const Point*> points_of_size(const Comparison& comparison, const std::string& size) {
  std::vector<const Point*> points;
  for (const Point& point : comparison.points) {
    if (point.size == size) points.push_back(&point);
  }
  return points;
}

// "at 1 thread: threads, NumPy; at 4 threads: ...; nowhere: ..."
std::string pay_offs_text(const std::vector<const Point*>& points, bool by_size) {
  const std::vector<PayOff> all = pay_offs(points);
  std::string text;
  const auto add = [&](const Point* point, const std::string& where) {
    std::string names;
    for (const PayOff& one : all) {
      if (one.point == point) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.pattern->title);
    }
    if (!names.empty()) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", where, names);
  };
  for (const Point* const point : points) {
    add(point, fmt::format("at {}", by_size ? "size " + point->size : threads_text(point->threads)));
  }
  add(nullptr, "nowhere");
  return text;
}

}  // namespace

std::string comparison_title(const Comparison& comparison) {
  std::string sizes;
  for (const Point& point : comparison.points) {
    const std::string size = point.size;
    if (&point == &comparison.points.front() || size != (&point - 1)->size) {
      sizes += (sizes.empty() ? "" : ", ") + size;
    }
  }
  std::string title = fmt::format("{} ({})", comparison.workload, sizes);
  if (!comparison.title.empty()) title += ": " + comparison.title;
  return title;
}

std::string comparison_machine(const Comparison& comparison) {
  std::vector<int> threads;
  for (const Point& point : comparison.points) {
    if (std::ranges::find(threads, point.threads) == threads.end()) threads.push_back(point.threads);
  }
  const std::string many = threads.size() == 1 ? threads_text(threads.front())
                                               : fmt::format("{} threads", fmt::join(threads, ", "));
  return fmt::format("CPython {}, {}, medians of {}, on {} of {}", comparison.python_version, many,
                     counted(static_cast<std::uint64_t>(comparison.rounds), "run"),
                     counted(static_cast<std::uint64_t>(comparison.cores), "core"),
                     comparison.machine.empty() ? "this machine" : comparison.machine);
}

std::vector<std::string> table_notes(const Comparison& comparison, const Point& point) {
  std::vector<std::string> notes;
  notes.emplace_back(
      "*: best of its column. +-: half of the range of the runs. GIL wait: share of the wall time in "
      "which a thread waited for the GIL (of processes: in the first one). memory: peak, children "
      "included. lines: of code that the pattern needs.");
  for (const PatternResult* const result : sorted_by_wall(point)) {
    const Figures figures = figures_of(*result, point);
    if (!result->pattern->context.empty() && figures.start_ns > 0) {
      const std::string processes =
          point.threads == 1 ? "a process" : fmt::format("{} processes", point.threads);
      std::string start = fmt::format("in the time are {} to start and end {} that do nothing, and",
                                      duration(figures.start_ns), processes);
      if (figures.start_ns > figures.wall_ns) {
        start = fmt::format(
            "alone, it takes {} to start and end {} that do nothing (a pool starts no more "
            "than it needs); in the time are",
            duration(figures.start_ns), processes);
      }
      notes.push_back(fmt::format("{}: {} {} of pickling in the first one ({} bytes).",
                                  result->pattern->title, start, duration(figures.pickling_ns),
                                  count(figures.pickled_bytes)));
    }
    const std::uint64_t usual = figures_of(point.results.front(), point).preparing_ns;
    if (figures.preparing_ns >= usual + kWorthSaying) {
      notes.push_back(fmt::format("{}: before the clock starts, imports and compilation take {}.",
                                  result->pattern->title, duration(figures.preparing_ns - usual)));
    }
  }
  if (comparison.rounds < comparison.rounds_wanted && !comparison.interrupted) {
    notes.push_back(fmt::format("{} of {} rounds: these were long enough; --repeat asks for more.",
                                comparison.rounds, comparison.rounds_wanted));
  }
  return notes;
}

std::vector<Absence> absences(const Point& point) {
  std::vector<Absence> all;
  for (const PatternResult& result : point.results) {
    std::string reason = result.message;
    if (result.outcome == Outcome::kMeasured) continue;
    if (result.outcome == Outcome::kWrong) reason = "wrong result: " + reason;
    if (result.outcome == Outcome::kNotRun) {
      const bool has_base = point.results.front().outcome == Outcome::kMeasured ||
                            point.results.front().outcome == Outcome::kNotRun;
      reason = has_base ? "not reached" : "there is no sequential result to compare with";
    }
    all.push_back({&result, std::string(result.pattern->title), reason});
  }
  return all;
}

std::vector<std::string> pay_off_sentences(const Comparison& comparison) {
  std::vector<std::string> sentences;
  if (comparison.points.size() < 2) return sentences;
  std::vector<std::vector<const Point*>> ways;
  std::vector<const Point*> all;
  for (const Point& point : comparison.points) {
    all.push_back(&point);
    if (&point == &comparison.points.front() || point.size != (&point - 1)->size) {
      ways.push_back(points_of_size(comparison, point.size));
    }
  }
  const bool by_size = ways.front().size() == 1;
  if (by_size) ways = {all};
  for (const std::vector<const Point*>& points : ways) {
    const std::string of = by_size || ways.size() == 1 ? "" : fmt::format(", size {}", points.front()->size);
    const std::string text = pay_offs_text(points, by_size);
    if (!text.empty()) sentences.push_back(fmt::format("Starts to pay off{}: {}.", of, text));
  }
  if (!sentences.empty()) {
    sentences.push_back(
        fmt::format("(From there on it is at least {} times as fast as sequential.)", kPaysOff));
  }
  return sentences;
}

}  // namespace gilscope::app
