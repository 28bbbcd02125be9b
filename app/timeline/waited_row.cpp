#include "app/timeline/waited_row.h"

#include <algorithm>

namespace gilscope::app {

void WaitedRow::insert(std::uint32_t holder, probe::Ticks ticks) {
  if (2 * (used_ + 1) > cells_.size()) {
    std::vector<Cell> old(std::max<std::size_t>(4, 2 * cells_.size()));
    old.swap(cells_);
    used_ = 0;
    for (const Cell& cell : old) {
      if (cell.holder != kFree) insert(cell.holder, cell.ticks);
    }
  }
  std::size_t i = holder & mask();
  while (cells_[i].holder != kFree) i = (i + 1) & mask();
  cells_[i] = {holder, ticks};
  ++used_;
}

std::vector<WaitedRow::Cell> WaitedRow::cells() const {
  std::vector<Cell> result;
  for (const Cell& cell : cells_) {
    if (cell.holder != kFree) result.push_back(cell);
  }
  std::sort(result.begin(), result.end(), [](const Cell& a, const Cell& b) { return a.holder < b.holder; });
  return result;
}

}  // namespace gilscope::app
