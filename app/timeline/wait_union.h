// The time in which at least one thread waits: the measure of a union of intervals. Intervals that lie before
// anything that can still come are folded into a sum, so that a long run stays small.
// Thread rule: one thread at a time; copying is cheap (some kilobytes).
#pragma once

#include <cstddef>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

class WaitUnion {
 public:
  /// Adds [begin, end). Cheap when `end` is not before any earlier end, as it is when turns come in order.
  /// False when a part of it lay before what was folded, and could not be counted.
  bool add(probe::Ticks begin, probe::Ticks end) {
    if (begin >= end) return true;
    bool whole = true;
    if (begin < folded_until_) [[unlikely]] {
      whole = false;
      begin = folded_until_;
      if (begin >= end) return false;
    }
    if (!intervals_.empty() && end < intervals_.back().end) [[unlikely]] {
      insert(begin, end);
      return whole;
    }
    while (!intervals_.empty() && begin <= intervals_.back().end) {
      if (intervals_.back().begin < begin) begin = intervals_.back().begin;
      intervals_.pop_back();
    }
    intervals_.push_back({begin, end});
    return whole;
  }

  /// No interval that begins before `limit` is still to come. The youngest intervals are kept all the same,
  /// so that a promise that is broken by a little costs nothing.
  void fold_before(probe::Ticks limit);

  probe::Ticks total() const noexcept;
  std::size_t kept() const noexcept { return intervals_.size(); }

 private:
  struct Interval {
    probe::Ticks begin;
    probe::Ticks end;
  };
  void insert(probe::Ticks begin, probe::Ticks end);

  std::vector<Interval> intervals_;  // disjoint, not touching, in order
  probe::Ticks folded_ = 0;
  probe::Ticks folded_until_ = 0;
};

}  // namespace gilscope::app
