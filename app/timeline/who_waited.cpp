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

/// Calls `visit(RecentTurn&, Part)` for the turns that overlap [begin, end), newest first. The parts are
/// disjoint, also where turns break law 1 and overlap each other.
template <typename Visit>
void for_each_overlap(RecentTurns& recent, Ticks begin, Ticks end, Visit&& visit) {
  const std::size_t size = recent.size();
  for (std::size_t back = 0; back < size; ++back) {
    RecentTurn& turn = recent.newest(back);
    if (turn.drop <= begin) return;
    const Part part{std::max(begin, turn.take), std::min(end, turn.drop)};
    if (part.begin < part.end) visit(turn, part);
    end = std::min(end, turn.take);
    if (end <= begin) return;
  }
}

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
  if (hand_over) latency_.add(turn.take - std::min(turn.take, last_drop_));
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

void WhoWaited::add_wait(std::uint32_t thread, Ticks want, Ticks end, bool until_each_drop) {
  if (thread >= rows_.size()) rows_.resize(thread + std::size_t{1});
  WaitedRow& row = rows_[thread];
  Ticks held = 0;
  for_each_overlap(recent_, want, end, [&](RecentTurn& turn, Part part) {
    const Ticks span = part.end - part.begin;
    held += span;
    row.add(turn.thread, span);
    blockers_[turn.place].waited += span;
    if (until_each_drop) contend(turn, part.begin);
  });
  row.add_nobody(end - want - held);
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
  for_each_overlap(recent_, want, end, [&](const RecentTurn& turn, Part part) {
    Held& held = holders[turn.thread];
    held.sum += part.end - part.begin;
    if (part.end - part.begin < held.longest) return;
    held.longest = part.end - part.begin;
    held.place = turn.place;
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
  for_each_overlap(recent_, begin, end, [&](const RecentTurn& turn, Part part) {
    BlockerTotals& place = blockers_[turn.place];
    if (turn.contended_from == turn.drop && earlier_end <= turn.take) {
      ++place.turns;
      place.longest_hold = std::max(place.longest_hold, turn.drop - turn.take);
    }
    place.contended += std::min(part.end, std::max(part.begin, turn.contended_from)) - part.begin;
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
