// One GIL in columns of equal time: how long it was held, how long somebody waited for it, how often it was
// handed over. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/live/column_ring.h"

namespace gilscope::app {

class GilColumns {
 public:
  GilColumns(probe::Ticks width, std::size_t count)
      : held_(width, count), contended_(width, count), hand_overs_(width, count) {}

  void reach(std::uint64_t newest) {
    held_.reach(newest);
    contended_.reach(newest);
    hand_overs_.reach(newest);
  }
  void add_hold(probe::Ticks take, probe::Ticks drop) { held_.add(take, drop); }
  /// Cheap in the order of takes, as turns come.
  void add_wait(probe::Ticks want, probe::Ticks take);
  void add_hand_over(probe::Ticks take) { hand_overs_.count(take / held_.width()); }

  const ColumnRing& held() const noexcept { return held_; }
  /// At least one thread waited.
  const ColumnRing& contended() const noexcept { return contended_; }
  const ColumnRing& hand_overs() const noexcept { return hand_overs_; }

 private:
  struct Interval {
    probe::Ticks begin;
    probe::Ticks end;
  };
  // Older ones are known by their columns' sums only. A wait that begins among those is wrong by less than a
  // column.
  static constexpr std::size_t kMostIntervals = 4096;

  ColumnRing held_;
  ColumnRing contended_;
  ColumnRing hand_overs_;
  std::vector<Interval> waits_;  // disjoint, not touching, in order
  probe::Ticks known_from_ = 0;
};

}  // namespace gilscope::app
