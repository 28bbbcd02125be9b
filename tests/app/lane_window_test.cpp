// The window of a moving view: its sums against the slow and obvious way, at moments of all kinds.
#include "app/live/lane_window.h"

#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/legal_schedule.h"
#include "tests/app/live_fixture.h"

namespace gilscope::app {
namespace {

using probe::Ticks;
using testing::DoubleNear;
using testing::ElementsAre;

constexpr LaneCell H = LaneCell::kHold, W = LaneCell::kWait, O = LaneCell::kOutside, N = LaneCell::kNone;

Picture picture_of(LaneWindow& window, const HistoryFixture& fixture, const std::vector<ThreadFacts>& threads,
                   Ticks until, std::size_t columns = 10) {
  std::vector<std::uint32_t> order(threads.size());
  std::iota(order.begin(), order.end(), 0);
  window.advance(fixture.history, threads, until);
  return window.picture(fixture.history, threads,
                        {.columns = columns, .order = order, .most_lanes = 1000, .scale = {1.0}});
}

TEST(LaneWindow, ShowsWhatTheThreadsDid) {
  HistoryFixture run;
  run.turn(0, 0, 0, 300, probe::TurnEnd::kAsked, 250);
  run.turn(1, 200, 300, 500);
  run.pass(600);
  LaneWindow window(0, 100);
  const auto threads = HistoryFixture::threads({"main", "other"});
  const Picture picture = picture_of(window, run, threads, 600, 7);
  ASSERT_EQ(picture.lanes.size(), 2u);
  EXPECT_THAT(picture.lanes[0].cells, ElementsAre(H, H, H, O, O, O, O));
  EXPECT_THAT(picture.lanes[1].cells, ElementsAre(O, O, W, H, H, O, O));
  EXPECT_EQ(picture.lanes[0].hold_share, 0.5);
  EXPECT_EQ(picture.lanes[1].hold_share, 200. / 600);
  EXPECT_EQ(picture.lanes[1].wait_share, 100. / 600);
  ASSERT_EQ(picture.gils.size(), 1u);
  EXPECT_EQ(picture.gils[0].held_share, 500. / 600);
  EXPECT_EQ(picture.gils[0].contended_share, 100. / 600);
  EXPECT_THAT(picture.gils[0].hand_overs_per_second, DoubleNear(1 / 600e-9, 1));
  EXPECT_EQ(picture.gils[0].holder, "");
}

// A thread that holds the GIL for long is seen to do so, while it does.
TEST(LaneWindow, DrawsOpenTurnsAsTheyGoOn) {
  HistoryFixture run;
  run.turn(0, 0, 0, 100);
  run.pass(1000, {{.thread = 1, .want = 100, .take = 200, .sequence = 1}, {.thread = 0, .want = 400}});
  LaneWindow window(0, 100);
  const auto threads = HistoryFixture::threads({"main", "long"});
  Picture picture = picture_of(window, run, threads, 1000, 11);
  EXPECT_THAT(picture.lanes[1].cells, ElementsAre(O, W, H, H, H, H, H, H, H, H, H));
  EXPECT_THAT(picture.lanes[0].cells, ElementsAre(H, O, O, O, W, W, W, W, W, W, W));
  EXPECT_EQ(picture.lanes[1].state, LaneState::kHolds);
  EXPECT_EQ(picture.lanes[0].state, LaneState::kWaits);
  EXPECT_EQ(picture.gils[0].holder, "long");
  EXPECT_EQ(picture.gils[0].held_share, 0.9);
  EXPECT_EQ(picture.gils[0].contended_share, 0.7);  // the union of both waits

  // It has ended, and is told as a record now: nothing counts twice.
  run.turn(1, 100, 200, 1100);
  run.pass(1200, {{.thread = 0, .want = 400, .take = 1100, .sequence = 2}});
  picture = picture_of(window, run, threads, 1200, 13);
  EXPECT_EQ(picture.lanes[1].hold_share, 900. / 1200);
  EXPECT_EQ(picture.lanes[0].wait_share, 700. / 1200);
  EXPECT_EQ(picture.gils[0].holder, "main");
}

// A thread of a sub-interpreter takes the main GIL for a moment, then its own, which nobody had before.
TEST(LaneWindow, DrawsWhatIsOpenOnTheGilThatItIsOf) {
  HistoryFixture run;
  run.turn_of_gil(0, 1, 0, 10);
  run.turn_of_gil(0, 0, 10, 600);
  run.pass(600, {{.thread = 0, .gil = 0, .want = 600, .take = 600, .sequence = 2},
                 {.thread = 1, .gil = 1, .want = 10, .take = 10, .sequence = 0}});
  LaneWindow window(0, 100);
  const auto threads = HistoryFixture::threads({"main", "worker"});
  const Picture picture = picture_of(window, run, threads, 600, 7);
  EXPECT_THAT(picture.lanes[0].cells, ElementsAre(H, H, H, H, H, H, O));
  EXPECT_THAT(picture.lanes[1].cells, ElementsAre(H, H, H, H, H, H, H));
  EXPECT_EQ(picture.lanes[1].gil, 1);
}

TEST(LaneWindow, DrawsEachColumnOnTheGilThatWasHeldInIt) {
  HistoryFixture run;
  run.turn_of_gil(0, 0, 0, 290);
  run.turn_of_gil(1, 1, 0, 300);
  run.turn_of_gil(0, 1, 300, 400);
  run.turn_of_gil(1, 0, 310, 400);
  run.turn_of_gil(1, 1, 400, 590);
  run.turn_of_gil(0, 0, 410, 600);
  run.pass(600);
  LaneWindow window(0, 100);
  const auto threads = HistoryFixture::threads({"main", "worker"});
  const Picture picture = picture_of(window, run, threads, 600, 7);
  EXPECT_THAT(picture.lanes[0].cells, ElementsAre(H, H, H, H, H, H, O));
  EXPECT_THAT(picture.lanes[1].cells, ElementsAre(H, H, H, H, H, H, O));
}

// The characters of a kind are as many as its share, to one.
TEST(LaneWindow, CellsAddUpToTheShares) {
  HistoryFixture run;
  for (Ticks at = 0; at < 10'000; at += 10) run.turn(0, at, at + 3, at + 5);
  run.pass(10'000);
  LaneWindow window(0, 100);
  const Picture picture = picture_of(window, run, HistoryFixture::threads({"main"}), 10'000, 101);
  const auto count = [&](LaneCell cell) { return std::ranges::count(picture.lanes[0].cells, cell); };
  EXPECT_NEAR(static_cast<double>(count(H)), 20, 1);
  EXPECT_NEAR(static_cast<double>(count(W)), 30, 1);
  EXPECT_NEAR(static_cast<double>(count(O)), 51, 1);
}

TEST(LaneWindow, NoTwoThreadsHoldInOneColumn) {
  HistoryFixture run;
  for (std::uint32_t at = 0; at < 60'000; at += 5) run.turn(at / 5 % 3, at > 10 ? at - 10 : 0, at, at + 5);
  run.pass(60'000);
  LaneWindow window(0, 600);
  const Picture picture = picture_of(window, run, HistoryFixture::threads({"a", "b", "c"}), 60'000, 101);
  for (std::size_t column = 0; column < 101; ++column) {
    const auto holds = [&](const LanePicture& lane) { return lane.cells[column] == H; };
    EXPECT_LE(std::ranges::count_if(picture.lanes, holds), 1) << column;
  }
  for (const LanePicture& lane : picture.lanes) {
    EXPECT_NEAR(static_cast<double>(std::ranges::count(lane.cells, H)), 33.3, 1.5);
  }
}

TEST(LaneWindow, GoesBackAndFarAhead) {
  HistoryFixture run;
  for (Ticks at = 0; at < 200'000; at += 100)
    run.turn(static_cast<std::uint32_t>(at / 100 % 2), at, at, at + 60);
  run.pass(200'000);
  const auto threads = HistoryFixture::threads({"a", "b"});
  LaneWindow moved(0, 100);
  for (const Ticks until : {5'000u, 150'050u, 70'130u, 70'131u, 199'999u, 100u}) {
    LaneWindow fresh(0, 100);
    const Picture there = picture_of(moved, run, threads, until);
    const Picture anew = picture_of(fresh, run, threads, until);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(there.lanes[i].hold_share, anew.lanes[i].hold_share) << until;
      EXPECT_EQ(there.lanes[i].state, anew.lanes[i].state) << until;
    }
  }
}

TEST(LaneWindow, ShowsNothingBeforeTheRunOrAThreadsLife) {
  HistoryFixture run;
  run.turn(0, 0, 0, 150);
  run.pass(300);
  auto threads = HistoryFixture::threads({"main", "short"});
  threads[1].begin = 100;
  threads[1].end = 200;
  LaneWindow window(0, 100);
  const Picture picture = picture_of(window, run, threads, 300, 6);
  EXPECT_THAT(picture.lanes[0].cells, ElementsAre(N, N, H, H, O, O));
  EXPECT_THAT(picture.lanes[1].cells, ElementsAre(N, N, N, O, N, N));
  EXPECT_EQ(picture.lanes[1].state, LaneState::kEnded);
}

// Random runs, looked at from moment to moment: sums of the whole time against the schedule's own.
TEST(LaneWindow, AgreesWithTheSlowWay) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 30; ++round) {
    const Schedule schedule = random_schedule(random, {.threads = 4, .turns = 300});
    HistoryFixture run;
    for (const ScheduledTurn& scheduled : schedule.turns) {
      run.history.add(scheduled.thread, {&scheduled.turn, 1});
    }
    run.pass(schedule.turns.back().turn.drop);
    const Ticks end = schedule.turns.back().turn.drop;
    LaneWindow window(0, end / 400 + 1);
    const auto threads = HistoryFixture::threads({"a", "b", "c", "d"});
    for (int moment = 1; moment <= 20; ++moment) {
      const Ticks until = end * static_cast<Ticks>(moment) / 20;
      const Picture picture = picture_of(window, run, threads, until, LaneWindow::kColumns);
      const Expected expected = expected_at(schedule, until);
      const auto whole = static_cast<double>(until);
      double held = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(picture.lanes[i].hold_share * whole, static_cast<double>(expected.threads[i].hold), 1);
        EXPECT_NEAR(picture.lanes[i].wait_share * whole, static_cast<double>(expected.threads[i].wait), 1);
        held += static_cast<double>(expected.threads[i].hold);
      }
      EXPECT_NEAR(picture.gils[0].held_share * whole, held, 1);
      EXPECT_NEAR(picture.gils[0].contended_share * whole, static_cast<double>(expected.contended), 1);
      EXPECT_NEAR(picture.gils[0].hand_overs_per_second * whole / 1e9,
                  static_cast<double>(expected.hand_overs), 1.01);  // one of a turn that is still open
    }
  }
}

TEST(LaneWindow, PutsTheBusiestFirstAndSumsUpTheRest) {
  HistoryFixture run;
  for (std::uint32_t thread = 0; thread < 5; ++thread)
    run.turn(thread, thread * 100, thread * 100, thread * 100 + thread * 10);
  run.pass(1'000, {{.thread = 0, .want = 900}});
  const auto threads = HistoryFixture::threads({"a", "b", "c", "d", "e"});
  LaneWindow window(0, 100);
  window.advance(run.history, threads, 1'000);
  const auto order = window.busiest(run.history, threads, 11);
  EXPECT_THAT(order, ElementsAre(4, 3, 2, 1, 0));
  const Picture picture =
      window.picture(run.history, threads, {.columns = 11, .order = order, .most_lanes = 2, .scale = {1.0}});
  EXPECT_EQ(picture.lanes.size(), 2u);
  EXPECT_EQ(picture.more.threads, 3u);
  EXPECT_EQ(picture.more.waiting, 1u);
  EXPECT_EQ(picture.more.hold_share, 0.03);
}

TEST(GilColumns, CountsOverlappingWaitsOnceInAnyOrder) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    GilColumns gil(10, 64);
    gil.reach(63);
    std::vector<bool> waited(640);
    for (int i = 0; i < 30; ++i) {
      const Ticks begin = random() % 640;
      const Ticks end = std::min<Ticks>(640, begin + random() % 60);
      gil.add_wait(begin, end);
      for (Ticks at = begin; at < end; ++at) waited[at] = true;
    }
    for (std::uint64_t column = 0; column < 64; ++column) {
      const auto from = waited.begin() + static_cast<std::ptrdiff_t>(column * 10);
      EXPECT_EQ(gil.contended().sum(column), static_cast<Ticks>(std::count(from, from + 10, true)));
    }
  }
}

TEST(TurnHistory, ForgetsTheOldestAndSaysUntilWhen) {
  HistoryFixture run(100);
  for (Ticks at = 0; at < 10'000; at += 10) run.turn(static_cast<std::uint32_t>(at / 10 % 3), at, at, at + 5);
  run.pass(10'000);
  EXPECT_EQ(run.history.turns().end() - run.history.turns().begin(), 100u);
  EXPECT_EQ(run.history.forgotten_until(), 8'995u);
  EXPECT_EQ(run.history.turns()[run.history.first_after(9'000)].drop, 9'005u);
  const PastTurn* const turn = run.history.turn_from(1, run.history.first_after(9'500));
  ASSERT_NE(turn, nullptr);
  EXPECT_EQ(turn->thread, 1u);
  EXPECT_GT(turn->drop, 9'500u);
  EXPECT_LE(turn->drop, 9'535u);
  EXPECT_EQ(run.history.turn_from(7, 0), nullptr);
}

}  // namespace
}  // namespace gilscope::app
