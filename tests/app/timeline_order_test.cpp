// Turns that come late, out of order, twice or never.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::Turn;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

GilReport gil_of(const Timeline& timeline, std::uint64_t takes, std::uint64_t lost = 0) {
  Asked ask;
  ask.gils = {{0, takes, lost, 0}};
  return ask.of(timeline).gils.at(0);
}

TEST(TimelineOrder, ATurnMayComeOnePassAfterTheNext) {
  Timeline timeline;
  timeline.add(1, std::vector{turn(1, 5, 10, 20)});
  timeline.end_of_pass(0);
  EXPECT_EQ(gil_of(timeline, 1).missing, 0u);
  timeline.add(0, std::vector{turn(0, 0, 0, 10)});
  timeline.end_of_pass(0);
  const GilReport gil = gil_of(timeline, 2);
  EXPECT_EQ(gil.missing, 0u);
  EXPECT_EQ(gil.late, 0u);
  EXPECT_EQ(gil.hand_overs, 1u);
}

TEST(TimelineOrder, ATurnThatAWholePassDidNotBringIsMissing) {
  Timeline timeline;
  timeline.add(1, std::vector{turn(0, 0, 0, 5), turn(3, 6, 10, 20)});
  timeline.end_of_pass(0);
  EXPECT_EQ(gil_of(timeline, 4, 2).missing, 0u);
  timeline.end_of_pass(0);
  const GilReport gil = gil_of(timeline, 4, 2);
  EXPECT_EQ(gil.missing, 2u);
  EXPECT_EQ(gil.turns, 2u);
  EXPECT_EQ(gil.hand_overs, 0u) << "who had it before is not known";
}

TEST(TimelineOrder, OnePassSettlesOnlyWhatWasSeenBeforeIt) {
  Timeline timeline;
  timeline.add(1, std::vector{turn(1, 5, 10, 20)});
  timeline.end_of_pass(0);
  timeline.add(1, std::vector{turn(3, 25, 30, 40)});  // 0 is lost, but 2 may still come
  timeline.end_of_pass(0);
  EXPECT_EQ(gil_of(timeline, 4, 1).missing, 1u);
  timeline.add(0, std::vector{turn(2, 12, 20, 30)});
  timeline.end_of_pass(0);
  const GilReport gil = gil_of(timeline, 4, 1);
  EXPECT_EQ(gil.missing, 1u);
  EXPECT_EQ(gil.hand_overs, 2u);
  EXPECT_EQ(gil.contended_ns, 5u + 8u + 5u);
}

TEST(TimelineOrder, ATurnAfterItsPlaceWasGivenUpIsTold) {
  Timeline timeline;
  timeline.add(1, std::vector{turn(0, 0, 0, 5), turn(2, 6, 10, 20), turn(3, 20, 20, 25)});
  finish(timeline);
  timeline.add(0, std::vector{turn(1, 4, 5, 6)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 4, 0, 0}};
  const Report report = ask.of(timeline);
  EXPECT_EQ(report.gils[0].missing, 0u);
  EXPECT_EQ(report.gils[0].late, 1u);
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("too late")));
}

TEST(TimelineOrder, TwoThreadsWithTheSameTurnOverlap) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 10), turn(1, 12, 12, 20)});
  timeline.add(1, std::vector{turn(1, 11, 12, 20)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 3, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 1")));
}

TEST(TimelineOrder, ATakeBeforeTheDropBeforeItOverlaps) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 10)});
  timeline.add(1, std::vector{turn(1, 2, 9, 20)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 2, 0, 0}};
  const Report report = ask.of(timeline);
  EXPECT_EQ(report.gils[0].overlaps, 1u);
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("law 1")));
}

