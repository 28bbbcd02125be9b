#include "tests/app/legal_schedule.h"

#include <algorithm>

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
    }
    before = &scheduled;
  }
  for (Expected::Thread& thread : expected.threads) {
    std::sort(thread.waits.begin(), thread.waits.end());
    std::sort(thread.holds.begin(), thread.holds.end());
  }

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
