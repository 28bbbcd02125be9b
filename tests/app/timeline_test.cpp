#include "app/timeline/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::RecordKind;
using probe::Turn;
using testing::IsEmpty;

Turn event(RecordKind kind, std::uint32_t name, probe::Ticks want, probe::Ticks take, probe::Ticks moment) {
  Turn result = turn(0, want, take, moment);
  result.kind = kind;
  result.location = name;
  return result;
}

// Two threads that compute, by turns:
//   A  hold 0-100        wait 100-200  hold 200-300 (gave)
//   B  wait 40-100  hold 100-200 (asked at 150)
Timeline two_threads() {
  Timeline timeline;
  timeline.add(0, std::vector{asked(0, 0, 0, 90, 100), turn(2, 100, 200, 300)});
  timeline.add(1, std::vector{asked(1, 40, 100, 150, 200, 2)});
  finish(timeline);
  return timeline;
}

Asked ask_two_threads() {
  Asked ask;
  ask.threads = {thread_facts(0, "main", 0), thread_facts(1, "worker", 20, 220)};
  ask.gils = {{0, 3, 0, 0}};
  ask.now = 400;
  return ask;
}

TEST(Timeline, SumsEachThread) {
  const Report report = ask_two_threads().of(two_threads());
  EXPECT_THAT(check_laws(report), IsEmpty());
  ASSERT_EQ(report.threads.size(), 2u);

  const ThreadReport& a = report.threads[0];
  EXPECT_EQ(a.name, "main");
  EXPECT_EQ(a.native_id, 1000);
  EXPECT_EQ(a.turns, 2u);
  EXPECT_EQ(a.life_ns, 400u);
  EXPECT_EQ(a.hold_ns, 200u);
  EXPECT_EQ(a.wait_ns, 100u);
  EXPECT_EQ(a.outside_ns, 100u);
  EXPECT_EQ(a.waited_turns, 1u);
  EXPECT_EQ(a.longest_wait_ns, 100u);
  EXPECT_EQ(a.wait_p50_ns, 0u);
  EXPECT_EQ(a.wait_p99_ns, 100u);
  EXPECT_EQ(a.hold_p50_ns, 100u);
  EXPECT_EQ(a.gave, 1u);
  EXPECT_EQ(a.asked, 1u);

  const ThreadReport& b = report.threads[1];
  EXPECT_EQ(b.life_ns, 200u) << "it ended at 220";
  EXPECT_EQ(b.hold_ns, 100u);
  EXPECT_EQ(b.wait_ns, 60u);
  EXPECT_EQ(b.outside_ns, 40u);
}

TEST(Timeline, SumsTheGil) {
  const Report report = ask_two_threads().of(two_threads());
  ASSERT_EQ(report.gils.size(), 1u);
  const GilReport& gil = report.gils[0];
  EXPECT_EQ(gil.turns, 3u);
  EXPECT_EQ(gil.takes_counted, 3u);
  EXPECT_EQ(gil.held_ns, 300u);
  EXPECT_EQ(gil.contended_ns, 160u);
  EXPECT_EQ(gil.hand_overs, 2u);
  EXPECT_EQ(gil.overlaps, 0u);
  EXPECT_EQ(gil.drop_requests, 3u);
  EXPECT_EQ(gil.requested_turns, 2u);
  EXPECT_EQ(gil.obeyed_max_ns, 50u);
  EXPECT_EQ(gil.obeyed_p99_ns, 50u);
  EXPECT_EQ(gil.gave, 1u);
  EXPECT_EQ(gil.asked, 2u);
}

TEST(Timeline, TellsItsOwnCostAsAShareOfWallTime) {
  Asked ask = ask_two_threads();
  ask.run.pair_cost_ns = 4;
  EXPECT_DOUBLE_EQ(ask.of(two_threads()).own_cost_share, 3 * 4 / 400.0);
}

