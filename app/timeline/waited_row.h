// For whom one thread waited, and how long: a row of the matrix of waiters and holders. Memory grows with the
// holders that it met; a hash table of its own, since each wait adds to it for each turn that it overlaps.
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

class WaitedRow {
 public:
  struct Cell {
    std::uint32_t holder = kFree;
    probe::Ticks ticks = 0;
  };

  void add(std::uint32_t holder, probe::Ticks ticks) {
    if (!cells_.empty()) {
      // Threads are counted from 0, so that the number itself spreads well.
      for (std::size_t i = holder & mask(); cells_[i].holder != kFree; i = (i + 1) & mask()) {
        if (cells_[i].holder == holder) {
          cells_[i].ticks += ticks;
          return;
        }
      }
    }
    insert(holder, ticks);
  }
  void add_nobody(probe::Ticks ticks) { nobody_ += ticks; }

  /// While nobody held it, or nobody knows who did.
  probe::Ticks nobody() const noexcept { return nobody_; }
  /// One cell for each holder, in the order of the holders.
  std::vector<Cell> cells() const;

 private:
  static constexpr std::uint32_t kFree = 0xffff'ffff;
  std::size_t mask() const noexcept { return cells_.size() - 1; }
  void insert(std::uint32_t holder, probe::Ticks ticks);

  std::vector<Cell> cells_;  // a power of two, at most half of them used
  std::size_t used_ = 0;
  probe::Ticks nobody_ = 0;
};

}  // namespace gilscope::app
