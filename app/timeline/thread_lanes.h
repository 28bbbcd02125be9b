// What one thread's own records tell, without regard to other threads: its turns with each GIL (a lane), and
// its regions. Not for anything that needs the order of turns of different threads. Thread rule: one thread
// at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "app/timeline/histogram.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// A thread's turns with one GIL.
struct Lane {
  std::uint16_t gil = 0;
  std::uint32_t last_sequence = 0;
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
  void add(const probe::Turn& turn, probe::Ticks previous_drop) {
    // A turn that breaks law 2 is counted, and told as a bug; its negative spans count as 0.
    if (turn.want < previous_drop || turn.take < turn.want || turn.drop < turn.take) [[unlikely]]
      ++disorders;
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

class ThreadLanes {
 public:
  Lane& lane_of(std::uint16_t gil);
  const std::deque<Lane>& lanes() const noexcept { return lanes_; }

  void add_turn(Lane& lane, const probe::Turn& turn) {
    lane.add(turn, last_drop_);
    last_drop_ = turn.drop;
  }

  /// A record of kind kRegionBegin or kRegionEnd. Spans that end are added to `regions`. An end without
  /// a name (location 0) ends the innermost one. One with a name ends that region, and with it the spans
  /// inside whose own ends were lost; one whose begin was lost is passed over.
  void region_event(const probe::Turn& event, RegionMap& regions);

  /// Adds the regions that are still open, as far as they have gone. `hold` and `wait` are those of the
  /// thread's open turn up to `now`.
  void add_open_regions(RegionMap& regions, probe::Ticks now, probe::Ticks hold, probe::Ticks wait) const;

 private:
  // The thread's clocks of all time, of holding and of waiting, at one moment.
  struct Moment {
    probe::Ticks wall = 0;
    probe::Ticks hold = 0;
    probe::Ticks wait = 0;
  };
  struct OpenRegion {
    std::uint32_t name;
    Moment begin;
  };
  Moment completed() const noexcept;
  static void add_span(RegionMap& regions, const OpenRegion& region, const Moment& end);

  std::deque<Lane> lanes_;  // in the order of first use; most threads have one
  std::vector<OpenRegion> open_regions_;
  probe::Ticks last_drop_ = 0;
};

}  // namespace gilscope::app
