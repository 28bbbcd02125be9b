// The timeline against the obvious reference, on random legal schedules, read as a collector reads them.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::Ticks;
using probe::Turn;
using testing::IsEmpty;

// Reads the schedule's buffers in passes. Each buffer is read at a moment of its own, in a random order, and
// gives what was published by then.
class Reader {
 public:
  Reader(const Schedule& schedule, Timeline& timeline)
      : schedule_(schedule), timeline_(timeline), records_(schedule.threads), read_(schedule.threads) {
    for (const ScheduledTurn& scheduled : schedule.turns) {
      if (!scheduled.lost) records_[scheduled.thread].push_back(scheduled.turn);
    }
  }

  /// A pass that lasts from `begin` to `end`; all at once when they are equal.
  void pass(std::mt19937_64& random, Ticks begin, Ticks end) {
    const Ticks oldest = oldest_open_want(begin);
    std::vector<std::uint32_t> order(schedule_.threads);
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    Ticks moment = begin;
    for (const std::uint32_t thread : order) {
      moment += random() % (end - moment + 1);
      read(random, thread, moment);
    }
    timeline_.end_of_pass(oldest);
  }

 private:
  // At most in three pieces, as from a buffer in chunks.
  void read(std::mt19937_64& random, std::uint32_t thread, Ticks moment) {
    const std::vector<Turn>& all = records_[thread];
    std::size_t end = read_[thread];
    while (end < all.size() && all[end].drop <= moment) ++end;
    while (read_[thread] < end) {
      const std::size_t count = 1 + random() % (end - read_[thread]);
      timeline_.add(thread, std::span(all).subspan(read_[thread], count));
      read_[thread] += count;
    }
  }

  Ticks oldest_open_want(Ticks moment) const {
    Ticks oldest = moment;
    for (const ScheduledTurn& scheduled : schedule_.turns) {
      if (scheduled.turn.drop > moment) oldest = std::min(oldest, scheduled.turn.want);
    }
    return oldest;
  }

  const Schedule& schedule_;
  Timeline& timeline_;
  std::vector<std::vector<Turn>> records_;
  std::vector<std::size_t> read_;
};

Asked ask_at(const Schedule& schedule, const Expected& expected, Ticks now) {
  Asked ask;
  for (std::uint32_t i = 0; i < schedule.threads; ++i) ask.threads.push_back(thread_facts(i, "t", 1));
  ask.gils = {{0, expected.takes, expected.lost, 0}};
  ask.open = expected.open;
  ask.places.resize(kPlaces);
  for (std::uint32_t i = 1; i < kPlaces; ++i) ask.places[i].line = i;
  ask.now = now;
  return ask;
}

void expect_percentile(std::uint64_t found, const std::vector<Ticks>& sorted, double share) {
  if (sorted.empty()) return;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  const auto truth = static_cast<double>(sorted[std::max<std::size_t>(rank, 1) - 1]);
  EXPECT_LE(std::abs(static_cast<double>(found) - truth), truth / 128);
}

std::uint32_t number_of(const PlaceReport& place) { return place.empty() ? 0 : place.front().line; }

void expect_equal_lists(const Report& report, const Expected& expected) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> waited_for;
  for (const WaitedForReport& part : report.waited_for) waited_for[{part.waiter, part.holder}] += part.ns;
  EXPECT_EQ(waited_for, expected.waited_for);

  std::vector<std::uint64_t> most_contended;
  for (const auto& [place, blocker] : expected.blockers) most_contended.push_back(blocker.contended);
  std::sort(most_contended.rbegin(), most_contended.rend());
  most_contended.resize(std::min(most_contended.size(), Report::kMostListed));
  std::vector<std::uint64_t> contended;
  for (const BlockerReport& found : report.blockers) {
    contended.push_back(found.contended_ns);
    const Expected::Blocker blocker{found.turns, found.contended_ns, found.waited_ns, found.longest_hold_ns};
    EXPECT_EQ(blocker, expected.blockers.at(number_of(found.place)));
  }
  EXPECT_EQ(contended, most_contended);

  ASSERT_EQ(report.longest_waits.size(), expected.longest_waits.size());
  for (std::size_t i = 0; i < report.longest_waits.size(); ++i) {
    const LongWaitReport& found = report.longest_waits[i];
    Expected::Wait wait;
    wait.length = found.wait_ns;
    wait.at = found.at_ns;
    wait.thread = found.thread;
    wait.place = number_of(found.place);
    wait.holder = found.holder;
    wait.held = found.holder_ns;
    wait.holder_place = number_of(found.holder_place);
    EXPECT_EQ(wait, expected.longest_waits[i]);
  }

  ASSERT_EQ(report.obeyed_latest.size(), std::min(expected.obeyed.size(), Report::kMostListed));
  for (std::size_t i = 0; i < report.obeyed_latest.size(); ++i) {
    const ObeyedReport& found = report.obeyed_latest[i];
    Expected::Obeyed obeyed;
    obeyed.after = found.after_ns;
    obeyed.at = found.at_ns;
    obeyed.thread = found.thread;
    obeyed.place = number_of(found.place);
    obeyed.gave = found.gave;
    EXPECT_EQ(obeyed, expected.obeyed[i]);
  }

  std::map<std::uint32_t, Expected::Giving> giving;
  for (const GivingReport& found : report.giving) {
    giving[number_of(found.place)] = {found.count, found.outside_ns, found.wait_ns};
    EXPECT_EQ(found.costs_more, found.wait_ns > found.outside_ns);
  }
  EXPECT_EQ(giving, expected.giving);
}

