#include "app/report/conclusion.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "app/report/text_layout.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A run of one second of which each thread lives all; spans in milliseconds.
struct Lane {
  const char* name;
  std::uint64_t hold_ms;
  std::uint64_t wait_ms;
  std::uint64_t gave = 100;
  std::uint64_t asked = 0;
  std::uint16_t gil = 0;
};

constexpr std::uint64_t kMs = 1'000'000;

Report report_of(const std::vector<Lane>& lanes, std::uint64_t contended_ms, std::uint64_t drop_requests = 0,
                 std::uint64_t obeyed_max_ms = 0) {
  Report report;
  report.verified = true;
  report.wall_ns = 1'000 * kMs;
  for (const Lane& lane : lanes) {
    if (lane.gil >= report.gils.size()) report.gils.resize(lane.gil + std::size_t{1});
    GilReport& gil = report.gils[lane.gil];
    gil.id = lane.gil;
    ThreadReport thread;
    thread.index = static_cast<std::uint32_t>(report.threads.size());
    thread.name = lane.name;
    thread.gil = lane.gil;
    thread.life_ns = report.wall_ns;
    thread.hold_ns = lane.hold_ms * kMs;
    thread.wait_ns = lane.wait_ms * kMs;
    thread.outside_ns = thread.life_ns - thread.hold_ns - thread.wait_ns;
    thread.gave = lane.gave;
    thread.asked = lane.asked;
    thread.turns = lane.gave + lane.asked;
    thread.waited_turns = lane.wait_ms > 0 ? thread.turns : 0;
    thread.longest_wait_ns = thread.wait_ns / 10;
    gil.turns += thread.turns;
    gil.takes_counted = gil.turns;
    gil.gave += thread.gave;
    gil.asked += thread.asked;
    gil.held_ns += thread.hold_ns;
    report.threads.push_back(thread);
    if (thread.wait_ns > 0) {
      report.waited_for.push_back({thread.gil, thread.index, WaitedForReport::kNobody, thread.wait_ns});
    }
  }
  report.gils[0].contended_ns = contended_ms * kMs;
  report.gils[0].drop_requests = drop_requests;
  report.gils[0].obeyed_max_ns = obeyed_max_ms * kMs;
  EXPECT_THAT(check_laws(report), IsEmpty());
  return report;
}

std::string concluded(const Report& report) {
  std::string text = conclusion(report);
  std::replace(text.begin(), text.end(), kFixedSpace, ' ');
  return text;
}

TEST(Conclusion, TwoThreadsShareOneGil) {
  const Report report =
      report_of({{"main", 2, 1}, {"a", 500, 490, 0, 100}, {"b", 490, 505, 0, 100}}, 990, 200, 6);
  EXPECT_EQ(concluded(report),
            "Only one thread ran Python at any moment: 2 threads shared one GIL, each waiting about half of "
            "its life.");
}

TEST(Conclusion, ManyThreadsShareOneGil) {
  std::vector<Lane> lanes(8, Lane{"w", 124, 870, 0, 100});
  EXPECT_EQ(concluded(report_of(lanes, 990, 200, 6)),
            "Only one thread ran Python at any moment: 8 threads shared one GIL, each waiting about 87 % of "
            "its life.");
}

TEST(Conclusion, UnequalThreadsAreGivenAsARange) {
  EXPECT_EQ(concluded(report_of({{"a", 700, 200, 0, 100}, {"b", 250, 700, 0, 100}}, 900, 200, 6)),
            "Only one thread ran Python at any moment: 2 threads shared one GIL, waiting 20 % to 70 % of "
            "their lives.");
}

TEST(Conclusion, AFreeGilIsNotTheLimit) {
  EXPECT_EQ(concluded(report_of({{"main", 20, 0}, {"io", 1, 1}}, 1)),
            "The GIL was free 98 % of the time, and somebody waited for it less than 1 % of the time: it is "
            "not what limits "
            "this program.");
}

TEST(Conclusion, ABusyGilThatNobodyWaitsFor) {
  EXPECT_EQ(concluded(report_of({{"main", 990, 0}}, 0)),
            "The GIL was held 99 % of the time, but nobody ever waited for it: it held nobody up.");
}

TEST(Conclusion, FortyThreadsShareOneGil) {
  std::vector<Lane> lanes(40, Lane{"w", 24, 930, 1, 1});
  lanes.push_back({"main", 20, 0});
  EXPECT_THAT(
      concluded(report_of(lanes, 940, 200, 2)),
      StartsWith(
          "Only one thread ran Python at any moment: 40 threads shared one GIL, each waiting about 93 %"));
}

