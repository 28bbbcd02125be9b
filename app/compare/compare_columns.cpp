#include "app/compare/compare_columns.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "app/report/units.h"

namespace gilscope::app {

namespace {

enum class Best { kNone, kLeast, kMost };

// Where most are as good, none is marked.
std::vector<bool> best_of(const std::vector<double>& values, const std::vector<bool>& known, Best best) {
  std::vector<bool> marks(values.size(), false);
  if (best == Best::kNone || values.size() < 2) return marks;
  bool found = false;
  double extreme = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!known[i]) continue;
    if (!found || (best == Best::kLeast ? values[i] < extreme : values[i] > extreme)) extreme = values[i];
    found = true;
  }
  for (std::size_t i = 0; i < values.size(); ++i) marks[i] = found && known[i] && values[i] == extreme;
  if (static_cast<std::size_t>(std::ranges::count(marks, true)) * 2 > values.size())
    marks.assign(values.size(), false);
  return marks;
}

struct Cell {
  std::string text;
  double value = 0;
  bool known = true;
};

template <typename CellOf>
TableColumn column(const char* title, int dispensable, Best best, const std::vector<Figures>& rows,
                   CellOf of) {
  TableColumn made{.title = title, .cells = {}, .best = {}, .dispensable = dispensable};
  std::vector<double> values;
  std::vector<bool> known;
  for (const Figures& figures : rows) {
    Cell cell = of(figures);
    values.push_back(cell.value);
    known.push_back(cell.known);
    made.cells.push_back(cell.known ? std::move(cell.text) : "-");
  }
  made.best = best_of(values, known, best);
  return made;
}

}  // namespace

std::string ratio(double value) {
  if (value > 0 && value < 0.0995) return fmt::format("{:.2g}", value);
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return count(static_cast<std::uint64_t>(std::llround(value)));
}

std::string megabytes(std::uint64_t bytes) {
  const double value = static_cast<double>(bytes) / 1e6;
  return value < 9.95 ? fmt::format("{:.1f} MB", value) : fmt::format("{:.0f} MB", value);
}

std::string seconds_text(double seconds) {
  return duration(static_cast<std::uint64_t>(std::max(0.0, std::round(seconds * 1e9))));
}

bool has_logarithmic_bars(double least, double most) { return least > 0 && most > kLinearBars * least; }

double bar_share(double speed_up, double least, double most) {
  if (most <= 0 || speed_up <= 0) return 0;
  if (!has_logarithmic_bars(least, most)) return speed_up / most;
  // The slowest has a bar as well: a tenth of the longest.
  constexpr double kLeastBar = 0.1;
  return kLeastBar + (1 - kLeastBar) * std::log(speed_up / least) / std::log(most / least);
}

std::vector<TableColumn> table_columns(const Point& point, const std::vector<const PatternResult*>& results) {
  std::vector<Figures> rows;
  std::vector<double> lines;
  std::set<std::string> extra;
  for (const PatternResult* const result : results) {
    rows.push_back(figures_of(*result, point));
    lines.push_back(result->lines);
    for (const auto& [name, value] : rows.back().extra) extra.insert(name);
  }
  std::vector<TableColumn> columns;
  columns.push_back(column("wall", 0, Best::kLeast, rows, [](const Figures& row) {
    return Cell{duration(row.wall_ns), static_cast<double>(row.wall_ns)};
  }));
  columns.push_back(column("+-", 4, Best::kNone, rows, [](const Figures& row) {
    return Cell{whole_percent(row.spread()), row.spread()};
  }));
  columns.push_back(column("speed-up", 0, Best::kMost, rows, [](const Figures& row) {
    return Cell{ratio(row.speed_up), row.speed_up, row.speed_up > 0};
  }));
  // Less is measured with the looking at the clocks.
  constexpr std::uint64_t kLeastForCores = 1'000'000;
  columns.push_back(column("cores", 2, Best::kNone, rows, [](const Figures& row) {
    return Cell{fmt::format("{:.2f}", row.cores_used), row.cores_used, row.wall_ns >= kLeastForCores};
  }));
  columns.push_back(column("GIL wait", 1, Best::kLeast, rows, [](const Figures& row) {
    return Cell{whole_percent(row.gil_wait_share), row.gil_wait_share, row.gil_known};
  }));
  columns.push_back(column("memory", 2, Best::kLeast, rows, [](const Figures& row) {
    return Cell{megabytes(row.peak_bytes), static_cast<double>(row.peak_bytes)};
  }));
  std::size_t at = 0;
  columns.push_back(column("lines", 3, Best::kLeast, rows, [&](const Figures&) {
    const double own = lines[at++];
    return Cell{fmt::format("{:.0f}", own), own};
  }));
  for (const std::string& name : extra) {
    columns.push_back(column(name.c_str(), 0, Best::kLeast, rows, [&](const Figures& row) {
      const auto found = row.extra.find(name);
      if (found == row.extra.end()) return Cell{"", 0, false};
      return Cell{seconds_text(found->second), found->second};
    }));
  }
  return columns;
}

}  // namespace gilscope::app