TEST(Timeline, OpenTurnsCountAsFarAsTheyHaveGone) {
  const Timeline timeline = two_threads();
  Asked ask = ask_two_threads();
  ask.threads[1].end = 0;
  ask.gils = {{0, 4, 0, 0}};
  ask.open = {
      {.thread = 0, .gil = 0, .want = 350, .take = 0},
      {.thread = 1, .gil = 0, .want = 290, .take = 310, .request = 360, .requests = 1, .sequence = 3}};
  const Report report = ask.of(timeline);
  EXPECT_THAT(check_laws(report), IsEmpty());
  EXPECT_EQ(report.threads[0].wait_ns, 100u + 50u);
  EXPECT_EQ(report.threads[0].turns, 2u) << "a wait is no turn yet";
  EXPECT_EQ(report.threads[1].hold_ns, 100u + 90u);
  EXPECT_EQ(report.threads[1].wait_ns, 60u + 20u);
  EXPECT_EQ(report.threads[1].turns, 2u);
  EXPECT_EQ(report.gils[0].turns, 4u);
  EXPECT_EQ(report.gils[0].open_turns, 1u);
  EXPECT_EQ(report.gils[0].contended_ns, 160u + 20u + 50u);
  EXPECT_EQ(report.gils[0].hand_overs, 3u);
  EXPECT_EQ(report.gils[0].drop_requests, 4u);
  EXPECT_EQ(report.gils[0].obeyed_max_ns, 50u);

  ask.open.clear();
  ask.gils = {{0, 3, 0, 0}};
  EXPECT_EQ(ask.of(timeline).gils[0].turns, 3u) << "a snapshot changed the state";
}

TEST(Timeline, AnOpenTurnThatWasRecordedMeanwhileCountsOnce) {
  Asked ask = ask_two_threads();
  ask.open = {{.thread = 0, .gil = 0, .want = 100, .take = 200, .sequence = 2},
              {.thread = 1, .gil = 0, .want = 40, .take = 0}};
  const Report report = ask.of(two_threads());
  EXPECT_THAT(check_laws(report), IsEmpty());
  EXPECT_EQ(report.gils[0].turns, 3u);
  EXPECT_EQ(report.threads[1].wait_ns, 60u);
}

TEST(Timeline, AThreadThatOnlyEverWaitedHasARow) {
  Asked ask = ask_two_threads();
  ask.threads.push_back(thread_facts(7, "starved", 250));
  ask.open = {{.thread = 7, .gil = 0, .want = 260, .take = 0}};
  const Report report = ask.of(two_threads());
  EXPECT_THAT(check_laws(report), IsEmpty());
  ASSERT_EQ(report.threads.size(), 3u);
  EXPECT_EQ(report.threads[2].turns, 0u);
  EXPECT_EQ(report.threads[2].wait_ns, 140u);
  EXPECT_EQ(report.threads[2].longest_wait_ns, 140u);
  EXPECT_EQ(report.threads[2].outside_ns, 10u);
}

TEST(Timeline, AWaitEndsWithItsThread) {
  Asked ask = ask_two_threads();
  ask.threads.push_back(thread_facts(2, "hung", 300, 320));
  ask.open = {{.thread = 2, .gil = 0, .want = 310, .take = 0}};
  const Report report = ask.of(two_threads());
  EXPECT_THAT(check_laws(report), IsEmpty());
  EXPECT_EQ(report.threads[2].wait_ns, 10u);
  EXPECT_EQ(report.gils[0].contended_ns, 170u);
}

TEST(Timeline, NowIsNeverBeforeWhatWasRecorded) {
  Asked ask = ask_two_threads();
  ask.now = 250;
  const Report report = ask.of(two_threads());
  EXPECT_EQ(report.wall_ns, 300u);
  EXPECT_THAT(check_laws(report), IsEmpty());
}

