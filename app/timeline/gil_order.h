// Puts the turns of one GIL in order by their sequence numbers, without looking at a clock, and derives what
// needs the order: contended time, hand-overs, overlaps, missing turns; hands the turns on in that order to
// who wants more. Not for what a thread's own records tell. Thread rule: one thread at a time.
//
// A turn is published at its drop, before the next one can be taken. A pass over the buffers may yet see turn
// s + 1 without turn s, when the buffer of s was read first; the next pass then brings s, or s was lost.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/timeline/facts.h"
#include "app/timeline/ordered_turns.h"
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
  /// `sink` gets every turn, in order; it may be null, and must outlive this.
  explicit GilOrder(OrderedTurnSink* sink = nullptr) : sink_(sink) {}

  void add(std::uint32_t thread, const probe::Turn& turn) {
    if (pending_.empty() && turn.sequence == walk_.next) {
      walk_.step(thread, turn, sink_);
    } else {
      pending_.push_back({turn, thread});
    }
  }

  /// As Timeline::end_of_pass.
  void end_of_pass(probe::Ticks oldest_open_want);

  /// The totals with `open`, the open turns of this GIL, as far as they have gone. `ahead`, if not null, gets
  /// the turns that `sink` has not had yet, in order: those whose predecessors may still come, and the open
  /// one, which ends (kOpen) at its `until`.
  OrderTotals totals(std::span<const OpenUntil> open, OrderedTurnSink* ahead = nullptr) const;

 private:
  struct Pending {
    probe::Turn turn;
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

    void step(std::uint32_t thread, const probe::Turn& turn, OrderedTurnSink* sink) {
      if (turn.sequence != next) [[unlikely]]
        return step_aside(thread, turn, sink);
      bool hand_over = false;
      if (any) {
        if (turn.take < last_drop) ++sums.overlaps;
        // Somebody else waited when the lock was let go. A take that did not have to wait is no hand-over.
        hand_over = thread != last_thread && turn.want < turn.take && turn.want <= last_drop;
        sums.hand_overs += hand_over;
      }
      if (sink != nullptr) sink->ordered_turn(thread, turn, !any, hand_over);
      go_on(thread, turn);
    }
    void step_aside(std::uint32_t thread, const probe::Turn& turn, OrderedTurnSink* sink);
    void go_on(std::uint32_t thread, const probe::Turn& turn) {
      if (turn.want < turn.take && !waits.add(turn.want, turn.take)) [[unlikely]]
        ++sums.late;
      if (!any || turn.drop > last_drop) last_drop = turn.drop;
      last_thread = thread;
      next = turn.sequence + 1;
      any = true;
    }
  };

  void put_in_order();

  OrderedTurnSink* sink_;
  Walk walk_;
  std::vector<Pending> pending_;
  std::uint32_t horizon_ = 0;  // one past the largest number seen by the end of the pass before
  std::vector<std::uint32_t>
      order_;  // indices of pending_, by sequence; this and rest_ are kept to allocate once
  std::vector<Pending> rest_;
};

}  // namespace gilscope::app
