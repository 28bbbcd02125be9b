// Each law, broken on purpose: a check that cannot fail proves nothing.
#include "app/report/laws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Report lawful() {
  Timeline timeline;
  timeline.add(0, std::vector{asked(0, 0, 0, 90, 100), turn(2, 100, 200, 300)});
  timeline.add(1, std::vector{turn(1, 40, 100, 200)});
  finish(timeline);
  Asked ask;
  ask.threads = {thread_facts(0, "main", 0), thread_facts(1, "worker", 20)};
  ask.gils = {{0, 3, 0, 0}};
  return ask.of(timeline);
}

TEST(Laws, Hold) { EXPECT_THAT(check_laws(lawful()), IsEmpty()); }

TEST(Laws, FirstIsBrokenByAnOverlap) {
  Report report = lawful();
  report.gils[0].overlaps = 2;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("law 1, turns never overlap: GIL 0 has 2")));
}

TEST(Laws, FirstIsBrokenByAnOverlapThatTheProbeSaw) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 10)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 1, 0, 1}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 1")));
}

TEST(Laws, FirstIsBrokenByMoreHoldThanWall) {
  Report report = lawful();
  report.wall_ns = 290;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("held 300 ns in 290 ns")));
}

TEST(Laws, SecondIsBrokenByATakeBeforeItsWant) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 20, 10, 30)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 1, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 2")));
}

TEST(Laws, SecondIsBrokenByADropBeforeItsTake) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 20, 20, 10)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 1, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 2")));
}

TEST(Laws, SecondIsBrokenByAWantInsideTheTurnBefore) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 100), turn(1, 90, 110, 120)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 2, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 2")));
}

TEST(Laws, ThirdIsBrokenByALifeThatBeginsTooLate) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 10, 20, 100)});
  finish(timeline);
  Asked ask;
  ask.threads = {thread_facts(0, "main", 50, 100)};
  ask.gils = {{0, 1, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("law 3")));
}

TEST(Laws, FourthIsBrokenByATurnThatVanished) {
  Report report = lawful();
  report.gils[0].takes_counted = 4;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("law 4")));
  report.gils[0].lost = 1;
  EXPECT_THAT(check_laws(report), IsEmpty()) << "counted as lost, it is accounted for";
}

TEST(Laws, FourthIsNotJudgedAheadOfTheTakesWhileTheRunGoesOn) {
  Report report = lawful();
  report.still_running = true;
  report.gils[0].takes_counted = 5;
  EXPECT_THAT(check_laws(report), IsEmpty());
  report.gils[0].takes_counted = 2;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("law 4")));
}

TEST(Laws, FourthIsBrokenByAGapThatNobodyCounted) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 10), turn(2, 20, 20, 30)});
  finish(timeline);
  Asked ask;
  ask.gils = {{0, 2, 0, 0}};
  EXPECT_THAT(check_laws(ask.of(timeline)), ElementsAre(HasSubstr("1 turns of GIL 0 are missing")));
}

TEST(Laws, SumsAgreeWithTheirParts) {
  Report report = lawful();
  report.threads[0].gave += 1;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("agree with their parts")));
}

TEST(Laws, EachRowOfTheMatrixAddsUpToTheWait) {
  Report report = lawful();
  ASSERT_FALSE(report.waited_for.empty());
  report.waited_for[0].ns += 1;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("but for others")));
  report = lawful();
  report.waited_for.push_back({0, 9, 0, 5});
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("a thread 9 that is not known")));
}

TEST(Laws, NoListTellsOfMoreThanTheTotals) {
  Report report = lawful();
  report.blockers.at(0).contended_ns += 1'000;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("contended_ns of the blockers")));
  report = lawful();
  report.blockers.at(0).waited_ns += 1'000;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("waited_ns of the blockers")));
  report = lawful();
  report.giving.push_back({{}, 5, 0, 0, false});
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("ledger of giving")));
  report = lawful();
  report.longest_waits.at(0).wait_ns += 1'000;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("one of the longest waits")));
  report = lawful();
  report.longest_waits.at(0).holder_ns = report.longest_waits[0].wait_ns + 1;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("a holder's part")));
  report = lawful();
  report.obeyed_latest.at(0).after_ns += 1;
  EXPECT_THAT(check_laws(report), ElementsAre(HasSubstr("a drop request's age")));
}

}  // namespace
}  // namespace gilscope::app
