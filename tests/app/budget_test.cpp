#include "app/budget/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/budget/selection.h"
#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;

const PlaceReport kResize = {{"/home/a/app.py", 12, "Image.resize"}};
const PlaceReport kInLibrary = {{"/usr/lib/numpy/core.py", 7, "wrap"}, {"/home/a/app.py", 20, "load"}};

Report report_with_places() {
  Report report = sample_report();
  report.giving = {{kResize, 3, 10'000'000, 1'000'000, false},
                   {kInLibrary, 2, 10'000'000, 3'000'000, false},
                   {{}, 1, 1, 1, false}};
  report.blockers = {{kResize, 4, 2'000'000, 2'000'000, 900'000}};
  report.obeyed_latest = {{0, 2, 13, 7'310'000, false, kResize}};
  report.longest_waits = {{0, 1, 11, 15'100'000, kInLibrary, 2, 600, kResize}};
  return report;
}

BoundResult check(const std::string& bound, const Report& report) {
  return check_budget(parse_budget(bound), report).bounds.front();
}

void expect_met(const std::string& bound, const Report& report = report_with_places()) {
  const BoundResult result = check(bound, report);
  EXPECT_FALSE(result.broken) << bound << ": " << result.found;
}

void expect_broken(const std::string& bound, const std::string& found,
                   const Report& report = report_with_places()) {
  const BoundResult result = check(bound, report);
  EXPECT_TRUE(result.broken) << bound << ": " << result.found;
  EXPECT_EQ(result.found, found) << bound;
}

TEST(Budget, BoundsEachEntryAndTellsTheWorst) {
  Report report = report_with_places();
  report.threads[1].longest_hold_ns = 12'500'000;
  report.threads[2].longest_hold_ns = 60'000'000;
  expect_met("longest_hold<61ms", report);
  expect_met("longest_hold<=60ms", report);
  expect_broken("longest_hold<60ms", "60.0 ms, thread \"ThreadPoolExecutor-0_0\"", report);
  expect_broken("longest_hold<12.45ms", "60.0 ms, thread \"ThreadPoolExecutor-0_0\"; 1 more break it",
                report);
  expect_broken("longest_hold(worker 0)<12.45ms", "12.5 ms, thread \"worker 0\"", report);
  expect_met("longest_hold(MainThread)<12.45ms", report);
  expect_broken("thread(\"worker*\").turns>=500", "406, thread \"worker 0\"", report);
  expect_broken("threads.turns>=500", "28, thread \"MainThread\"; 1 more break it", report);
  expect_broken("threads[1].turns!=406", "406, thread \"worker 0\"", report);
}

TEST(Budget, TellsInFullWhatThreeDigitsWouldHide) {
  Report report = sample_report();
  report.threads[1].longest_hold_ns = 50'000'300;
  expect_broken("longest_hold<50ms", "50.0 ms (50000300 ns), thread \"worker 0\"", report);
}

TEST(Budget, AddsUp) {
  expect_broken("sum(threads.wait)<4s", "4.01 s, the sum of 3");
  expect_met("sum(threads.wait)<4.02s");
  expect_met("turns==1240");
  expect_broken("hand_overs<=811", "812");
  expect_met("gil(0).hand_overs==812");
  expect_met("sum(waited_for(worker 0).holder_ns)==2004ms");
}

TEST(Budget, SaysWhatAShareIsAShareOf) {
  expect_broken("wait_share(worker 0)<49%",
                "49.0 % (49.02439024390244 %) of its life, thread \"worker 0\", >99 % of it for thread "
                "\"ThreadPoolExecutor-0_0\"");
  expect_broken("held_share<50%", "99.8 % of the run's wall time");
  expect_broken("region(load).wait_share<50%", "58.3 % of its wall time, region \"load\"");
  expect_met("probe.own_cost_share<0.02%");
}

TEST(Budget, BoundsPlaces) {
  expect_met("gives(resize)>=3");
  expect_broken("gives(resize)>=4", "3, at …/a/app.py:12 Image.resize");
  for (const char* const same :
       {"Image.resize", "app.py:12", "a/app.py:resize", "*size", "app.py:Image.resize"}) {
    expect_met("gives(" + std::string(same) + ")==3");
  }
  expect_met("gives(load)==2");    // what called it
  expect_met("gives(app.py)==5");  // all of the file
  expect_met("gives(size)==0");    // no part of a name
  expect_met("blockers(resize).contended<3ms");
  expect_broken("giving(load).wait<3ms",
                "3.00 ms, at …/lib/numpy/core.py:7 wrap, from /home/a/app.py:20 load");
}

TEST(Budget, TellsWhereAndWho) {
  expect_broken("longest_wait<15ms", "15.1 ms, thread \"MainThread\"; 2 more break it");
  expect_broken(
      "longest_wait(worker 0)<15ms",
      "15.1 ms, thread \"worker 0\", at …/lib/numpy/core.py:7 wrap, from /home/a/app.py:20 load, held "
      "meanwhile by thread \"ThreadPoolExecutor-0_0\", at …/a/app.py:12 Image.resize");
  expect_broken("obeyed<5ms", "7.31 ms, thread \"ThreadPoolExecutor-0_0\", at …/a/app.py:12 Image.resize");
  expect_broken(
      "contended_share<50%",
      "97.1 % of the run's wall time, most of it for turns that ended at …/a/app.py:12 Image.resize");
}

TEST(Budget, NamesTheGilWhereThereAreSeveral) {
  Report report = sample_report();
  report.gils.push_back(report.gils[0]);
  report.gils[1].id = 1;
  report.gils[1].hand_over_max_ns = 5000;
  expect_broken("hand_over_max<1us", "5.00 us, GIL 1", report);
  expect_broken("hand_overs(1)<5", "812, GIL 1", report);
}

TEST(Budget, WhatDidNotOccurHasACountOf0AndNoTime) {
  expect_met("gives(nowhere)==0");
  expect_broken("gives(nowhere)>=1", "0: no entry of giving in this run is at \"nowhere\"");
  expect_broken("blockers(nowhere).contended<1s",
                "nothing to measure: no entry of blockers in this run is at \"nowhere\"");
  expect_broken("wait_share(nobody)<20%",
                "nothing to measure: no entry of threads in this run is of a thread \"nobody\"; its threads: "
                "MainThread, worker 0, ThreadPoolExecutor-0_0");
  expect_met("mark(none).count<1");
  expect_broken("kernels.wall<1s", "nothing to measure: the run has none of its kernels");
  expect_broken("region(none).wall<1s", "nothing to measure: the run has no \"none\" in its regions");
  expect_broken("threads[7].wait<1s", "nothing to measure: the run has no threads[7]");
}

TEST(Budget, APlaceThatOccursHas0OfWhatItDidNotDo) {
  expect_met("obeyed(resize)<8ms");
  expect_broken("obeyed(resize)<7ms",
                "7.31 ms, thread \"ThreadPoolExecutor-0_0\", at …/a/app.py:12 Image.resize");
  expect_met("holds(resize)<1ms");
  expect_met("obeyed(wrap)<1ns");
  expect_met("holds(load)<1ns");
  expect_broken("obeyed(wrap)>1ns", "0 ns: no entry of obeyed_latest in this run is at \"wrap\"");
  Report report = report_with_places();
  report.obeyed_latest.resize(Report::kMostListed, report.obeyed_latest.front());
  expect_broken(
      "obeyed(wrap)<1s",
      "not known: no entry of obeyed_latest in this run is at \"wrap\", which has the first 10 only", report);
}

TEST(Budget, WhatIsNotKnownIsNotMet) {
  expect_broken("cpu_ns<1s", "cpu_ns is not known");
  expect_broken("estimate.speed_up<2", "speed_up is not known");
  expect_broken("threads.on_cpu<1s", "on_cpu_ns, thread \"ThreadPoolExecutor-0_0\" is not known");
  Report report = sample_report();
  report.ends_early = "the run was killed";
  EXPECT_TRUE(check("exit_status==0", report).broken);
}

TEST(Budget, TruthCountsAs1) {
  expect_met("probe.verified==1");
  expect_met("python.free_threaded==0");
  expect_met("giving.costs_more==0");
}

std::string text_of(const std::string& budget, const Report& report) {
  return budget_text(check_budget(parse_budget(budget), report));
}

TEST(Budget, SaysThatItIsMet) {
  EXPECT_EQ(text_of("turns==1240", sample_report()), "budget met: 1 bound\n");
  EXPECT_EQ(text_of("turns==1240, lost==0", sample_report()), "budget met: 2 bounds\n");
}

TEST(Budget, SaysEachBoundThatIsBrokenInALine) {
  EXPECT_EQ(text_of("turns==1, lost==0,\nhand_overs<2", sample_report()),
            "budget broken: turns==1: 1,240\nbudget broken: hand_overs<2: 812\n");
}

TEST(Budget, IsNotMetByInexactNumbers) {
  Report report = sample_report();
  report.gils[0].lost = 12;
  report.gils[0].takes_counted += 12;
  report.lost_reason = "the disk is full";
  EXPECT_EQ(
      text_of("turns==1240", report),
      "budget broken: the numbers are exact: 12 turns were lost: the disk is full (a bound on 'lost' says "
      "how many may be)\n");
  EXPECT_EQ(text_of("turns==1240, lost<20", report), "budget met: 2 bounds, though 12 turns lost\n");
  EXPECT_EQ(text_of("lost<12", report), "budget broken: lost<12: 12\n");
  report.gils[0].takes_counted += 1;
  EXPECT_THAT(text_of("lost<20", report), HasSubstr("budget broken: the numbers are exact: "));
  Report cut = sample_report();
  cut.ends_early = "the run was killed";
  EXPECT_THAT(text_of("turns==1240", cut), HasSubstr("not known: the run was killed"));
}

TEST(Budget, IsNotMetWithoutNumbers) {
  Report report;
  report.unverified_reason = "this Python runs without a GIL";
  const BudgetResult result = check_budget(parse_budget("turns==0, longest_hold<1s"), report);
  EXPECT_EQ(result.broken(), 3u);
  EXPECT_EQ(result.bounds[1].found, "there are no numbers: this Python runs without a GIL");
}

TEST(Budget, ShowsNamesWithoutWhatATerminalWouldActOn) {
  Report report = sample_report();
  report.threads[1].name = "\x1b[31m\n";
  EXPECT_EQ(check("longest_hold(*[31m*)<1ms", report).found, "12.4 ms, thread \"?[31m?\"");
}

TEST(Selection, MatchesWithStars) {
  EXPECT_TRUE(matches("worker", "worker"));
  EXPECT_FALSE(matches("worker", "worker-1"));
  EXPECT_TRUE(matches("worker*", "worker"));
  EXPECT_TRUE(matches("w*k*-1", "worker-1"));
  EXPECT_TRUE(matches("*-1", "worker-1-1"));
  EXPECT_FALSE(matches("w*x", "worker"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("", "x"));
}

}  // namespace
}  // namespace gilscope::app
