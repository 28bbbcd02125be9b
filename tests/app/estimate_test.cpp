// What a run would take without the GIL: schedules whose answer is known, and laws on random ones.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/estimate_text.h"
#include "app/report/text_layout.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::Ticks;
using probe::Turn;
using probe::TurnEnd;
using testing::DoubleNear;
using testing::HasSubstr;

constexpr std::uint32_t kScript = 1;     // a place in a script: I/O, or a lock of its own
constexpr std::uint32_t kThreading = 2;  // one in the standard library: a wait for another thread
constexpr double kMs = 1e6;

// Turns of one GIL, given in milliseconds and in the order of takes.
class ScriptedRun {
 public:
  ScriptedRun() {
    ask_.places.resize(3);
    ask_.places[kScript].file = "app.py";
    ask_.places[kThreading].file = "/usr/lib/python3.11/threading.py";
  }

  ScriptedRun& add(std::uint32_t thread, double want, double take, double drop, TurnEnd end = TurnEnd::kGave,
                   std::uint32_t place = kScript) {
    Turn record = turn(sequence_++, ticks(want), ticks(take), ticks(drop), end);
    record.location = place;
    timeline_.add(thread, std::vector{record});
    timeline_.end_of_pass(0);
    if (thread >= ask_.threads.size()) {
      for (auto i = static_cast<std::uint32_t>(ask_.threads.size()); i <= thread; ++i) {
        ask_.threads.push_back(thread_facts(i, i == 0 ? "main" : "worker", 0));
      }
    }
    last_ = std::max(last_, ticks(drop));
    return *this;
  }
  ScriptedRun& asked(std::uint32_t thread, double want, double take, double drop) {
    return add(thread, want, take, drop, TurnEnd::kAsked);
  }
  ScriptedRun& ends(std::uint32_t thread, double at) {
    ask_.threads.at(thread).end = ticks(at);
    return *this;
  }
  ScriptedRun& cpu(std::uint32_t thread, double on_cpu, double runnable = 0) {
    ask_.cpu.push_back({thread, ticks(on_cpu), ticks(runnable)});
    return *this;
  }

  EstimateReport on(double cores, double price = 1) {
    finish(timeline_);
    TraceFacts facts;
    facts.run = ask_.run;
    facts.threads = ask_.threads;
    facts.cpu = ask_.cpu;
    facts.places = ask_.places;
    facts.now = last_;
    return timeline_.snapshot(facts, {.cores = cores, .price = price}).estimate.value();
  }
  double ms(double cores, double price = 1) { return static_cast<double>(on(cores, price).wall_ns) / kMs; }
  double least_ms(double cores) { return static_cast<double>(on(cores).least_ns) / kMs; }
  Report report() {
    finish(timeline_);
    ask_.now = last_;
    ask_.gils = {{0, sequence_, 0, 0}};
    return ask_.of(timeline_);
  }

 private:
  static Ticks ticks(double ms) { return static_cast<Ticks>(std::llround(ms * kMs)); }

  Timeline timeline_;
  Asked ask_;
  std::uint32_t sequence_ = 0;
  Ticks last_ = 0;
};

// Main starts `threads` threads, each of which holds for `turns` turns of 5 ms, and joins the last to end.
// What main itself needs is too little to count.
ScriptedRun contended(std::uint32_t threads, int turns) {
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kThreading);
  double at = 0.001;
  std::vector<double> wants(threads + 1, at);
  for (int i = 0; i < turns; ++i) {
    for (std::uint32_t thread = 1; thread <= threads; ++thread) {
      run.add(thread, wants[thread], at, at + 5, i + 1 < turns ? TurnEnd::kAsked : TurnEnd::kGave);
      at += 5;
      wants[thread] = at;
      if (i + 1 == turns) run.ends(thread, at);
    }
  }
  run.add(0, at, at, at + 0.001);
  return run;
}

constexpr double kNear = 0.01;  // ms

