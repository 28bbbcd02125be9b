// The turns of one GIL that a wait may still reach back to, in order: a ring that forgets what is settled,
// and, in front of a wait that never ends, the oldest beyond a fixed number. Turns that follow one another on
// one thread and ended at one place are also a run: who overlaps all of it need not look at each. Thread
// rule: one thread at a time; copies are made for a look ahead.
#pragma once

#include <algorithm>
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

/// Turns [begin, end), by number, in order and apart from one another.
struct TurnRun {
  std::size_t begin = 0;
  std::size_t end = 0;
  probe::Ticks take = 0;  ///< of the first
  probe::Ticks drop = 0;  ///< of the last
  probe::Ticks held = 0;  ///< the sum
  probe::Ticks longest = 0;
  std::uint64_t longer_than_0 = 0;  ///< turns
  std::uint32_t thread = 0;
  std::uint32_t place = 0;
  bool untouched = true;   ///< contended_from equals `drop` in all of them
  bool contended = false;  ///< all of each was contended, whatever its contended_from says
};

class RecentTurns {
 public:
  /// 128 MiB of turns. Only a wait during which others take the GIL more often than that goes beyond.
  static constexpr std::size_t kMost = std::size_t{1} << 22;
  /// These are kept though they are settled: a thread that gets no core between reading the clock and saying
  /// that it waits breaks the promise, by 100 ms and more on a machine that is loaded.
  static constexpr std::size_t kKept = std::size_t{1} << 14;

  explicit RecentTurns(std::size_t most = kMost) : most_(std::max<std::size_t>(most, 2)) {}

  void push(const RecentTurn& turn) {
    if (turns_.size() - first_ >= most_) [[unlikely]]
      forget_oldest();
    if (runs_.size() == first_run_ || !continues(runs_.back(), turn)) {
      TurnRun run;
      run.begin = run.end = base_ + turns_.size();
      run.take = turn.take;
      run.thread = turn.thread;
      run.place = turn.place;
      runs_.push_back(run);
    }
    turns_.push_back(turn);
    extend(runs_.back(), turn);
  }

  /// Calls `of_run(TurnRun&)` for runs that lie in [begin, end), and `of_turn(TurnRun&, RecentTurn&, from,
  /// until)` for other turns that overlap it, newest first. The parts are disjoint, also where turns break
  /// law 1 and overlap each other.
  template <typename OfRun, typename OfTurn>
  void for_each_overlap(probe::Ticks begin, probe::Ticks end, OfRun&& of_run, OfTurn&& of_turn) {
    for (std::size_t r = runs_.size(); r-- > first_run_;) {
      TurnRun& run = runs_[r];
      if (run.drop <= begin || end <= begin) return;
      if (run.take >= begin && run.drop <= end) {
        of_run(run);
        end = run.take;
        continue;
      }
      for (std::size_t i = run.end; i-- > std::max(run.begin, base_ + first_);) {
        RecentTurn& turn = turns_[i - base_];
        if (turn.drop <= begin) return;
        const probe::Ticks from = std::max(begin, turn.take);
        const probe::Ticks until = std::min(end, turn.drop);
        if (from < until) of_turn(run, turn, from, until);
        end = std::min(end, turn.take);
        if (end <= begin) return;
      }
    }
  }
  /// The turns of a run that are not settled. (All of them, unless a damaged file settled what it asks for.)
  template <typename OfTurn>
  void for_each_turn(const TurnRun& run, OfTurn&& of_turn) {
    for (std::size_t i = std::max(run.begin, base_ + first_); i < run.end; ++i) of_turn(turns_[i - base_]);
  }

  /// Turns that ended by `limit` are, as promised, not asked for again.
  void settle(probe::Ticks limit) {
    while (first_ + kKept < turns_.size() && turns_[first_].drop <= limit) ++first_;
    compact();
  }

  /// The drop of the last turn that was forgotten for want of room; 0 when none was.
  probe::Ticks forgotten_until() const noexcept { return forgotten_until_; }

 private:
  static bool continues(const TurnRun& run, const RecentTurn& turn) {
    return run.thread == turn.thread && run.place == turn.place && run.untouched && !run.contended &&
           turn.take >= run.drop && turn.drop >= turn.take;
  }
  static void extend(TurnRun& run, const RecentTurn& turn) {
    const probe::Ticks hold = turn.drop - std::min(turn.drop, turn.take);
    ++run.end;
    run.drop = turn.drop;
    run.held += hold;
    run.longest = std::max(run.longest, hold);
    run.longer_than_0 += hold > 0;
  }

  void forget_oldest() {
    // Half at once, so that the moves cost little per turn.
    const std::size_t from = turns_.size() - most_ / 2;
    forgotten_until_ = turns_[from - 1].drop;
    first_ = from;
    compact();
    // The oldest run is what is left of it.
    TurnRun& oldest = runs_[first_run_];
    TurnRun left = oldest;
    left.begin = left.end = std::max(oldest.begin, base_ + first_);
    left.held = left.longest = 0;
    left.longer_than_0 = 0;
    left.take = turns_[left.begin - base_].take;
    while (left.end < oldest.end) extend(left, turns_[left.end - base_]);
    oldest = left;
  }
  void compact() {
    while (first_run_ < runs_.size() && runs_[first_run_].end <= base_ + first_) ++first_run_;
    if (first_run_ > runs_.size() / 2) {
      runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first_run_));
      first_run_ = 0;
    }
    if (first_ > turns_.size() / 2) {
      turns_.erase(turns_.begin(), turns_.begin() + static_cast<std::ptrdiff_t>(first_));
      base_ += first_;
      first_ = 0;
    }
  }

  std::size_t most_;
  std::vector<RecentTurn> turns_;
  std::size_t base_ = 0;   // the number of turns_[0]
  std::size_t first_ = 0;  // those before it are forgotten
  std::vector<TurnRun> runs_;
  std::size_t first_run_ = 0;  // likewise
  probe::Ticks forgotten_until_ = 0;
};

}  // namespace gilscope::app
