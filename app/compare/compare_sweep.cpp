#include "app/compare/compare_sweep.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/compare/compare_columns.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kGap = 2;

std::string name_of(const Point& point, bool has_sizes, bool has_threads) {
  const std::string threads = counted(static_cast<std::uint64_t>(point.threads), "thread");
  if (has_sizes && has_threads) return fmt::format("{}, {}", point.size, point.threads);
  return has_threads ? threads : point.size;
}

}  // namespace

Sweep sweep_of(const Comparison& comparison) {
  Sweep sweep;
  std::set<std::string> sizes;
  std::set<int> threads;
  for (const Point& point : comparison.points) {
    sizes.insert(point.size);
    threads.insert(point.threads);
  }
  for (const Point& point : comparison.points) {
    sweep.points.push_back(name_of(point, sizes.size() > 1, threads.size() > 1));
    const bool is_first = &point == &comparison.points.front();
    sweep.begins.push_back(is_first || (threads.size() > 1 && point.size != (&point - 1)->size));
    const PatternResult& base = point.results.front();
    sweep.sequential_ns.push_back(base.outcome == Outcome::kMeasured ? figures_of(base, point).wall_ns : 0);
  }
  const std::size_t patterns = comparison.points.empty() ? 0 : comparison.points.front().results.size();
  for (std::size_t i = 1; i < patterns; ++i) {
    SweepRow row{comparison.points.front().results[i].pattern, {}};
    for (const Point& point : comparison.points) {
      const PatternResult& result = point.results[i];
      row.speed_ups.push_back(result.outcome == Outcome::kMeasured ? figures_of(result, point).speed_up : 0);
    }
    if (std::ranges::max(row.speed_ups) > 0) sweep.rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(sweep.rows, std::ranges::greater{},
                           [](const SweepRow& row) { return row.speed_ups.back(); });
  return sweep;
}

std::string sweep_text(const Sweep& sweep, std::size_t width) {
  std::size_t names = columns_of("sequential, wall");
  for (const SweepRow& row : sweep.rows) names = std::max(names, columns_of(row.pattern->title));
  std::size_t cells = columns_of("999 ms");
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    cells = std::max({cells, columns_of(sweep.points[i]), columns_of(duration(sweep.sequential_ns[i]))});
  }
  const std::size_t room = width > names + cells + kGap ? width - names : cells + kGap;
  const std::size_t at_once = std::max<std::size_t>(room / (cells + kGap), 1);
  std::string text;
  for (std::size_t first = 0; first < sweep.points.size(); first += at_once) {
    const std::size_t end = std::min(first + at_once, sweep.points.size());
    const auto line = [&](std::string_view name, auto cell_of) {
      text += left(name, names);
      for (std::size_t i = first; i < end; ++i) text += right(cell_of(i), cells + kGap);
      text += "\n";
    };
    if (first > 0) text += "\n";
    line("speed-up", [&](std::size_t i) { return sweep.points[i]; });
    line("sequential, wall", [&](std::size_t i) {
      return sweep.sequential_ns[i] > 0 ? duration(sweep.sequential_ns[i]) : std::string("-");
    });
    for (const SweepRow& row : sweep.rows) {
      line(row.pattern->title,
           [&](std::size_t i) { return row.speed_ups[i] > 0 ? ratio(row.speed_ups[i]) : std::string("-"); });
    }
  }
  return text;
}

}  // namespace gilscope::app