TEST(TimelineOrder, NumbersGoOnAcrossTheWrap) {
  // Three strides of lost turns lead to the end of the 32 bits, and beyond.
  Timeline timeline;
  std::uint32_t wrapped[] = {0, 0x7000'0000, 0xd000'0000, 0xffff'fffe};
  probe::Ticks tick = 0;
  for (const std::uint32_t sequence : wrapped) {
    timeline.add(0, std::vector{turn(sequence, tick, tick, tick + 1)});
    finish(timeline);
    tick += 10;
  }
  const std::uint64_t missing = gil_of(timeline, 0).missing;
  EXPECT_EQ(missing, 0xffff'fffeull - 3);
  timeline.add(
      0, std::vector{turn(0, 50, 55, 60), turn(1, 60, 60, 70)});  // after 0xffffffff of the other thread
  timeline.end_of_pass(0);
  timeline.add(1, std::vector{turn(0xffff'ffff, 40, 40, 51)});
  timeline.end_of_pass(0);
  const GilReport gil = gil_of(timeline, 0);
  EXPECT_EQ(gil.missing, missing);
  EXPECT_EQ(gil.late, 0u);
  EXPECT_EQ(gil.overlaps, 0u);
  EXPECT_EQ(gil.hand_overs, 1u);
}

TEST(TimelineOrder, ATakeThatDidNotWaitIsNoHandOver) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 10)});
  timeline.add(1, std::vector{turn(1, 10, 10, 20)});
  finish(timeline);
  EXPECT_EQ(gil_of(timeline, 2).hand_overs, 0u);
}

TEST(TimelineOrder, AskedAgainstOneselfIsNoHandOver) {
  Timeline timeline;
  timeline.add(0, std::vector{asked(0, 0, 0, 5, 10), turn(1, 10, 12, 20)});
  finish(timeline);
  const GilReport gil = gil_of(timeline, 2);
  EXPECT_EQ(gil.hand_overs, 0u);
  EXPECT_EQ(gil.contended_ns, 2u);
}

// A long wait that has been read, but not put in order yet, must not be folded away under itself.
TEST(TimelineOrder, AWaitThatIsNotInOrderYetIsKept) {
  std::vector<Turn> turns;
  probe::Ticks tick = 10;
  std::uint32_t sequence = 0;
  for (; sequence < 3'000; ++sequence, tick += 10) turns.push_back(turn(sequence, tick, tick + 2, tick + 5));
  Timeline timeline;
  timeline.add(0, turns);
  timeline.add(1, std::vector{turn(sequence + 1, 5, tick + 8, tick + 9)});
  timeline.end_of_pass(tick);
  timeline.add(0, std::vector{turn(sequence, tick, tick, tick + 7)});
  timeline.end_of_pass(tick);
  Asked ask;
  ask.gils = {{0, sequence + 2, 0, 0}};
  ask.now = tick + 10;
  const Report report = ask.of(timeline);
  EXPECT_THAT(check_laws(report), IsEmpty());
  EXPECT_EQ(report.gils[0].contended_ns, tick + 8 - 5);
}

TEST(WaitUnion, KeepsFewIntervalsAndTheWholeSum) {
  WaitUnion waits;
  for (probe::Ticks i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(waits.add(10 * i, 10 * i + 4));
    if (i % 1000 == 0) waits.fold_before(10 * i);
  }
  EXPECT_LT(waits.kept(), 3000u);
  EXPECT_EQ(waits.total(), 400'000u);
}

TEST(WaitUnion, ReachesBackOverManyIntervals) {
  WaitUnion waits;
  for (probe::Ticks i = 0; i < 100; ++i) waits.add(10 * i, 10 * i + 4);
  waits.add(5, 996);
  EXPECT_EQ(waits.kept(), 2u);
  EXPECT_EQ(waits.total(), 4u + 991u);
}

TEST(WaitUnion, TakesAnIntervalOutOfOrder) {
  WaitUnion waits;
  waits.add(0, 10);
  waits.add(100, 110);
  waits.add(50, 60);
  waits.add(55, 70);
  waits.add(8, 52);
  EXPECT_EQ(waits.kept(), 2u);
  EXPECT_EQ(waits.total(), 80u);
}

TEST(WaitUnion, TellsWhenAPartWasFoldedAway) {
  WaitUnion waits;
  for (probe::Ticks i = 0; i < 2'000; ++i) waits.add(10 * i, 10 * i + 4);
  waits.fold_before(~probe::Ticks{0});
  EXPECT_FALSE(waits.add(3, 15));
  EXPECT_EQ(waits.total(), 8'000u);
}

}  // namespace
}  // namespace gilscope::app