TEST(Timeline, TwoGilsAreTwoOrders) {
  Timeline timeline;
  Turn other = turn(0, 50, 50, 250);
  other.gil = 1;
  Turn swapped = turn(1, 260, 270, 280);
  swapped.gil = 1;
  timeline.add(0, std::vector{turn(0, 1, 1, 255), swapped});
  timeline.add(1, std::vector{other});
  finish(timeline);
  Asked ask;
  ask.threads = {thread_facts(0, "main", 1), thread_facts(1, "own GIL", 40)};
  ask.gils = {{0, 1, 0, 0}, {1, 2, 0, 0}};
  ask.now = 300;
  const Report report = ask.of(timeline);
  EXPECT_THAT(check_laws(report), IsEmpty());
  ASSERT_EQ(report.gils.size(), 2u);
  EXPECT_EQ(report.gils[0].held_ns, 254u);
  EXPECT_EQ(report.gils[1].held_ns, 210u);
  EXPECT_EQ(report.gils[0].contended_ns, 0u);
  EXPECT_EQ(report.gils[1].contended_ns, 10u);
  ASSERT_EQ(report.threads.size(), 3u) << "a thread that used two GILs has two rows";
  EXPECT_EQ(report.threads[1].name, "main");
  EXPECT_EQ(report.threads[1].gil, 1);
  EXPECT_EQ(report.threads[1].life_ns, 299u);
  EXPECT_EQ(report.threads[1].outside_ns, 279u);
}

TEST(Timeline, RegionsSplitPartialTurnsExactly) {
  // main: hold 100-200, outside, wait 250-280, hold 280-400; the region is 150-300.
  Timeline timeline;
  timeline.add(0, std::vector{event(RecordKind::kRegionBegin, 1, 90, 100, 150), turn(0, 90, 100, 200),
                              event(RecordKind::kMark, 2, 250, 280, 290),
                              event(RecordKind::kRegionEnd, 1, 250, 280, 300), turn(1, 250, 280, 400)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 2, 0, 0}};
  ask.names = {"", "load", "checkpoint"};
  const Report report = ask.of(timeline);
  ASSERT_EQ(report.regions.size(), 1u);
  EXPECT_EQ(report.regions[0].name, "load");
  EXPECT_EQ(report.regions[0].count, 1u);
  EXPECT_EQ(report.regions[0].wall_ns, 150u);
  EXPECT_EQ(report.regions[0].hold_ns, 50u + 20u);
  EXPECT_EQ(report.regions[0].wait_ns, 30u);
  ASSERT_EQ(report.marks.size(), 1u);
  EXPECT_EQ(report.marks[0].name, "checkpoint");
  EXPECT_EQ(report.marks[0].count, 1u);
}

probe::Turn region(RecordKind edge, std::uint32_t name, std::uint32_t number, probe::Ticks moment) {
  probe::Turn record = event(edge, name, 0, 0, moment);
  record.sequence = number;
  return record;
}

TEST(Timeline, NestedRegionsOfOneNameCountEachForItself) {
  using enum RecordKind;
  Timeline timeline;
  timeline.add(0, std::vector{region(kRegionBegin, 1, 1, 10), region(kRegionBegin, 1, 2, 20),
                              region(kRegionEnd, 1, 2, 30), region(kRegionEnd, 1, 1, 50)});
  Asked ask;
  ask.names = {"", "f"};
  const Report report = ask.of(timeline);
  ASSERT_EQ(report.regions.size(), 1u);
  EXPECT_EQ(report.regions[0].count, 2u);
  EXPECT_EQ(report.regions[0].wall_ns, 10u + 40u);
}