TEST(Estimate, TwoContendedThreadsTakeHalfOnTwoCores) {
  ScriptedRun run = contended(2, 100);
  EXPECT_THAT(run.ms(2), DoubleNear(500, kNear));
  EXPECT_THAT(run.on(2).speed_up, DoubleNear(2, 0.001));
  EXPECT_EQ(run.on(2).bound_by, EstimateReport::Bound::kThreads);
}

TEST(Estimate, TwoContendedThreadsTakeAsLongOnOneCore) {
  ScriptedRun run = contended(2, 100);
  EXPECT_THAT(run.ms(1), DoubleNear(1000, kNear));
  EXPECT_EQ(run.on(1).bound_by, EstimateReport::Bound::kCores);
}

TEST(Estimate, APartOfACoreCounts) { EXPECT_THAT(contended(2, 100).ms(1.25), DoubleNear(800, kNear)); }

// One of many short sleeps always spans the moment at which the other thread ends, or its last hold.
TEST(Estimate, ShortSleepsBesideAComputingThreadWaitForNobody) {
  constexpr double kSleep = 1.1, kHold = 0.01;
  ScriptedRun run;
  double at = 0, slept_from = 0;
  for (int i = 0; i < 20; ++i) {
    run.asked(1, at, at, at + 5);
    at += 5;
    run.add(2, slept_from + kSleep, at, at + kHold);
    at += kHold;
    slept_from = at;
  }
  run.add(1, at, at, at + 5).ends(1, at + 5);
  run.add(2, slept_from + kSleep, at + 5, at + 5 + kHold);
  at += 5 + kHold;
  for (int i = 0; i < 79; ++i, at += kSleep + kHold) {
    run.add(2, at + kSleep, at + kSleep, at + kSleep + kHold);
  }
  run.ends(2, at);
  EXPECT_THAT(run.ms(2), DoubleNear(100 * (kSleep + kHold), 2));
}

TEST(Estimate, EightThreadsShareTwoCores) {
  ScriptedRun run = contended(8, 25);
  EXPECT_THAT(run.ms(2), DoubleNear(500, kNear));
  EXPECT_THAT(run.ms(4), DoubleNear(250, kNear));
  EXPECT_THAT(run.ms(8), DoubleNear(125, kNear));
  EXPECT_THAT(run.ms(64), DoubleNear(125, kNear));
  EXPECT_EQ(run.on(2).bound_by, EstimateReport::Bound::kCores);
}

TEST(Estimate, ThePriceMakesWorkLonger) { EXPECT_THAT(contended(2, 100).ms(2, 1.5), DoubleNear(750, kNear)); }

// Main waits for three threads by joining the first, which ends last but has least to do.
TEST(Estimate, AJoinLastsUntilAllThatEndedMeanwhileHaveEnded) {
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kThreading);
  run.add(2, 0.001, 0.001, 60).ends(2, 60);
  run.add(3, 0.001, 60, 100).ends(3, 100);
  run.add(1, 0.001, 100, 110).ends(1, 110);
  run.add(0, 110, 110, 120);
  EXPECT_THAT(run.ms(3), DoubleNear(70, kNear));
  EXPECT_EQ(run.on(3).bound_by, EstimateReport::Bound::kThreads);
  EXPECT_EQ(run.on(3).thread, 2u);
}

// 1 starts 2 after 10 ms of work, and joins it; main joins 1.
TEST(Estimate, JoinsFollowOneAnother) {
  ScriptedRun run;
  run.add(0, 0, 0, 10, TurnEnd::kGave, kThreading);
  run.add(1, 10, 10, 20, TurnEnd::kGave, kThreading);
  run.add(2, 20, 20, 50).ends(2, 50);
  run.add(1, 50, 50, 55).ends(1, 55);
  run.add(0, 55, 55, 60);
  EXPECT_THAT(run.ms(8), DoubleNear(60, kNear));
  EXPECT_EQ(run.on(8).thread, 2u);
  EXPECT_EQ(run.on(8).thread_ns, 30'000'000u);
}

