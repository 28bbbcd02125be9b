// Puts the turns of one GIL in order by their sequence numbers, without looking at a clock, and derives what
// needs the order: contended time, hand-overs, overlaps, missing turns. Not for what a thread's own records
// tell. Thread rule: one thread at a time.
//
// A turn is published at its drop, before the next one can be taken. A pass over the buffers may yet see turn
// s + 1 without turn s, when the buffer of s was read first; the next pass then brings s, or s was lost.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/timeline/facts.h"
#include "app/timeline/wait_union.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// What the turns of one GIL tell once they are in order.
struct OrderTotals {
  std::uint64_t missing = 0;
  std::uint64_t overlaps = 0;
  std::uint64_t hand_overs = 0;
  std::uint64_t late = 0;
  probe::Ticks contended = 0;
};

/// An open turn, and the moment up to which it counts.
struct OpenUntil {
  OpenTurn turn;
  probe::Ticks until = 0;
};

class GilOrder {
 public:
  void add(std::uint32_t thread, const probe::Turn& turn) {
    const Place place{turn.want, turn.take, turn.drop, turn.sequence, thread};
    if (pending_.empty() && turn.sequence == walk_.next) {
      walk_.step(place);
    } else {
      pending_.push_back(place);
    }
  }

  /// As Timeline::end_of_pass.
  void end_of_pass(probe::Ticks oldest_open_want);

  /// The totals with `open`, the open turns of this GIL, as far as they have gone.
  OrderTotals totals(std::span<const OpenUntil> open) const;

 private:
  struct Place {
    probe::Ticks want;
    probe::Ticks take;
    probe::Ticks drop;
    std::uint32_t sequence;
    std::uint32_t thread;
  };

  // The walk along the turns in order; a copy of it looks ahead for totals().
  struct Walk {
    std::uint32_t next = 0;  // the sequence number that comes next
    std::uint32_t last_thread = 0;
    probe::Ticks last_drop = 0;
    bool any = false;
    OrderTotals sums;
    WaitUnion waits;

    void step(const Place& place) {
      if (place.sequence != next) [[unlikely]]
        return step_aside(place);
      if (any) {
        if (place.take < last_drop) ++sums.overlaps;
        // Somebody else waited when the lock was let go. A take that did not have to wait is no hand-over.
        if (place.thread != last_thread && place.want < place.take && place.want <= last_drop)
          ++sums.hand_overs;
      }
      go_on(place);
    }
    void step_aside(const Place& place);
    void go_on(const Place& place) {
      if (place.want < place.take && !waits.add(place.want, place.take)) [[unlikely]]
        ++sums.late;
      if (!any || place.drop > last_drop) last_drop = place.drop;
      last_thread = place.thread;
      next = place.sequence + 1;
      any = true;
    }
  };

  void put_in_order();

  Walk walk_;
  std::vector<Place> pending_;
  std::uint32_t horizon_ = 0;  // one past the largest number seen by the end of the pass before
  std::vector<std::uint32_t>
      order_;  // indices of pending_, by sequence; this and rest_ are kept to allocate once
  std::vector<Place> rest_;
};

}  // namespace gilscope::app