// As those of coroutines do.
TEST(Timeline, RegionsMayEndInAnyOrder) {
  using enum RecordKind;
  Timeline timeline;
  timeline.add(0, std::vector{region(kRegionBegin, 1, 1, 10), region(kRegionBegin, 2, 2, 20),
                              region(kRegionEnd, 1, 1, 30), region(kRegionEnd, 2, 2, 50), turn(0, 0, 0, 60)});
  timeline.add(
      1, std::vector{region(kRegionBegin, 1, 3, 10), region(kRegionEnd, 1, 3, 40), turn(1, 60, 60, 70)});
  Asked ask;
  ask.names = {"", "first", "second"};
  const Report report = ask.of(timeline);
  ASSERT_EQ(report.regions.size(), 2u);
  EXPECT_EQ(report.regions[0].wall_ns, 20u + 30u);
  EXPECT_EQ(report.regions[1].wall_ns, 30u);
  ASSERT_EQ(report.threads.size(), 2u);
  EXPECT_TRUE(report.threads[0].regions_overlap);
  EXPECT_FALSE(report.threads[1].regions_overlap);
}

TEST(Timeline, AnEndWithoutItsBeginIsPassedOver) {
  using enum RecordKind;
  Timeline timeline;
  timeline.add(0, std::vector{region(kRegionBegin, 1, 2, 20), region(kRegionEnd, 1, 1, 30),
                              region(kRegionEnd, 1, 2, 40), region(kRegionEnd, 1, 2, 50)});
  Asked ask;
  ask.names = {"", "f"};
  const Report report = ask.of(timeline);
  ASSERT_EQ(report.regions.size(), 1u);
  EXPECT_EQ(report.regions[0].count, 1u);
  EXPECT_EQ(report.regions[0].wall_ns, 20u);
}

TEST(Timeline, AnOpenRegionCountsAsFarAsItHasGone) {
  Timeline timeline;
  timeline.add(0, std::vector{event(RecordKind::kRegionBegin, 1, 90, 100, 150)});
  Asked ask;
  ask.names = {"", "load"};
  ask.open = {{.thread = 0, .gil = 0, .want = 90, .take = 100, .sequence = 0}};
  ask.gils = {{0, 1, 0, 0}};
  ask.now = 170;
  const Report report = ask.of(timeline);
  ASSERT_EQ(report.regions.size(), 1u);
  EXPECT_EQ(report.regions[0].wall_ns, 20u);
  EXPECT_EQ(report.regions[0].hold_ns, 20u);
  EXPECT_EQ(report.regions[0].wait_ns, 0u);
  EXPECT_THAT(check_laws(report), IsEmpty());
}

TEST(Timeline, GivesNoNumbersWhenTheProbeCouldNotSee) {
  Asked ask = ask_two_threads();
  ask.run.verified = false;
  ask.run.unverified_reason = "the self-test failed";
  const Report report = ask.of(two_threads());
  EXPECT_FALSE(report.verified);
  EXPECT_EQ(report.unverified_reason, "the self-test failed");
  EXPECT_THAT(report.gils, IsEmpty());
  EXPECT_THAT(report.threads, IsEmpty());
  EXPECT_EQ(report.wall_ns, 400u);
}

// Rounding to nanoseconds must not break law 3 in the printed numbers.
TEST(Timeline, LawThreeHoldsInNanosecondsForAnyScale) {
  for (const double ns_per_tick : {0.1, 0.333, 0.37037037, 0.5, 1.7, 41.666}) {
    for (probe::Ticks take = 1; take < 40; ++take) {
      Timeline timeline;
      timeline.add(0, std::vector{turn(0, 1'000, 1'000 + take, 1'050)});
      finish(timeline);
      Asked ask;
      ask.threads = {thread_facts(0, "busy", 1'000, 1'050)};
      ask.gils = {{0, 1, 0, 0}};
      ask.begin = 1'000;
      ask.now = 1'050;
      ask.ns_per_tick = ns_per_tick;
      EXPECT_THAT(check_laws(ask.of(timeline)), IsEmpty()) << ns_per_tick << " " << take;
    }
  }
}

}  // namespace
}  // namespace gilscope::app
