// The columns of the table of one point: their cells as text, and which are the best of their column. The
// text and the page have the same ones. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/compare/comparison.h"

namespace gilscope::app {

struct TableColumn {
  std::string title;
  std::vector<std::string> cells;
  std::vector<bool> best;
  int dispensable = 0;  ///< a column with a higher number is left out first where there is too little room
};

/// One cell for each of `rows`, which are of `point`.
std::vector<TableColumn> table_columns(const Point& point, const std::vector<const PatternResult*>& rows);

/// `1.95`, `412`, `0.031`.
std::string ratio(double value);
/// `23.4 MB`.
std::string megabytes(std::uint64_t bytes);
std::string seconds_text(double seconds);

/// 0 to 1: how much of the longest bar a speed-up has. Logarithmic where the fastest is more than
/// kLinearBars times as fast as the slowest.
inline constexpr double kLinearBars = 20;
double bar_share(double speed_up, double least, double most);
/// Whether it is logarithmic.
bool has_logarithmic_bars(double least, double most);

}  // namespace gilscope::app