void expect_equal(const Report& report, const Expected& expected, Ticks now) {
  EXPECT_THAT(check_laws(report), IsEmpty());
  ASSERT_EQ(report.gils.size(), 1u);
  const GilReport& gil = report.gils[0];
  EXPECT_EQ(gil.contended_ns, expected.contended);
  EXPECT_EQ(gil.hand_overs, expected.hand_overs);
  EXPECT_EQ(gil.drop_requests, expected.drop_requests);
  EXPECT_EQ(gil.turns + gil.lost, expected.takes);
  for (const ThreadReport& thread : report.threads) {
    const Expected::Thread& truth = expected.threads[thread.index];
    EXPECT_EQ(thread.turns, truth.turns);
    EXPECT_EQ(thread.hold_ns, truth.hold);
    EXPECT_EQ(thread.wait_ns, truth.wait);
    EXPECT_EQ(thread.outside_ns, now - 1 - truth.hold - truth.wait);
    EXPECT_EQ(thread.gave, truth.gave);
    EXPECT_EQ(thread.asked, truth.asked);
    EXPECT_EQ(thread.longest_wait_ns, truth.longest_wait);
    expect_percentile(thread.wait_p50_ns, truth.waits, 0.50);
    expect_percentile(thread.wait_p99_ns, truth.waits, 0.99);
    expect_percentile(thread.hold_p50_ns, truth.holds, 0.50);
    expect_percentile(thread.hold_p99_ns, truth.holds, 0.99);
  }
  expect_percentile(gil.hand_over_p50_ns, expected.hand_over_latencies, 0.50);
  expect_percentile(gil.hand_over_p99_ns, expected.hand_over_latencies, 0.99);
  EXPECT_EQ(gil.hand_over_max_ns,
            expected.hand_over_latencies.empty() ? 0 : expected.hand_over_latencies.back());
  EXPECT_EQ(gil.unattributed_ns, 0u);
  expect_equal_lists(report, expected);
}

void run(std::mt19937_64& random, const ScheduleShape& shape) {
  const Schedule schedule = random_schedule(random, shape);
  const Ticks last = schedule.turns.back().turn.drop;
  Timeline timeline;
  Reader reader(schedule, timeline);
  Ticks moment = 1;
  while (moment < last) {
    const Ticks length = 1 + random() % std::max<Ticks>(1, last / 10);
    reader.pass(random, moment, moment + length / 2);
    moment += length;
    if (random() % 3 == 0 && moment < last) {
      reader.pass(random, moment, moment);
      const Expected expected = expected_at(schedule, moment);
      expect_equal(ask_at(schedule, expected, moment).of(timeline), expected, moment);
    }
  }
  reader.pass(random, last, last);
  reader.pass(random, last, last);
  const Expected expected = expected_at(schedule, last);
  const Report report = ask_at(schedule, expected, last).of(timeline);
  expect_equal(report, expected, last);
  // A gap shows only where a later number was seen.
  if (!schedule.turns.back().lost) {
    EXPECT_EQ(report.gils[0].missing, expected.lost);
  }
}

TEST(TimelineRandom, AgreesWithTheReference) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 300; ++round) {
    ScheduleShape shape;
    shape.threads = static_cast<std::uint32_t>(1 + random() % 6);
    shape.turns = static_cast<std::uint32_t>(1 + random() % 250);
    shape.hold = static_cast<double>(1 + random() % 300);
    shape.outside = static_cast<double>(1 + random() % 600);
    SCOPED_TRACE(testing::Message() << "round " << round);
    run(random, shape);
    if (HasFailure()) break;
  }
}

TEST(TimelineRandom, AgreesWithTheReferenceWhenTurnsAreLost) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 150; ++round) {
    ScheduleShape shape;
    shape.threads = static_cast<std::uint32_t>(2 + random() % 4);
    shape.lost_share = 0.1;
    SCOPED_TRACE(testing::Message() << "round " << round);
    run(random, shape);
    if (HasFailure()) break;
  }
}

TEST(TimelineRandom, AgreesWithTheReferenceWithManyThreads) {
  std::mt19937_64 random(4);
  run(random, {.threads = 500, .turns = 1500, .outside = 5000, .hold = 20, .lost_share = 0.01});
}

// Long enough for waits to be folded away.
TEST(TimelineRandom, AgreesWithTheReferenceOverManyWaits) {
  std::mt19937_64 random(3);
  run(random, {.threads = 3, .turns = 6000, .outside = 400, .hold = 100, .lost_share = 0});
}

}  // namespace
}  // namespace gilscope::app
