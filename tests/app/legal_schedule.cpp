#include "tests/app/legal_schedule.h"

#include <algorithm>
#include <tuple>

#include "app/report/report.h"

namespace gilscope::app {

namespace {

using probe::Ticks;

Ticks about(std::mt19937_64& random, double mean) {
  return static_cast<Ticks>(std::exponential_distribution<double>(1 / mean)(random));
}

// Who takes the lock that is free from `free_from` on, and when: a waiter some time after, or a thread that
// happens to come by before that and need not wait.
std::pair<std::uint32_t, Ticks> next_take(std::mt19937_64& random, const std::vector<Ticks>& wants,
                                          Ticks free_from) {
  std::vector<std::uint32_t> waiters;
  for (std::uint32_t i = 0; i < wants.size(); ++i) {
    if (wants[i] <= free_from) waiters.push_back(i);
  }
  Ticks take = ~Ticks{0};
  std::uint32_t taker = 0;
  if (!waiters.empty()) {
    taker = waiters[random() % waiters.size()];
    take = free_from + random() % 20;
  }
  for (std::uint32_t i = 0; i < wants.size(); ++i) {
    if (wants[i] > free_from && wants[i] < take) {
      taker = i;
      take = wants[i];
    }
  }
  return {taker, take};
}

// A turn or a wait as far as it has gone; `place` is known of a turn that has ended.
struct Seen {
  std::uint32_t thread;
  std::uint32_t place;
  Ticks begin;
  Ticks end;
};

std::uint64_t overlap(const Seen& a, const Seen& b) {
  const Ticks begin = std::max(a.begin, b.begin);
  const Ticks end = std::min(a.end, b.end);
  return end > begin ? end - begin : 0;
}

Expected::Wait described(const Seen& wait, const std::vector<Seen>& turns) {
  Expected::Wait result;
  result.length = wait.end - wait.begin;
  result.at = wait.begin;
  result.thread = wait.thread;
  result.holder = WaitedForReport::kNobody;
  std::map<std::uint32_t, std::uint64_t> held;
  for (const Seen& turn : turns) {
    held[turn.thread] += overlap(wait, turn);
    if (turn.thread == wait.thread && turn.end <= wait.begin) result.place = turn.place;
  }
  for (const auto& [thread, ticks] : held) {
    if (ticks <= result.held) continue;
    result.holder = thread;
    result.held = ticks;
  }
  std::uint64_t longest = 0;
  for (const Seen& turn : turns) {
    if (turn.thread != result.holder || overlap(wait, turn) <= longest) continue;
    longest = overlap(wait, turn);
    result.holder_place = turn.place;
  }
  return result;
}

void who_waited(const std::vector<Seen>& waits, const std::vector<Seen>& turns, Expected& expected) {
  for (const Seen& wait : waits) {
    std::uint64_t held = 0;
    for (const Seen& turn : turns) {
      const std::uint64_t ticks = overlap(wait, turn);
      if (ticks == 0) continue;
      held += ticks;
      expected.waited_for[{wait.thread, turn.thread}] += ticks;
      expected.blockers[turn.place].waited += ticks;
    }
    if (wait.end - wait.begin > held) {
      expected.waited_for[{wait.thread, WaitedForReport::kNobody}] += wait.end - wait.begin - held;
    }
  }
  std::vector<Seen> longest = waits;
  std::erase_if(longest, [](const Seen& wait) { return wait.end == wait.begin; });
  std::sort(longest.begin(), longest.end(), [](const Seen& a, const Seen& b) {
    return std::tuple(b.end - b.begin, a.begin, a.thread) < std::tuple(a.end - a.begin, b.begin, b.thread);
  });
  // Not resize(): g++ 16 takes it for one that makes a vector longer than any can be.
  if (longest.size() > Report::kMostListed)
    longest.erase(longest.begin() + Report::kMostListed, longest.end());
  for (const Seen& wait : longest) expected.longest_waits.push_back(described(wait, turns));
  for (const Seen& turn : turns) {
    // All waits that a turn overlaps last until it ends.
    std::uint64_t contended = 0;
    for (const Seen& wait : waits) contended = std::max(contended, overlap(wait, turn));
    if (contended == 0) continue;
    Expected::Blocker& blocker = expected.blockers[turn.place];
    ++blocker.turns;
    blocker.contended += contended;
    blocker.longest_hold = std::max(blocker.longest_hold, turn.end - turn.begin);
  }
}

void obeyed_and_given(const Schedule& schedule, Ticks now, Expected& expected) {
  std::map<std::uint32_t, const probe::Turn*> gave;  // by thread: its turn before, if it gave the GIL away
  for (const auto& [thread, turn, lost] : schedule.turns) {
    const bool has_ended = turn.drop <= now;
    if (turn.want > now || (has_ended && lost)) continue;
    if (const probe::Turn* before = gave[thread]; before != nullptr) {
      Expected::Giving& giving = expected.giving[before->location];
      ++giving.count;
      giving.outside += turn.want - before->drop;
      giving.wait += std::min(turn.take, now) - turn.want;
    }
    gave[thread] = has_ended && turn.end == probe::TurnEnd::kGave ? &turn : nullptr;
    if (turn.take > now || turn.request == 0 || turn.request > now) continue;
    Expected::Obeyed& obeyed = expected.obeyed.emplace_back();
    obeyed.after = std::min(turn.drop, now) - turn.request;
    obeyed.at = turn.request;
    obeyed.thread = thread;
    obeyed.place = has_ended ? turn.location : 0;
    obeyed.gave = has_ended && turn.end == probe::TurnEnd::kGave;
  }
  std::sort(expected.obeyed.begin(), expected.obeyed.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.after, a.at, a.thread) < std::tuple(a.after, b.at, b.thread);
  });
}

}  // namespace

