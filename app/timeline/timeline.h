// The totals of every thread and GIL, from the turns as they come: the one place where numbers are made of
// turns. Memory is flat: it grows with threads, GILs, places and names, not with turns. Not for intervals to
// draw (the trace file keeps those) nor for formatting. Thread rule: one thread at a time; nothing here takes
// a lock or a GIL.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "app/report/report.h"
#include "app/timeline/estimate.h"
#include "app/timeline/facts.h"
#include "app/timeline/gil_order.h"
#include "app/timeline/hand_overs.h"
#include "app/timeline/histogram.h"
#include "app/timeline/kernel_calls.h"
#include "app/timeline/lock_waits.h"
#include "app/timeline/longest.h"
#include "app/timeline/thread_lanes.h"
#include "app/timeline/thread_programs.h"
#include "app/timeline/who_waited.h"
#include "embed/probe/clock.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// A drop request that was obeyed.
struct ObeyedTurn {
  probe::Ticks length = 0;  ///< first request to drop
  probe::Ticks at = 0;
  std::uint32_t thread = 0;
  std::uint16_t gil = 0;
  bool gave = false;
  std::uint32_t place = 0;
};

class Timeline {
 public:
  /// `hand_overs`, if not null, gets the hand-overs as they become known, and from snapshot() those to turns
  /// that are not in order yet, or have not ended: of a run that is over, for one snapshot.
  explicit Timeline(HandOvers* hand_overs = nullptr) : hand_overs_(hand_overs) {}

  /// Records of one thread, in that thread's order. Threads may come in any interleaving. `thread` is a small
  /// index (memory is kept for each below the largest).
  void add(std::uint32_t thread, std::span<const probe::Turn> records);

  /// Every thread's buffer was read since the last call. No wait that began before `oldest_open_want` is
  /// still to come: it is the smallest want of any open turn, looked up before the first buffer of the pass
  /// was read, or that moment when there was none; a thread that dropped on request wants the GIL from that
  /// drop on. 0 promises nothing. A turn whose number is still missing when the pass after the one that
  /// showed a later number has ended is lost: it was published before the later one was taken. So after the
  /// last pass call this twice.
  void end_of_pass(probe::Ticks oldest_open_want);

  /// The numbers of [facts.begin, facts.now]; changes nothing. Exact at any moment if `now` and the open
  /// turns were read after the last add; should `now` be earlier than the latest drop, that drop is taken
  /// instead.
  Report snapshot(const TraceFacts& facts, const EstimateOptions& estimate = {}) const;

 private:
  // One GIL: the order of its turns, and what needs no order but concerns all its threads.
  struct Gil final : OrderedTurnSink {
    explicit Gil(SequenceSet* hand_overs) : who(hand_overs) {}
    void ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool after_gap,
                      bool hand_over) override {
      who.ordered_turn(thread, turn, after_gap, hand_over);
      programs.add(thread, turn);
    }
    void settled_before(probe::Ticks limit) override { who.settled_before(limit); }

    WhoWaited who;
    ThreadPrograms programs;
    GilOrder order{this};
    Histogram obeyed;  // first drop request to drop
    std::uint64_t drop_requests = 0;
  };
  Gil& gil_of(std::uint16_t id);
  std::vector<ThreadPrograms> all_programs(const std::map<std::uint16_t, std::vector<OpenUntil>>& open) const;
  void add_event(std::uint32_t thread, const probe::Turn& record);
  void add_request(Gil& gil, std::uint32_t thread, const probe::Turn& record);

  HandOvers* hand_overs_;
  std::deque<ThreadLanes> threads_;         // by thread index
  std::vector<std::unique_ptr<Gil>> gils_;  // by GIL id; null: not seen
  Longest<ObeyedTurn> obeyed_latest_;
  GivingLedger giving_{1};
  RegionMap regions_;
  KernelCalls kernels_;
  CollectionMap collections_;
  LockWaits lock_waits_;
  std::map<std::uint32_t, std::uint64_t> marks_;  // by name id
  probe::Ticks latest_ = 0;                       // of all drops
};

}  // namespace gilscope::app
