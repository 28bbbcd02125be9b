#include "app/timeline/who_waited.h"

#include <algorithm>
#include <map>

#include "embed/probe/places.h"

namespace gilscope::app {

using probe::Ticks;

namespace {

struct Part {
  Ticks begin;
  Ticks end;
};

}  // namespace

std::uint32_t WhoWaited::known(std::uint32_t place) {
  if (place < blockers_.size()) [[likely]]
    return place;
  if (place > probe::places::kMaxPlaces) return 0;
  blockers_.resize(place + std::size_t{1});
  return place;
}

void WhoWaited::ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool /*after_gap*/,
                             bool hand_over) {
  if (hand_over) {
    latency_.add(turn.take - std::min(turn.take, last_drop_));
    if (hand_overs_ != nullptr) hand_overs_->insert(turn.sequence);
  }
  if (turn.want < turn.take) add_wait(thread, turn.want, turn.take, true);
  const std::uint32_t place = known(turn.location);
  recent_.push({turn.take, turn.drop, turn.drop, thread, place});
  if (thread >= last_place_.size()) [[unlikely]]
    last_place_.resize(thread + std::size_t{1});
  last_place_[thread] = place;
  last_drop_ = std::max(last_drop_, turn.drop);
}

void WhoWaited::contend(RecentTurn& turn, Ticks from) {
  if (from >= turn.contended_from) return;
  BlockerTotals& place = blockers_[turn.place];
  if (turn.contended_from == turn.drop) {
    ++place.turns;
    place.longest_hold = std::max(place.longest_hold, turn.drop - turn.take);
  }
  place.contended += turn.contended_from - from;
  turn.contended_from = from;
}

void WhoWaited::contend(TurnRun& run) {
  if (run.contended) return;
  if (run.untouched) {
    BlockerTotals& place = blockers_[run.place];
    place.turns += run.longer_than_0;
    place.longest_hold = std::max(place.longest_hold, run.longest);
    place.contended += run.held;
  } else {
    recent_.for_each_turn(run, [&](RecentTurn& turn) { contend(turn, turn.take); });
  }
  run.contended = true;
}

void WhoWaited::add_wait(std::uint32_t thread, Ticks want, Ticks end, bool until_each_drop) {
  if (thread >= rows_.size()) rows_.resize(thread + std::size_t{1});
  WaitedRow& row = rows_[thread];
  Ticks all_held = 0;
  const auto add = [&](const TurnRun& run, Ticks held) {
    if (held == 0) return;
    all_held += held;
    row.add(run.thread, held);
    blockers_[run.place].waited += held;
  };
  recent_.for_each_overlap(
      want, end,
      [&](TurnRun& run) {
        add(run, run.held);
        if (until_each_drop) contend(run);
      },
      [&](TurnRun& run, RecentTurn& turn, Ticks from, Ticks until) {
        add(run, until - from);
        if (!until_each_drop || run.contended) return;
        run.untouched = false;
        contend(turn, from);
      });
  row.add_nobody(end - want - all_held);
  if (want < recent_.forgotten_until()) [[unlikely]]
    unattributed_ += std::min(end, recent_.forgotten_until()) - want;
  if (longest_.takes(end - want)) longest_.add(described(thread, want, end));
}

LongWait WhoWaited::described(std::uint32_t thread, Ticks want, Ticks end) {
  struct Held {
    Ticks sum = 0;
    Ticks longest = 0;
    std::uint32_t place = 0;
  };
  std::map<std::uint32_t, Held> holders;
  const auto add = [&](const TurnRun& run, Ticks sum, Ticks longest) {
    Held& held = holders[run.thread];
    held.sum += sum;
    if (longest < held.longest) return;
    held.longest = longest;
    held.place = run.place;
  };
  recent_.for_each_overlap(
      want, end, [&](const TurnRun& run) { add(run, run.held, run.longest); },
      [&](const TurnRun& run, const RecentTurn&, Ticks from, Ticks until) {
        add(run, until - from, until - from);
      });
  LongWait wait;
  wait.length = end - want;
  wait.at = want;
  wait.thread = thread;
  wait.place = thread < last_place_.size() ? last_place_[thread] : 0;
  for (const auto& [holder, held] : holders) {
    if (held.sum <= wait.held) continue;
    wait.holder = holder;
    wait.held = held.sum;
    wait.holder_place = held.place;
  }
  return wait;
}

void WhoWaited::contend_within(Ticks begin, Ticks end, Ticks earlier_end) {
  const auto contend_part = [&](const RecentTurn& turn, Ticks from, Ticks until) {
    BlockerTotals& place = blockers_[turn.place];
    if (turn.contended_from == turn.drop && earlier_end <= turn.take) {
      ++place.turns;
      place.longest_hold = std::max(place.longest_hold, turn.drop - turn.take);
    }
    place.contended += std::min(until, std::max(from, turn.contended_from)) - from;
  };
  recent_.for_each_overlap(
      begin, end,
      [&](TurnRun& run) {
        if (run.contended) return;
        recent_.for_each_turn(run, [&](const RecentTurn& turn) {
          if (turn.take < turn.drop) contend_part(turn, turn.take, turn.drop);
        });
      },
      [&](const TurnRun& run, const RecentTurn& turn, Ticks from, Ticks until) {
        if (!run.contended) contend_part(turn, from, until);
      });
}

void WhoWaited::add_open_waits(std::span<const OpenWait> waits) {
  // A wait is there at each drop that it overlaps, but for the last of a thread that ended while it waited.
  std::vector<Part> given_up;
  for (const OpenWait& wait : waits) {
    if (wait.want >= wait.until) continue;
    const bool until_each_drop = wait.until >= last_drop_;
    add_wait(wait.thread, wait.want, wait.until, until_each_drop);
    if (!until_each_drop) given_up.push_back({wait.want, wait.until});
  }
  std::sort(given_up.begin(), given_up.end(), [](Part a, Part b) { return a.begin < b.begin; });
  Ticks covered = 0;
  for (std::size_t i = 0; i < given_up.size();) {
    Part whole = given_up[i];
    for (++i; i < given_up.size() && given_up[i].begin <= whole.end; ++i) {
      whole.end = std::max(whole.end, given_up[i].end);
    }
    contend_within(whole.begin, whole.end, covered);
    covered = whole.end;
  }
}

}  // namespace gilscope::app
