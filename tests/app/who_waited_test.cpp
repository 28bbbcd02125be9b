// Which turns a wait overlaps, where runs of turns and forgotten ones are concerned. (That every number is
// right is shown against the slow reference, in timeline_random_test.)
#include "app/timeline/who_waited.h"

#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

probe::Turn turn(probe::Ticks want, probe::Ticks take, probe::Ticks drop, std::uint32_t place) {
  probe::Turn result;
  result.want = want;
  result.take = take;
  result.drop = drop;
  result.location = place;
  return result;
}

probe::Ticks held_by(const WhoWaited& who, std::uint32_t waiter, std::uint32_t holder) {
  for (const WaitedRow::Cell& cell : who.rows().at(waiter).cells()) {
    if (cell.holder == holder) return cell.ticks;
  }
  return 0;
}

// Thread 1 has ten turns of 10 ticks, 20 apart, the first at 100: runs of one place each.
void add_turns(WhoWaited& who, std::uint32_t (*place)(int)) {
  for (int i = 0; i < 10; ++i) {
    const auto take = static_cast<probe::Ticks>(100 + 20 * i);
    who.ordered_turn(1, turn(take, take, take + 10, place(i)), false, false);
  }
}

TEST(WhoWaited, AWaitOverWholeRuns) {
  WhoWaited who;
  add_turns(who, [](int i) { return i < 5 ? 1u : 2u; });
  who.ordered_turn(0, turn(50, 400, 410, 3), false, true);
  EXPECT_EQ(held_by(who, 0, 1), 100u);
  EXPECT_EQ(who.rows()[0].nobody(), 250u);
  ASSERT_GT(who.blockers().size(), 2u);
  for (const std::uint32_t place : {1u, 2u}) {
    EXPECT_EQ(who.blockers()[place].turns, 5u);
    EXPECT_EQ(who.blockers()[place].contended, 50u);
    EXPECT_EQ(who.blockers()[place].waited, 50u);
    EXPECT_EQ(who.blockers()[place].longest_hold, 10u);
  }
}

// The first wait begins within a run, the second before it: no turn is counted twice.
TEST(WhoWaited, TwoWaitsOverOneRun) {
  WhoWaited who;
  add_turns(who, [](int) { return 1u; });
  who.ordered_turn(0, turn(145, 400, 410, 3), false, true);  // in the third turn, 5 ticks before its end
  EXPECT_EQ(held_by(who, 0, 1), 5u + 7 * 10);
  EXPECT_EQ(who.blockers()[1].turns, 8u);
  EXPECT_EQ(who.blockers()[1].contended, 75u);
  who.ordered_turn(2, turn(90, 420, 430, 3), false, true);
  EXPECT_EQ(held_by(who, 2, 1), 100u);
  EXPECT_EQ(held_by(who, 2, 0), 10u);
  EXPECT_EQ(who.blockers()[1].turns, 10u);
  EXPECT_EQ(who.blockers()[1].contended, 100u);
  EXPECT_EQ(who.blockers()[1].waited, 175u);
}

TEST(WhoWaited, ARunThatIsSettledInPart) {
  WhoWaited who;
  add_turns(who, [](int) { return 1u; });
  who.settled_before(215);  // in the sixth turn, 200 to 210, and the seventh, from 220
  who.ordered_turn(0, turn(215, 400, 410, 3), false, true);
  EXPECT_EQ(held_by(who, 0, 1), 40u);
  EXPECT_EQ(who.blockers()[1].turns, 4u);
}

// No wait from before 300 was to come, but one does.
TEST(WhoWaited, AWaitThatIsToldLate) {
  WhoWaited who;
  add_turns(who, [](int) { return 1u; });
  who.settled_before(300);
  who.ordered_turn(0, turn(145, 400, 410, 3), false, true);
  EXPECT_EQ(held_by(who, 0, 1), 5u + 7 * 10);
  EXPECT_EQ(who.rows()[0].nobody(), 255u - 75u);
}

// Of ten turns four at most are kept: what lies before them is nobody's, and told.
TEST(WhoWaited, AWaitBeyondTheTurnsThatAreKept) {
  WhoWaited who(4);
  add_turns(who, [](int) { return 1u; });
  who.ordered_turn(0, turn(50, 400, 410, 3), false, true);
  const probe::Ticks held = held_by(who, 0, 1);
  EXPECT_GE(held, 20u);
  EXPECT_LE(held, 40u);
  EXPECT_EQ(held % 10, 0u);
  EXPECT_EQ(who.rows()[0].nobody(), 350u - held);
  EXPECT_EQ(who.blockers()[1].turns, held / 10);
  EXPECT_EQ(who.unattributed(), 240u - 2 * held) << "to the drop of the last turn that was forgotten";
}

}  // namespace
}  // namespace gilscope::app