TEST(Estimate, AThreadStartsWhenTheOneThatGaveTheGilAwayHasComeAsFar) {
  ScriptedRun run;
  run.add(0, 0, 0, 10, TurnEnd::kGave, kThreading);  // starts 1
  run.asked(1, 10, 10, 15);
  run.add(0, 10.001, 15, 40, TurnEnd::kGave, kThreading);  // works, starts 2
  run.asked(1, 15, 40, 45);
  run.add(2, 40.001, 45, 105).ends(2, 105);  // wants it while 1 holds
  run.add(1, 45, 105, 110).ends(1, 110);
  run.add(0, 105, 110, 110.001);
  // Main: 10 + 25, then 2's 60; 1 is done long before.
  EXPECT_THAT(run.ms(3), DoubleNear(95, kNear));
}

// I/O of 10 ms, then 1 ms of work, ten times, beside 110 ms of computing.
TEST(Estimate, IoStaysAsLongAsItWas) {
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kThreading);
  double at = 0.001;
  run.asked(1, at, at, at + 10);
  run.add(2, at, at + 10, at + 11);
  at += 11;
  double want_1 = at - 1;
  for (int i = 0; i < 9; ++i) {
    run.asked(1, want_1, at, at + 12);
    run.add(2, at + 10, at + 12, at + 13);
    at += 13;
    want_1 = at - 1;
  }
  run.ends(2, at);
  run.add(1, want_1, at, at + 3).ends(1, at + 3);
  run.add(0, at + 3, at + 3, at + 3);
  // 1 computes for 121 ms; 2 needs 10 x 1 + 9 x 10 ms.
  EXPECT_THAT(run.ms(2), DoubleNear(121, kNear));
  // On one core, work adds up: some of 2's outside lies behind 1's work.
  EXPECT_THAT(run.ms(1), DoubleNear(131, 0.1));
}

TEST(Estimate, IoAloneIsNoFaster) {
  ScriptedRun run;
  double at = 0;
  for (int i = 0; i < 10; ++i, at += 11) run.add(0, at, at, at + 1);
  EXPECT_THAT(run.ms(4), DoubleNear(100, kNear));
  EXPECT_EQ(run.on(4).bound_by, EstimateReport::Bound::kOutside);
}

// Two threads release the GIL for 50 ms of native work each.
TEST(Estimate, NativeWorkNeedsACore) {
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kThreading);
  run.add(1, 0.001, 0.001, 0.002).add(2, 0.001, 0.002, 0.003);
  run.add(1, 50.002, 50.002, 50.003).add(2, 50.003, 50.003, 50.004);
  run.ends(1, 50.003).ends(2, 50.004).cpu(1, 50.002).cpu(2, 50.002);
  run.add(0, 50.004, 50.004, 50.005);
  EXPECT_THAT(run.ms(2), DoubleNear(50, 0.1));
  EXPECT_THAT(run.ms(1), DoubleNear(100, 0.1));
}

// A native call that sleeps and keeps the GIL: no core is needed meanwhile.
TEST(Estimate, AHoldThatSleepsNeedsNoCore) {
  ScriptedRun run = contended(2, 10);
  run.cpu(1, 0).cpu(2, 0);
  EXPECT_THAT(run.ms(1), DoubleNear(50, kNear));
}

// Who waits for a lock of the script's own cannot be told from who reads a file: the answer is a range.
TEST(Estimate, WhereItIsNotKnownWhoEndedAStretchThereIsARange) {
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kScript);
  double at = 0.001;
  for (int i = 0; i < 10; ++i) {
    const bool is_last = i == 9;
    run.add(1, std::max(0.001, at - 5), at, at + 5, is_last ? TurnEnd::kGave : TurnEnd::kAsked);
    run.add(2, std::max(0.001, at - (i > 0 ? 0 : 5)), at + 5, at + 10,
            is_last ? TurnEnd::kGave : TurnEnd::kAsked);
    at += 10;
  }
  run.add(0, at - 1, at, at + 1);
  EXPECT_THAT(run.ms(3), DoubleNear(100, kNear));
  EXPECT_THAT(run.least_ms(3), DoubleNear(50, kNear));
  EXPECT_THAT(estimate_text(run.report()), HasSubstr("50.5\x1fms\x1fto\x1f"));
}

