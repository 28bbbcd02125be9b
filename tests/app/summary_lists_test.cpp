// The parts of the summary between the threads and the regions: who waited for whom, places, kernels, the
// garbage collector. A literal report in, golden text out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/summary.h"
#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// A convoy, with all that is known of it.
Report report_with_lists() {
  Report report = sample_report();
  const PlaceReport spin = {{"/home/someone/projects/demo/demo_convoy.py", 31, "count_for_ever"}};
  const PlaceReport match = {{"/usr/lib/python3.11/re/__init__.py", 166, "match"}, {"app.py", 30, "main"}};
  const PlaceReport read = {{"demo_convoy.py", 24, "read_bytes"}};
  report.blockers = {{spin, 400, 3'600'000'000, 3'700'000'000, 212'000'000},
                     {match, 3, 300'000'000, 300'000'000, 9'000'000},
                     {{}, 1, 2'000'000, 2'000'000, 2'000'000}};
  report.longest_waits = {{0, 1, 1'500'000'000, 15'100'000, read, 2, 15'000'000, spin}};
  report.obeyed_latest = {{0, 2, 1'600'000'000, 7'310'000, true, match}};
  report.gils[0].hand_over_p50_ns = 8'200;
  report.gils[0].hand_over_p99_ns = 20'500;
  report.gils[0].hand_over_max_ns = 31'000;
  report.giving = {{read, 400, 520'000, 1'750'000'000, true}, {spin, 2, 5'000, 100, false}};
  report.cpu_known = true;
  report.cpu_ns = 4'100'000'000;
  for (ThreadReport& thread : report.threads) {
    thread.cpu_known = true;
    thread.on_cpu_ns = thread.hold_ns;
    thread.runnable_ns = 1'000'000;
    thread.asleep_ns = thread.life_ns - thread.on_cpu_ns - thread.runnable_ns;
  }
  report.kernels = {{"blur", true, 3, 3'000'000, 90'000'000, 88'000'000, 2'000'000, 2, 48, 150'000'000}};
  report.collections = {{2, 12, 4'000, 250'000'000, 250'000'000, 105'000'000}};
  return report;
}

// From who waited to the collector: what is between the table of threads and the regions.
std::string middle_of(const std::string& text) {
  const std::size_t begin = text.find("worker 0 waited");
  return text.substr(begin, text.find("\nregion ") - begin);
}

TEST(SummaryLists, NamesThePlacesThatMatter) {
  EXPECT_EQ(middle_of(summary(report_with_lists(), {.width = 80})),
            R"(worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0

held the GIL longest while others waited (turns that ended at):
  3.60 s    90 % of that time, demo_convoy.py:31 count_for_ever, longest 212 ms
  300 ms     8 % of that time, re/__init__.py:166 match, from app.py:30 main,
  longest 9.00 ms
  2.00 ms   <1 % of that time, no known line of Python, longest 2.00 ms

Giving the GIL away at demo_convoy.py:24 read_bytes, 400 times, won 520 us
  outside and cost 1.75 s of waiting: 3,400 times as much.

CPU time 4.10 s, >99 % of one core; 3 threads together: 4.11 s on a core,
  3.00 ms runnable without one, 8.19 s asleep

kernel blur holding the GIL: 3 calls, 90.0 ms wall, held it 88.0 ms, waited
  2.00 ms, 48 tiles on 2 native threads

garbage collector: 12 collections took 250 ms, 6 % of the wall; the longest
  105 ms (generation 2)
)");
}

TEST(SummaryLists, ShowsAllOfEachListInFull) {
  EXPECT_EQ(middle_of(summary(report_with_lists(), {.width = 80, .full = true})),
            R"(worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0,
  <1 % while nobody held it, <1 % for MainThread
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0,
  <1 % while nobody held it
MainThread waited 5.00 ms: 60 % for worker 0, 38 % for ThreadPoolExecutor-0_0,
  2 % while nobody held it

held the GIL longest while others waited (turns that ended at):
  3.60 s    90 % of that time, demo_convoy.py:31 count_for_ever, longest 212 ms
  300 ms     8 % of that time, re/__init__.py:166 match, from app.py:30 main,
  longest 9.00 ms
  2.00 ms   <1 % of that time, no known line of Python, longest 2.00 ms

Giving the GIL away at demo_convoy.py:24 read_bytes, 400 times, won 520 us
  outside and cost 1.75 s of waiting: 3,400 times as much.

obeyed a drop request latest:
  7.31 ms  ThreadPoolExecutor-0_0 at re/__init__.py:166 match,
  from app.py:30 main (gave it in the end)

longest waits:
  15.1 ms  worker 0 at demo_convoy.py:24 read_bytes, 1.50 s into the run;
  ThreadPoolExecutor-0_0 held it 15.0 ms at demo_convoy.py:31 count_for_ever

hand-overs of GIL 0 took 8.20 us (median), 99 % at most 20.5 us, all at most
  31.0 us

CPU time 4.10 s, >99 % of one core; 3 threads together: 4.11 s on a core,
  3.00 ms runnable without one, 8.19 s asleep
  MainThread: 10.0 ms on a core, 1.00 ms runnable without one, 4.09 s asleep
  worker 0: 2.05 s on a core, 1.00 ms runnable without one, 2.05 s asleep
  ThreadPoolExecutor-0_0: 2.05 s on a core, 1.00 ms runnable without one,
  2.05 s asleep

kernel blur holding the GIL: 3 calls, 90.0 ms wall, held it 88.0 ms, waited
  2.00 ms, 48 tiles on 2 native threads

garbage collector: 12 collections took 250 ms, 6 % of the wall; the longest
  105 ms (generation 2)
)");
}

TEST(SummaryLists, NamesThePlaceOfARequestThatWasObeyedLate) {
  Report report = report_with_lists();
  report.obeyed_latest[0].after_ns = report.gils[0].obeyed_max_ns = 212'000'000;
  EXPECT_THAT(summary(report, {.width = 100}), HasSubstr("obeyed a drop request latest:\n"));
}

TEST(SummaryLists, LeavesThePlacesOutWhereNoneIsKnown) {
  Report report = report_with_lists();
  for (BlockerReport& blocker : report.blockers) blocker.place.clear();
  for (GivingReport& giving : report.giving) giving.place.clear();
  const std::string text = summary(report, {.width = 80});
  EXPECT_THAT(text, Not(HasSubstr("while others waited")));
  EXPECT_THAT(text, Not(HasSubstr("Giving the GIL away")));
}

}  // namespace
}  // namespace gilscope::app