TEST(Conclusion, AConvoyNamesTheThread) {
  EXPECT_EQ(concluded(report_of({{"counter", 950, 5, 0, 190}, {"reader", 5, 940, 200, 0}}, 940, 190, 6)),
            "Convoy: reader held the GIL for less than 1 % of its life, and waited for it 94 %.");
}

TEST(Conclusion, AConvoyNamesThePlaceThatHeldItUp) {
  Report report = report_of({{"counter", 950, 5, 0, 190}, {"reader", 5, 940, 200, 0}}, 940, 190, 6);
  report.blockers = {{{{"demo_convoy.py", 31, "spin"}}, 190, 900 * kMs, 900 * kMs, 5 * kMs}};
  EXPECT_THAT(concluded(report),
              HasSubstr(" 96 % of the contended time went to turns that ended at demo_convoy.py:31 spin."));
  report.blockers[0].contended_ns = 300 * kMs;
  EXPECT_THAT(concluded(report), Not(HasSubstr("demo_convoy.py"))) << "others held it up longer";
}

TEST(Conclusion, ALateDropNamesItsPlace) {
  Report report = report_of({{"kernel", 900, 5, 3, 0}, {"ticker", 5, 880, 100, 0}}, 880, 170, 850);
  report.obeyed_latest = {{0, 0, 1, 850 * kMs, true, {{"re.py", 166, "match"}, {"app.py", 7, "find"}}}};
  EXPECT_THAT(
      concluded(report),
      HasSubstr("after another had asked for it (at re.py:166 match, from app.py:7 find), as a native"));
}

TEST(Conclusion, OneLongWaitIsNoConvoy) {
  Report report = report_of({{"counter", 950, 5, 0, 190}, {"late", 5, 940, 200, 0}}, 940, 190, 6);
  report.threads[1].longest_wait_ns = 900 * kMs;
  EXPECT_THAT(concluded(report), StartsWith("Somebody was waiting"));
  report.threads[1].longest_wait_ns = 5 * kMs;
  report.threads[1].waited_turns = 3;
  EXPECT_THAT(concluded(report), StartsWith("Somebody was waiting"));
}

TEST(Conclusion, NoConvoyWithoutDropRequests) {
  EXPECT_THAT(
      concluded(report_of({{"counter", 950, 5, 190, 0}, {"reader", 5, 940, 200, 0}}, 940, 0)),
      StartsWith(
          "Somebody was waiting for the GIL 94 % of the time, reader longest of all: 94 % of its life"));
}

TEST(Conclusion, ManyThreadsThatEachWaitALittle) {
  const std::vector<Lane> lanes(20, Lane{"w", 20, 40});
  EXPECT_EQ(concluded(report_of(lanes, 700)),
            "Somebody was waiting for the GIL 70 % of the time, each for a small part of its life.");
}

TEST(Conclusion, ATurnThatDidNotLetGo) {
  EXPECT_THAT(concluded(report_of({{"kernel", 900, 5, 3, 0}, {"ticker", 5, 880, 100, 0}}, 880, 170, 850)),
              HasSubstr("kept the GIL for 850 ms after another had asked for it"));
}

TEST(Conclusion, OneLateDropInALongFightIsNotTheStory) {
  EXPECT_THAT(concluded(report_of({{"a", 500, 490, 0, 100}, {"b", 490, 505, 0, 100}}, 990, 200, 45)),
              StartsWith("Only one thread"));
}

TEST(Conclusion, SeveralGilsRunInParallel) {
  EXPECT_EQ(concluded(report_of({{"a", 950, 0}, {"b", 900, 0, 100, 0, 1}}, 0)),
            "2 interpreters' GILs were held 185 % of the wall time together: they ran Python in parallel.");
}

TEST(Conclusion, SaysNothingWhereItCannotKnow) {
  Report report = report_of({{"main", 20, 0}}, 0);
  report.gils[0].lost = 1;
  report.gils[0].takes_counted += 1;
  EXPECT_THAT(conclusion(report), IsEmpty());
  report.gils[0].lost = 0;
  EXPECT_THAT(conclusion(report), IsEmpty()) << "law 4 is broken";
  EXPECT_THAT(conclusion(Report{}), IsEmpty());
}

}  // namespace
}  // namespace gilscope::app
