#include "app/compare/compare_without_gil.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/compare/compare_columns.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kWorthSaying = 0.1;  // of a difference between two figures

bool is_known(const Point& point) {
  return point.without_gil.has_value() && point.without_gil->unknown_reason.empty();
}

std::string name_of(const Point& point) {
  return fmt::format("{}, {}", point.size, counted(static_cast<std::uint64_t>(point.threads), "thread"));
}

bool any_known(const Comparison& comparison, bool WithoutGil::*fact) {
  return std::ranges::any_of(
      comparison.points, [&](const Point& point) { return is_known(point) && (*point.without_gil).*fact; });
}

// What the figures say of why the estimate is not what was measured: clauses.
std::vector<std::string> reasons(const Point& point, double error) {
  std::vector<std::string> found;
  const Figures free = figures_of(*measured_result(point, kFreeThreadedId), point);
  const WithoutGil& estimate = *point.without_gil;
  if (error < 0) {
    const PatternResult* const alone = measured_result(point, kFreeThreadedSequentialId);
    const double alone_cpu = alone == nullptr ? 0 : median_cpu_ns(*alone);
    const double cpu = median_cpu_ns(*measured_result(point, kFreeThreadedId));
    if (alone_cpu > 0 && cpu > (1 + kWorthSaying) * alone_cpu) {
      found.push_back(fmt::format(
          "its threads needed {} times the processor time of the same work on one thread, which the estimate "
          "does not know of: caches, memory, objects that threads share, a shared core",
          ratio(cpu / alone_cpu)));
    }
    if (free.cores_used < (1 - kWorthSaying) * estimate.cores) {
      found.push_back(
          fmt::format("its threads used {} of the {} cores", ratio(free.cores_used), ratio(estimate.cores)));
    }
  } else {
    if (free.cores_used > (1 + kWorthSaying) * estimate.cores) {
      found.push_back(fmt::format("its threads used {} cores, more than the {} that processes got",
                                  ratio(free.cores_used), ratio(estimate.cores)));
    }
    const Figures with_gil = figures_of(*measured_result(point, kThreadsId), point);
    const double cpu = median_cpu_ns(*measured_result(point, kThreadsId));
    const double alone_cpu = median_cpu_ns(point.results.front());
    if (alone_cpu > 0 && cpu > (1 + kWorthSaying) * alone_cpu) {
      found.push_back(fmt::format(
          "the threads with the GIL, which the estimate is made from, needed {} times the processor time of "
          "the sequential work",
          ratio(cpu / alone_cpu)));
    }
    if (with_gil.spread() > kWorthSaying) {
      found.push_back(fmt::format("the runs with the GIL vary by +-{}", whole_percent(with_gil.spread())));
    }
  }
  if (free.spread() > kWorthSaying) {
    found.push_back(fmt::format("its runs vary by +-{}", whole_percent(free.spread())));
  }
  if (!estimate.cores_are_measured) found.emplace_back("what cores the machine gave is not known");
  if (!estimate.price_is_measured) found.emplace_back("what one thread pays is not known");
  return found;
}

// What the columns are.
std::string explanation(const Comparison& comparison) {
  std::string text = "estimated: from the turns of the threads' runs with the GIL.";
  if (any_known(comparison, &WithoutGil::price_is_measured)) {
    text += fmt::format(
        " price: the processor time of one thread's work on the free-threaded CPython {}, over that on "
        "CPython {}; the estimate pays it.",
        comparison.free_threaded_version, comparison.python_version);
  } else {
    text +=
        " It takes one thread to be as fast without the GIL as with it; a free-threaded gilscope measures "
        "the price, and the threads (--free-threaded PATH).";
  }
  if (any_known(comparison, &WithoutGil::cores_are_measured) && comparison.cores > 1) {
    text +=
        " cores: how many times as much work as one alone processes on all of them got done at once; the "
        "estimate has no more.";
  }
  return text;
}

}  // namespace

std::uint64_t measured_without_gil_ns(const Point& point) {
  const PatternResult* const free = measured_result(point, kFreeThreadedId);
  return free == nullptr ? 0 : figures_of(*free, point).wall_ns;
}

std::optional<double> estimate_error(const Point& point) {
  const std::uint64_t measured = measured_without_gil_ns(point);
  if (!is_known(point) || measured == 0) return std::nullopt;
  return share_of(point.without_gil->wall_ns, measured) - 1;
}

Grid without_gil_grid(const Comparison& comparison) {
  const bool has_measured = std::ranges::any_of(
      comparison.points, [](const Point& point) { return measured_without_gil_ns(point) > 0; });
  Grid grid;
  grid.head = {"without the GIL", "estimated"};
  if (has_measured) grid.head.insert(grid.head.end(), {"measured", "off"});
  grid.head.insert(grid.head.end(), {"price", "cores"});
  for (const Point& point : comparison.points) {
    if (!point.without_gil.has_value()) continue;
    const WithoutGil& estimate = *point.without_gil;
    std::vector<std::string> row = {name_of(point), is_known(point) ? duration(estimate.wall_ns) : "-"};
    if (has_measured) {
      const std::uint64_t measured = measured_without_gil_ns(point);
      const std::optional<double> error = estimate_error(point);
      row.push_back(measured > 0 ? duration(measured) : "-");
      row.push_back(error ? fmt::format("{:+.0f} %", *error * 100) : "-");
    }
    row.push_back(estimate.price_is_measured ? ratio(estimate.price) : "?");
    row.push_back(ratio(estimate.cores));
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

std::vector<std::string> without_gil_sentences(const Comparison& comparison) {
  std::vector<std::string> sentences;
  if (std::ranges::any_of(comparison.points, is_known)) sentences.push_back(explanation(comparison));
  for (const Point& point : comparison.points) {
    if (!point.without_gil.has_value()) continue;
    const WithoutGil& estimate = *point.without_gil;
    if (!is_known(point)) {
      sentences.push_back(fmt::format("{}: no estimate: {}.", name_of(point), estimate.unknown_reason));
      continue;
    }
    if (static_cast<double>(estimate.least_ns) < (1 - kWorthSaying) * static_cast<double>(estimate.wall_ns)) {
      sentences.push_back(
          fmt::format("{}: {} if other threads ended every stretch outside that they may have ended.",
                      name_of(point), duration(estimate.least_ns)));
    }
    const std::optional<double> error = estimate_error(point);
    if (!error || std::abs(*error) <= kAgrees) continue;
    const std::vector<std::string> why = reasons(point, *error);
    sentences.push_back(fmt::format(
        "{}: the free-threaded Python was {} than estimated, by more than {}: {}.", name_of(point),
        *error < 0 ? "slower" : "faster", whole_percent(kAgrees),
        why.empty() ? std::string("the figures do not say why") : fmt::format("{}", fmt::join(why, "; "))));
  }
  return sentences;
}

}  // namespace gilscope::app