TEST(Estimate, HoldsShorterThanAHandOverLoseTheirWaits) {
  // 1 us held, 20 us to hand over, a thousand times each.
  ScriptedRun run;
  run.add(0, 0, 0, 0.001, TurnEnd::kGave, kThreading);
  double at = 0.001;
  double wants[] = {0, at, at};
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t thread = 1 + static_cast<std::uint32_t>(i % 2);
    run.asked(thread, wants[thread], at + 0.02, at + 0.021);
    at += 0.021;
    wants[thread] = at;
  }
  run.ends(1, at).ends(2, at);
  run.add(0, at, at, at);
  EXPECT_THAT(run.ms(2), DoubleNear(1, kNear));
}

TEST(Estimate, IsTheTimeOfAThreadAlone) {
  ScriptedRun run;
  run.add(0, 3, 3, 10).add(0, 15, 15, 20);
  EXPECT_THAT(run.ms(1), DoubleNear(20, kNear));
  EXPECT_THAT(run.ms(8), DoubleNear(20, kNear));
}

TEST(Estimate, IsNotMadeOfTurnsThatWereLost) {
  Timeline timeline;
  timeline.add(0, std::vector{turn(0, 0, 0, 100), turn(2, 200, 200, 300)});
  finish(timeline);
  EXPECT_FALSE(Asked{}.of(timeline).estimate.has_value());
}

TEST(Estimate, IsSaidOfThreadsThatGotInEachOthersWay) {
  std::string text = estimate_text(contended(2, 100).report());
  std::replace(text.begin(), text.end(), kFixedSpace, ' ');
  EXPECT_EQ(text, "Without the GIL, on 2 cores: about 500 ms (2.0x); bound by worker, 500 ms of it.");
  ScriptedRun alone;
  alone.add(0, 0, 0, 10).add(0, 15, 15, 20);
  EXPECT_EQ(estimate_text(alone.report()), "");
}

// The longest that any thread held and was outside by itself, if it had nobody to wait for: none here.
struct Truth {
  double longest_work = 0;
  double all_work = 0;
  double last_drop = 0;
};

Truth truth_of(const Schedule& schedule) {
  Truth truth;
  std::vector<double> work(schedule.threads);
  for (const ScheduledTurn& scheduled : schedule.turns) {
    const auto held = static_cast<double>(scheduled.turn.drop - scheduled.turn.take);
    work[scheduled.thread] += held;
    truth.all_work += held;
    truth.last_drop = std::max(truth.last_drop, static_cast<double>(scheduled.turn.drop));
  }
  truth.longest_work = *std::max_element(work.begin(), work.end());
  return truth;
}

