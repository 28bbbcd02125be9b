// Who waited for whom: works out, from the turns of one GIL in the order of takes, which turns each wait
// overlaps. From that come the matrix of waiters and holders, the places that held others up, the longest
// waits, and how long hand-overs took. Memory grows with threads, pairs of them, and places. Not for what a
// thread's own records tell. Thread rule: one thread at a time; a copy looks ahead (totals of open turns).
//
//     waiter        want |--------- wait ---------| take
//     others    |  turn A  |   |   turn B   |           each part of the wait goes to who held the GIL then;
//                        |A|nob|      B     |nob|       the rest to nobody
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/report/report.h"
#include "app/timeline/hand_overs.h"
#include "app/timeline/histogram.h"
#include "app/timeline/longest.h"
#include "app/timeline/ordered_turns.h"
#include "app/timeline/recent_turns.h"
#include "app/timeline/waited_row.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// The turns that ended at one place while others waited.
struct BlockerTotals {
  std::uint64_t turns = 0;
  probe::Ticks contended = 0;
  probe::Ticks waited = 0;
  probe::Ticks longest_hold = 0;
};

struct LongWait {
  probe::Ticks length = 0;
  probe::Ticks at = 0;
  std::uint32_t thread = 0;
  std::uint32_t place = 0;  ///< where it let go before
  std::uint32_t holder = WaitedForReport::kNobody;
  probe::Ticks held = 0;
  std::uint32_t holder_place = 0;
};

/// A wait that has not ended, as far as it has gone.
struct OpenWait {
  std::uint32_t thread = 0;
  probe::Ticks want = 0;
  probe::Ticks until = 0;
};

class WhoWaited final : public OrderedTurnSink {
 public:
  explicit WhoWaited(std::size_t most_recent_turns = RecentTurns::kMost) : recent_(most_recent_turns) {}
  /// `hand_overs`, if not null, gets the numbers of the turns that the GIL was handed over to.
  explicit WhoWaited(SequenceSet* hand_overs) : hand_overs_(hand_overs) {}

  void ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool after_gap, bool hand_over) override;
  void settled_before(probe::Ticks limit) override { recent_.settle(limit); }

  /// Adds waits that have not ended, after the last turn. For a copy: nothing may come after it.
  void add_open_waits(std::span<const OpenWait> waits);

  const std::vector<WaitedRow>& rows() const noexcept { return rows_; }              ///< by waiting thread
  const std::vector<BlockerTotals>& blockers() const noexcept { return blockers_; }  ///< by place
  const std::vector<LongWait>& longest() const noexcept { return longest_.entries(); }
  const Histogram& hand_over_latency() const noexcept { return latency_; }
  /// The part of the rows' nobody that lies further back than turns are kept.
  probe::Ticks unattributed() const noexcept { return unattributed_; }

 private:
  void add_wait(std::uint32_t thread, probe::Ticks want, probe::Ticks end, bool until_each_drop);
  void contend(RecentTurn& turn, probe::Ticks from);
  void contend(TurnRun& run);
  void contend_within(probe::Ticks begin, probe::Ticks end, probe::Ticks earlier_end);
  LongWait described(std::uint32_t thread, probe::Ticks want, probe::Ticks end);
  std::uint32_t known(std::uint32_t place);

  SequenceSet* hand_overs_ = nullptr;
  RecentTurns recent_;
  std::vector<WaitedRow> rows_;
  std::vector<BlockerTotals> blockers_{1};
  std::vector<std::uint32_t> last_place_;  // by thread: where it let go
  Longest<LongWait> longest_;
  Histogram latency_;
  probe::Ticks last_drop_ = 0;
  probe::Ticks unattributed_ = 0;
};

}  // namespace gilscope::app
