#include "app/compare/compare_grid.h"

#include <algorithm>

#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastRoom = 16;

std::size_t width_of(const Grid& grid, std::size_t column) {
  std::size_t width = columns_of(grid.head[column]);
  for (const auto& row : grid.rows) width = std::max(width, columns_of(row[column]));
  return width;
}

std::string trimmed(const std::string& line) { return line.substr(0, line.find_last_not_of(' ') + 1); }

}  // namespace

std::string number_grid_text(const Grid& grid) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? left(row[i], width_of(grid, i)) : right(row[i], kGap + width_of(grid, i));
    }
    text += "\n";
  };
  add(grid.head);
  for (const auto& row : grid.rows) add(row);
  return text;
}

std::string word_grid_text(const Grid& grid, std::size_t width) {
  if (grid.head.size() < 2) return "";
  const std::size_t names = width_of(grid, 0);
  const std::size_t others = grid.head.size() - 1;
  const std::size_t used = names + others * kGap;
  const std::size_t room = std::max(kLeastRoom, (width > used ? width - used : 0) / others);
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    std::vector<std::vector<std::string>> cells;
    std::size_t lines = 1;
    for (std::size_t i = 1; i < row.size(); ++i) {
      cells.push_back(wrap(row[i], room));
      lines = std::max(lines, cells.back().size());
    }
    for (std::size_t at = 0; at < lines; ++at) {
      std::string line = left(at == 0 ? row[0] : "", names);
      for (const std::vector<std::string>& cell : cells) {
        line.append(kGap, ' ').append(left(at < cell.size() ? cell[at] : "", room));
      }
      text += trimmed(line) + "\n";
    }
  };
  add(grid.head);
  for (const auto& row : grid.rows) add(row);
  return text;
}

}  // namespace gilscope::app