// Threads in any order of waits and holds; places that are waits for others, and places that are not.
TEST(EstimateRandom, LiesBetweenTheLongestThreadAndTheRun) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    ScheduleShape shape;
    shape.threads = static_cast<std::uint32_t>(1 + random() % 6);
    shape.turns = static_cast<std::uint32_t>(1 + random() % 250);
    shape.hold = static_cast<double>(1 + random() % 300);
    shape.outside = static_cast<double>(1 + random() % 600);
    const Schedule schedule = random_schedule(random, shape);
    Timeline timeline;
    for (const ScheduledTurn& scheduled : schedule.turns) {
      timeline.add(scheduled.thread, std::vector{scheduled.turn});
      timeline.end_of_pass(0);
    }
    finish(timeline);
    const Truth truth = truth_of(schedule);
    TraceFacts facts;
    facts.run = verified_run();
    for (std::uint32_t i = 0; i < schedule.threads; ++i) {
      facts.threads.push_back(thread_facts(i, "t", 1, static_cast<Ticks>(truth.last_drop)));
    }
    facts.places.resize(kPlaces);
    for (std::uint32_t i = 1; i < kPlaces; i += 2) facts.places[i].file = "threading.py";
    facts.now = static_cast<Ticks>(truth.last_drop);
    SCOPED_TRACE(testing::Message() << "round " << round);
    double before = truth.last_drop + 1;
    for (const double cores : {static_cast<double>(shape.threads), 100.0}) {
      const EstimateReport estimate = timeline.snapshot(facts, {.cores = cores}).estimate.value();
      const auto wall = static_cast<double>(estimate.wall_ns);
      EXPECT_LE(wall, before) << cores;
      EXPECT_GE(wall + 1, truth.longest_work);
      EXPECT_LE(estimate.least_ns, estimate.wall_ns);
      EXPECT_GE(static_cast<double>(estimate.least_ns) + 1, truth.longest_work);
      before = wall + 1;
    }
    for (const double cores : {1.0, 1.5, 2.0}) {
      const EstimateReport estimate = timeline.snapshot(facts, {.cores = cores}).estimate.value();
      EXPECT_GE(static_cast<double>(estimate.wall_ns) + 1, truth.all_work / cores);
      EXPECT_GE(static_cast<double>(estimate.wall_ns) + 1, truth.longest_work);
    }
    if (HasFailure()) break;
  }
}

// More cores never make it longer where nobody waits for anybody: then sharing evenly gives each thread at
// least as much at any moment. (With waits, a thread that gets on sooner may take a core from a more urgent
// one: Graham's anomalies.)
TEST(EstimateRandom, IsNotLongerOnMoreCores) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 100; ++round) {
    ScheduleShape shape;
    shape.threads = static_cast<std::uint32_t>(1 + random() % 6);
    shape.turns = static_cast<std::uint32_t>(1 + random() % 250);
    shape.outside = static_cast<double>(1 + random() % 300);
    const Schedule schedule = random_schedule(random, shape);
    Timeline timeline;
    for (const ScheduledTurn& scheduled : schedule.turns) {
      timeline.add(scheduled.thread, std::vector{scheduled.turn});
      timeline.end_of_pass(0);
    }
    finish(timeline);
    TraceFacts facts;
    facts.run = verified_run();
    facts.places.resize(kPlaces);
    facts.places[0].file = "app.py";
    facts.now = static_cast<Ticks>(truth_of(schedule).last_drop);
    SCOPED_TRACE(testing::Message() << "round " << round);
    std::uint64_t before = ~std::uint64_t{0};
    for (const double cores : {0.5, 1.0, 1.3, 2.0, 3.0, 6.0}) {
      const EstimateReport estimate = timeline.snapshot(facts, {.cores = cores}).estimate.value();
      EXPECT_LE(estimate.wall_ns, before == ~std::uint64_t{0} ? before : before + 1) << cores;
      before = estimate.wall_ns;
    }
    if (HasFailure()) break;
  }
}

// Steps are merged when there are too many, and the answer stays what it was.
TEST(EstimateRandom, MergedStepsChangeLittle) {
  std::mt19937_64 random(7);
  const Schedule schedule =
      random_schedule(random, {.threads = 4, .turns = 20'000, .outside = 100, .hold = 100, .lost_share = 0});
  ThreadPrograms all(1 << 20);
  ThreadPrograms few(1000);
  for (const ScheduledTurn& scheduled : schedule.turns) {
    all.add(scheduled.thread, scheduled.turn);
    few.add(scheduled.thread, scheduled.turn);
  }
  EXPECT_LE(few.steps(), 1000u);
  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    EXPECT_EQ(few.programs()[thread].own, all.programs()[thread].own);
    EXPECT_EQ(few.programs()[thread].held, all.programs()[thread].held);
    Ticks own = 0;
    for (const ProgramStep& step : few.programs()[thread].steps) own += step.own();
    EXPECT_EQ(own, all.programs()[thread].own);
  }
}

}  // namespace
}  // namespace gilscope::app