Schedule random_schedule(std::mt19937_64& random, const ScheduleShape& shape) {
  Schedule schedule;
  schedule.threads = shape.threads;
  std::vector<Ticks> wants;
  for (std::uint32_t i = 0; i < shape.threads; ++i) wants.push_back(1 + about(random, shape.outside));
  Ticks free_from = 0;
  for (std::uint32_t sequence = 0; sequence < shape.turns; ++sequence) {
    const auto [thread, take] = next_take(random, wants, free_from);
    ScheduledTurn& scheduled = schedule.turns.emplace_back();
    scheduled.thread = thread;
    scheduled.lost = std::bernoulli_distribution(shape.lost_share)(random);
    probe::Turn& turn = scheduled.turn;
    turn.sequence = sequence;
    turn.location = static_cast<std::uint32_t>(random() % kPlaces);
    turn.want = wants[thread];
    turn.take = take;
    turn.drop = take + 1 + about(random, shape.hold);
    const bool is_asked = random() % 3 == 0;
    if (is_asked || random() % 8 == 0) {
      turn.request = take + random() % (turn.drop - take);
      turn.requests = static_cast<std::uint8_t>(1 + random() % 3);
    }
    turn.end = is_asked ? probe::TurnEnd::kAsked : probe::TurnEnd::kGave;
    wants[thread] = is_asked ? turn.drop : turn.drop + 1 + about(random, shape.outside);
    free_from = turn.drop;
  }
  return schedule;
}

Expected expected_at(const Schedule& schedule, Ticks now) {
  Expected expected;
  expected.threads.resize(schedule.threads);
  std::vector<std::pair<Ticks, Ticks>> waits;
  std::vector<Seen> seen_waits;
  std::vector<Seen> seen_turns;
  const ScheduledTurn* before = nullptr;
  for (const ScheduledTurn& scheduled : schedule.turns) {
    const probe::Turn& turn = scheduled.turn;
    Expected::Thread& thread = expected.threads[scheduled.thread];
    if (turn.take <= now) ++expected.takes;
    if (turn.drop <= now && scheduled.lost) {
      ++expected.lost;
      before = nullptr;
      continue;
    }
    if (turn.want > now) continue;  // a later turn of another thread may have wanted it earlier
    const Ticks waited = std::min(turn.take, now) - turn.want;
    waits.emplace_back(turn.want, turn.want + waited);
    seen_waits.push_back({scheduled.thread, 0, turn.want, turn.want + waited});
    thread.wait += waited;
    thread.longest_wait = std::max<std::uint64_t>(thread.longest_wait, waited);
    if (turn.drop > now) {
      expected.open.push_back({.thread = scheduled.thread,
                               .gil = 0,
                               .want = turn.want,
                               .take = turn.take <= now ? turn.take : 0,
                               .request = turn.request <= now && turn.take <= now ? turn.request : 0,
                               .requests = turn.requests,
                               .sequence = turn.sequence});
    }
    if (turn.take > now) continue;
    const Ticks held = std::min(turn.drop, now) - turn.take;
    seen_turns.push_back(
        {scheduled.thread, turn.drop <= now ? turn.location : 0, turn.take, turn.take + held});
    ++thread.turns;
    thread.hold += held;
    thread.waits.push_back(waited);
    thread.holds.push_back(held);
    if (turn.drop <= now) {
      thread.gave += turn.end == probe::TurnEnd::kGave;
      thread.asked += turn.end == probe::TurnEnd::kAsked;
    }
    if (turn.request != 0 && turn.request <= now) expected.drop_requests += turn.requests;
    if (before != nullptr && before->thread != scheduled.thread && turn.want < turn.take &&
        turn.want <= before->turn.drop) {
      ++expected.hand_overs;
      expected.hand_over_latencies.push_back(turn.take - before->turn.drop);
    }
    before = &scheduled;
  }
  for (Expected::Thread& thread : expected.threads) {
    std::sort(thread.waits.begin(), thread.waits.end());
    std::sort(thread.holds.begin(), thread.holds.end());
  }

  who_waited(seen_waits, seen_turns, expected);
  obeyed_and_given(schedule, now, expected);
  std::sort(expected.hand_over_latencies.begin(), expected.hand_over_latencies.end());

  // The union, segment by segment: does any interval cover it?
  std::vector<Ticks> edges;
  for (const auto& [begin, end] : waits) {
    edges.push_back(begin);
    edges.push_back(end);
  }
  std::sort(edges.begin(), edges.end());
  for (std::size_t i = 1; i < edges.size(); ++i) {
    const bool covered = std::any_of(waits.begin(), waits.end(), [&](const auto& wait) {
      return wait.first <= edges[i - 1] && edges[i] <= wait.second;
    });
    if (covered) expected.contended += edges[i] - edges[i - 1];
  }
  return expected;
}

}  // namespace gilscope::app
