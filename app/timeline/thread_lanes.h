// What one thread's own records tell, without regard to other threads: its turns with each GIL (a lane), what
// giving the GIL away won and lost, and its spans: regions, kernels, collections. Not for anything that needs
// the order of turns of different threads. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "app/timeline/histogram.h"
#include "app/timeline/kernel_calls.h"
#include "embed/probe/places.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// What the turns that were given away at one place won and lost, as far as the thread wanted that GIL again.
struct GivingTotals {
  std::uint64_t count = 0;
  probe::Ticks outside = 0;  ///< the drop to the next want
  probe::Ticks wait = 0;     ///< that want to its take

  void add(probe::Ticks drop, probe::Ticks want, probe::Ticks take) {
    ++count;
    outside += want - (want < drop ? want : drop);
    wait += take > want ? take - want : 0;
  }
};
using GivingLedger = std::vector<GivingTotals>;  // by place

/// A thread's turns with one GIL.
struct Lane {
  std::uint16_t gil = 0;
  probe::TurnEnd last_end = probe::TurnEnd::kOpen;
  std::uint32_t last_sequence = 0;
  std::uint32_t last_place = 0;
  std::uint64_t turns = 0;
  std::uint64_t gave = 0;
  std::uint64_t asked = 0;
  std::uint64_t disorders = 0;
  probe::Ticks hold = 0;
  probe::Ticks wait = 0;
  probe::Ticks first_want = 0;
  probe::Ticks last_drop = 0;
  Histogram waits;
  Histogram holds;

  /// `previous_drop`: of the thread's turn before, with any GIL.
  void add(const probe::Turn& turn, probe::Ticks previous_drop, GivingLedger& ledger) {
    // A turn that breaks law 2 is counted, and told as a bug; its negative spans count as 0.
    if (turn.want < previous_drop || turn.take < turn.want || turn.drop < turn.take) [[unlikely]]
      ++disorders;
    if (last_end == probe::TurnEnd::kGave) ledger[last_place].add(last_drop, turn.want, turn.take);
    const probe::Ticks waited = turn.take > turn.want ? turn.take - turn.want : 0;
    const probe::Ticks held = turn.drop > turn.take ? turn.drop - turn.take : 0;
    if (turns == 0) first_want = turn.want;
    ++turns;
    gave += turn.end == probe::TurnEnd::kGave;
    asked += turn.end == probe::TurnEnd::kAsked;
    hold += held;
    wait += waited;
    waits.add(waited);
    holds.add(held);
    last_sequence = turn.sequence;
    last_drop = turn.drop;
    last_end = turn.end;
    last_place = turn.location;
    if (last_place >= ledger.size()) [[unlikely]]
      meet_place(ledger);
  }

 private:
  void meet_place(GivingLedger& ledger) {
    if (last_place > probe::places::kMaxPlaces) last_place = 0;
    if (last_place >= ledger.size()) ledger.resize(last_place + std::size_t{1});
  }
};

/// The spans of one region name.
struct RegionTotals {
  std::uint64_t count = 0;
  probe::Ticks wall = 0;
  probe::Ticks hold = 0;
  probe::Ticks wait = 0;
};
using RegionMap = std::map<std::uint32_t, RegionTotals>;  // by name id

/// The collections of one generation.
struct CollectionTotals {
  std::uint64_t count = 0;
  std::uint64_t objects = 0;
  probe::Ticks wall = 0;
  probe::Ticks hold = 0;
  probe::Ticks longest = 0;
};
using CollectionMap = std::map<int, CollectionTotals>;  // by generation

class ThreadLanes {
 public:
  Lane& lane_of(std::uint16_t gil);
  const std::deque<Lane>& lanes() const noexcept { return lanes_; }

  void add_turn(Lane& lane, const probe::Turn& turn, GivingLedger& ledger) {
    lane.add(turn, last_drop_, ledger);
    last_drop_ = turn.drop;
  }

  // The three kinds of spans nest freely in each other. An end whose begin was lost is passed over.

  /// A record of kind kRegionBegin or kRegionEnd. Spans that end are added to `regions`. They are known by
  /// their numbers, and may end in any order.
  void region_event(const probe::Turn& event, RegionMap& regions);
  /// Whether a region has ended before one that began in it: then they can not be drawn inside each other.
  bool regions_overlap() const noexcept { return regions_overlap_; }
  /// A record of kind kKernelBegin or kKernelEnd. A call is known by its number, and ends with it the calls
  /// inside whose own ends were lost.
  void kernel_event(const probe::Turn& event, KernelCalls& calls);
  /// A record of kind kCollectBegin or kCollectEnd. Collections do not nest: a begin after a begin tells that
  /// the end between them was lost, and that span is passed over.
  void collect_event(const probe::Turn& event, CollectionMap& collections);

  /// Adds the spans that are still open, as far as they have gone. `hold` and `wait` are those of the
  /// thread's open turn up to `now`.
  void add_open_spans(RegionMap& regions, KernelMap& kernels, CollectionMap& collections, probe::Ticks now,
                      probe::Ticks hold, probe::Ticks wait) const;

 private:
  // The thread's clocks of all time, of holding and of waiting, at one moment; or what went by between two.
  struct Moment {
    probe::Ticks wall = 0;
    probe::Ticks hold = 0;
    probe::Ticks wait = 0;

    Moment since(const Moment& begin) const noexcept;
  };
  struct OpenRegion {
    std::uint32_t name;
    Moment begin;
  };
  struct OpenKernel {
    std::uint32_t name;
    std::uint32_t call;
    bool holds_gil;
    std::uint64_t bytes;
    Moment begin;
  };
  struct OpenCollection {
    int generation;
    Moment begin;
  };
  Moment completed() const noexcept;
  Moment moment_of(const probe::Turn& event) const noexcept;
  static void add_span(RegionMap& regions, const OpenRegion& region, const Moment& end);
  static void add_span(KernelMap& kernels, const OpenKernel& kernel, const Moment& end);
  static void add_span(CollectionMap& collections, const OpenCollection& collection, const Moment& end,
                       std::uint64_t objects);

  std::deque<Lane> lanes_;                            // in the order of first use; most threads have one
  std::map<std::uint32_t, OpenRegion> open_regions_;  // by number: in the order of their begins
  bool regions_overlap_ = false;
  std::vector<OpenKernel> open_kernels_;
  std::optional<OpenCollection> open_collection_;
  probe::Ticks last_drop_ = 0;
};

}  // namespace gilscope::app
