// The turns of one GIL that a wait may still reach back to, in order: a ring that forgets what is settled,
// and, in front of a wait that never ends, the oldest beyond a fixed number. Thread rule: one thread at a
// time; copies are made for a look ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

struct RecentTurn {
  probe::Ticks take = 0;
  probe::Ticks drop = 0;
  probe::Ticks contended_from = 0;  ///< somebody waited from then until the drop; equals `drop`: nobody did
  std::uint32_t thread = 0;
  std::uint32_t place = 0;
};

class RecentTurns {
 public:
  /// 128 MiB of turns. Only a wait during which others take the GIL more often than that goes beyond.
  static constexpr std::size_t kMost = std::size_t{1} << 22;

  explicit RecentTurns(std::size_t most = kMost) : most_(most) {}

  void push(const RecentTurn& turn) {
    if (turns_.size() - first_ >= most_) [[unlikely]]
      forget_oldest();
    turns_.push_back(turn);
  }

  /// The newest is 0; `back` < size().
  RecentTurn& newest(std::size_t back) { return turns_[turns_.size() - 1 - back]; }
  std::size_t size() const noexcept { return turns_.size() - first_; }

  /// Turns that ended by `limit` are not asked for again.
  void settle(probe::Ticks limit) {
    while (first_ < turns_.size() && turns_[first_].drop <= limit) ++first_;
    compact();
  }

  /// The drop of the last turn that was forgotten for want of room; 0 when none was.
  probe::Ticks forgotten_until() const noexcept { return forgotten_until_; }

 private:
  void forget_oldest() {
    // Half at once, so that the moves cost little per turn.
    const std::size_t from = turns_.size() - most_ / 2;
    forgotten_until_ = turns_[from - 1].drop;
    first_ = from;
    compact();
  }
  void compact() {
    if (first_ == turns_.size()) {
      turns_.clear();
      first_ = 0;
    } else if (first_ > turns_.size() / 2) {
      turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
  }

  std::size_t most_;
  std::vector<RecentTurn> turns_;
  std::size_t first_ = 0;  // those before it are forgotten
  probe::Ticks forgotten_until_ = 0;
};

}  // namespace gilscope::app
