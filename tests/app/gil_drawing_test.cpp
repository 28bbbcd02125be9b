// A GIL's own lane, from turns as the passes over the threads' buffers bring them, held against what their
// order says.
#include "app/report/gil_drawing.h"

#include <algorithm>
#include <array>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

class HolderList final : public Drawing {
 public:
  std::vector<DrawnHolder> holders;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> waiting_threads;
  double held_ns = 0;  // of a run whose buckets are a millisecond

  void threads(const std::vector<DrawnThread>&) override {}
  void holder(const DrawnHolder& holder) override { holders.push_back(holder); }
  void waiting(std::uint16_t, std::uint64_t at_ns, std::uint32_t count) override {
    waiting_threads.emplace_back(at_ns, count);
  }
  void held_percent(std::uint16_t, std::uint64_t, double percent) override { held_ns += percent * 1e4; }
  void turn(const DrawnTurn&) override {}
  void span_end(const DrawnSpan&) override {}
  void mark(std::uint32_t, std::uint64_t, std::uint32_t) override {}
  void tile(const DrawnTile&) override {}
};

auto told(const std::vector<DrawnHolder>& holders) {
  std::vector<std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>> all;
  for (const DrawnHolder& one : holders) {
    all.emplace_back(one.thread, one.begin_ns, one.end_ns, one.turns, one.held_ns);
  }
  return all;
}

std::vector<DrawnTurn> some_turns(std::mt19937_64& random, std::size_t threads, std::uint32_t first,
                                  std::uint64_t lost_in_1000) {
  std::vector<DrawnTurn> turns;
  std::vector<std::uint64_t> last_drop(threads);
  std::uint64_t now_ns = 0;
  std::uint32_t thread = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    DrawnTurn turn;
    if (random() % 4 == 0) thread = static_cast<std::uint32_t>(random() % threads);
    turn.thread = thread;
    turn.sequence = first + i;
    now_ns += random() % 10 == 0 ? random() % (3 * DrawnHolder::kMostFreeNs) : random() % 100;
    turn.take_ns = now_ns;
    turn.want_ns =
        random() % 2 == 0 ? now_ns : std::max(last_drop[thread], now_ns - std::min(now_ns, random() % 5000));
    now_ns += random() % 2000;
    last_drop[thread] = turn.drop_ns = now_ns;
    if (random() % 1000 >= lost_in_1000) turns.push_back(turn);
  }
  return turns;
}

// What the order says.
std::vector<DrawnHolder> in_order(const std::vector<DrawnTurn>& turns) {
  std::vector<DrawnHolder> holders;
  std::uint32_t next = 0;
  for (const DrawnTurn& turn : turns) {
    const bool follows = !holders.empty() && holders.back().thread == turn.thread && next == turn.sequence &&
                         turn.take_ns - holders.back().end_ns <= DrawnHolder::kMostFreeNs;
    if (!follows) holders.push_back({0, turn.thread, turn.take_ns, 0, 0, 0});
    DrawnHolder& holder = holders.back();
    holder.end_ns = turn.drop_ns;
    holder.held_ns += turn.drop_ns - turn.take_ns;
    ++holder.turns;
    next = turn.sequence + 1;
  }
  return holders;
}

// A pass reads one buffer after the other while turns go on: of the threads that it reads first it does not
// see the last ones.
HolderList drawn(std::mt19937_64& random, const std::vector<DrawnTurn>& turns, std::size_t threads) {
  HolderList list;
  constexpr std::uint64_t kRunNs = 1'000'000;
  GilDrawing gil(0, kRunNs, list);
  std::vector<std::size_t> read(threads);
  for (std::size_t now = 0; now < turns.size();) {
    const std::size_t begin = now;
    for (std::uint32_t thread = 0; thread < threads; ++thread) {
      now = std::min(turns.size(), now + random() % 100);
      for (std::size_t i = read[thread]; i < now; ++i) {
        if (turns[i].thread == thread) gil.add(turns[i]);
      }
      read[thread] = now;
    }
    // Each buffer was read up to there: what comes was wanted later, but for a thread that still waits.
    std::uint64_t settled_ns = begin < turns.size() ? turns[begin].take_ns : 0;
    for (std::size_t i = begin; i < turns.size(); ++i) settled_ns = std::min(settled_ns, turns[i].want_ns);
    gil.end_of_pass(settled_ns);
  }
  for (std::uint32_t thread = 0; thread < threads; ++thread) {
    for (std::size_t i = read[thread]; i < turns.size(); ++i) {
      if (turns[i].thread == thread) gil.add(turns[i]);
    }
  }
  gil.finish(std::max(kRunNs, turns.back().drop_ns));
  return list;
}

TEST(GilDrawing, HoldersAreThoseOfTheOrderWhateverThePassesSee) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const std::size_t threads = 1 + seed % 4;
    const std::vector<DrawnTurn> turns = some_turns(random, threads, 0, 0);
    EXPECT_EQ(told(drawn(random, turns, threads).holders), told(in_order(turns))) << seed;
  }
}

TEST(GilDrawing, LostTurnsPartHoldersAndNothingElse) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const std::size_t threads = 1 + seed % 4;
    const std::vector<DrawnTurn> turns = some_turns(random, threads, 17, 20);
    const std::vector<DrawnHolder> holders = drawn(random, turns, threads).holders;
    EXPECT_EQ(told(holders), told(in_order(turns))) << seed;
  }
}

TEST(GilDrawing, NumbersMayWrap) {
  std::mt19937_64 random(7);
  HolderList list;
  GilDrawing gil(0, 1'000'000, list);
  std::vector<DrawnTurn> turns = some_turns(random, 1, 0, 0);
  for (DrawnTurn& turn : turns) turn.sequence += 0xffff'ffff - 1500;
  for (const DrawnTurn& turn : turns) gil.add(turn);
  gil.end_of_pass(0);
  gil.finish(turns.back().drop_ns);
  EXPECT_EQ(told(list.holders), told(in_order(turns)));
}

TEST(GilDrawing, WaitingThreadsAreThoseThatWait) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    const std::size_t threads = 2 + seed % 3;
    const std::vector<DrawnTurn> turns = some_turns(random, threads, 0, 0);
    const HolderList list = drawn(random, turns, threads);
    std::uint64_t last_ns = 0;
    std::uint64_t weighted = 0, expected = 0;
    std::uint32_t count = 0;
    for (const auto& [at_ns, now] : list.waiting_threads) {
      EXPECT_GE(at_ns, last_ns);
      weighted += count * (at_ns - last_ns);
      last_ns = at_ns;
      count = now;
    }
    for (const DrawnTurn& turn : turns) expected += turn.take_ns - turn.want_ns;
    EXPECT_EQ(count, 0u);
    EXPECT_EQ(weighted, expected) << seed;
  }
}

}  // namespace
}  // namespace gilscope::app
