#include "kernels/tile_loop.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <sched.h>

#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

constexpr auto kLongEnough = std::chrono::seconds(60);  // only ever waited for when something is broken

class Recorder : public TileWatcher {
 public:
  bool tile_done(const Tile& tile) noexcept override {
    const std::lock_guard lock(mutex);
    tiles[tile.index] = tile;
    done_by.insert(std::this_thread::get_id());
    return true;
  }
  void thread_done() noexcept override {
    const std::lock_guard lock(mutex);
    left.insert(std::this_thread::get_id());
  }
  std::mutex mutex;
  std::map<std::size_t, Tile> tiles;
  std::set<std::thread::id> done_by, left;
};

TEST(TileLoop, CoversEveryRowOnce) {
  for (const std::size_t rows : {0u, 1u, 7u, 8u, 9u, 1000u}) {
    for (const int count : thread_counts()) {
      Recorder recorder;
      std::vector<std::atomic<int>> times(rows);
      const auto outcome =
          for_each_tile({rows, 8}, {count, &recorder}, [&](const Tile& tile, TileWorker&) noexcept {
            for (std::size_t y = tile.first_row; y < tile.end_row; ++y) ++times[y];
            return true;
          });
      EXPECT_EQ(outcome, TileOutcome::kDone);
      for (const auto& t : times) EXPECT_EQ(t, 1);
      EXPECT_EQ(recorder.tiles.size(), (rows + 7) / 8);
      std::size_t next_row = 0;
      for (const auto& [index, tile] : recorder.tiles) {
        EXPECT_EQ(tile.count, recorder.tiles.size());
        EXPECT_EQ(tile.first_row, next_row);
        next_row = tile.end_row;
      }
      EXPECT_EQ(next_row, rows);
    }
  }
}

TEST(TileLoop, UsesNoMoreThreadsThanAskedForNorThanThereAreTiles) {
  EXPECT_EQ(team_size({100, 10}, threads(3)), 3u);
  EXPECT_EQ(team_size({100, 10}, threads(11)), 10u);
  EXPECT_EQ(team_size({1'000'000, 1}, threads(1'000'000)), std::size_t{kMaxThreads});
  EXPECT_EQ(team_size({1'000'000, 1}, threads(0)), static_cast<std::size_t>(available_cores()));
  EXPECT_EQ(team_size({0, 1}, threads(4)), 0u);
  for (const int count : {1, 2, 5}) {
    Recorder recorder;
    std::atomic<std::size_t> highest{0};
    for_each_tile({500, 1}, {count, &recorder}, [&](const Tile&, TileWorker& worker) noexcept {
      std::size_t seen = highest;
      while (seen < worker.index() && !highest.compare_exchange_weak(seen, worker.index())) {
      }
      return true;
    });
    EXPECT_LE(recorder.done_by.size(), static_cast<std::size_t>(count));
    EXPECT_LE(recorder.left.size(), static_cast<std::size_t>(count));
    EXPECT_LT(highest, static_cast<std::size_t>(count));
    for (const auto& id : recorder.done_by) EXPECT_EQ(recorder.left.count(id), 1u);
  }
}

TEST(TileLoop, StaysOnTheCallingThreadWhenAskedForOne) {
  Recorder recorder;
  for_each_tile({50, 1}, {1, &recorder}, [](const Tile&, TileWorker&) noexcept { return true; });
  EXPECT_EQ(recorder.done_by, std::set{std::this_thread::get_id()});
}

TEST(TileLoop, RunsTilesInParallel) {
  // Each of two tiles waits until the other one is being computed too.
  std::latch both(2);
  EXPECT_EQ(for_each_tile({2, 1}, threads(2),
                          [&](const Tile&, TileWorker&) noexcept {
                            both.arrive_and_wait();
                            return true;
                          }),
            TileOutcome::kDone);
}

TEST(TileLoop, StopsWhenATileIsNotLiked) {
  class StopAtTen : public TileWatcher {
   public:
    bool tile_done(const Tile& tile) noexcept override {
      ++tiles;
      return tile.index != 10;
    }
    std::atomic<int> tiles{0};
  };
  for (const int count : {1, 2, 4}) {
    StopAtTen watcher;
    const auto outcome = for_each_tile({std::size_t{1} << 50, 1}, {count, &watcher},
                                       [](const Tile&, TileWorker&) noexcept { return true; });
    EXPECT_EQ(outcome, TileOutcome::kStopped);
    EXPECT_GE(watcher.tiles, 11);
  }
}

/// Says stop at the third call, and notes on which thread it was asked.
class StopAtThird : public TileWatcher {
 public:
  bool keep_going() noexcept override {
    on_caller = on_caller && std::this_thread::get_id() == caller;
    return ++calls < 3;
  }
  std::thread::id caller = std::this_thread::get_id();
  bool on_caller = true;
  int calls = 0;
};

TEST(TileLoop, AsksTheCallingThreadWhetherToKeepGoing) {
  for (const int count : {1, 2, 4}) {
    StopAtThird watcher;
    const auto outcome = for_each_tile({std::size_t{1} << 50, 1}, {count, &watcher},
                                       [](const Tile&, TileWorker&) noexcept { return true; });
    EXPECT_EQ(outcome, TileOutcome::kStopped);
    EXPECT_EQ(watcher.calls, 3);
    EXPECT_TRUE(watcher.on_caller);
  }
}

TEST(TileLoop, StopsInsideATileWhoseBodyAsks) {
  for (const int count : {1, 2}) {
    StopAtThird watcher;
    const auto endless = [](const Tile&, TileWorker& worker) noexcept {
      while (worker.keep_going()) std::this_thread::yield();
      return false;
    };
    EXPECT_EQ(for_each_tile({2, 1}, {count, &watcher}, endless), TileOutcome::kStopped);
    EXPECT_TRUE(watcher.on_caller);
  }
}

// The calling thread has nothing left to do, and another one is held up in its callback until keep_going was
// called.
TEST(TileLoop, KeepsAskingWhileAnotherThreadIsHeldUp) {
  class HeldUp : public TileWatcher {
   public:
    bool tile_done(const Tile&) noexcept override {
      std::unique_lock lock(mutex);
      if (std::this_thread::get_id() == caller) {  // let the other one get its tile
        changed.wait_for(lock, kLongEnough, [&] { return other_is_in; });
        return true;
      }
      other_is_in = true;
      changed.notify_all();
      released = changed.wait_for(lock, kLongEnough, [&] { return asked; });
      return true;
    }
    bool keep_going() noexcept override {
      const std::lock_guard lock(mutex);
      asked = asked || other_is_in;
      changed.notify_all();
      return true;
    }
    const std::thread::id caller = std::this_thread::get_id();
    std::mutex mutex;
    std::condition_variable changed;
    bool other_is_in = false, asked = false, released = false;
  } watcher;
  std::latch both(2);
  EXPECT_EQ(for_each_tile({2, 1}, {2, &watcher},
                          [&](const Tile&, TileWorker&) noexcept {
                            both.arrive_and_wait();
                            return true;
                          }),
            TileOutcome::kDone);
  EXPECT_TRUE(watcher.released);
}

TEST(TileLoop, RunsFromManyThreadsAtOnce) {
  constexpr int kCallers = 16;
  std::latch start(kCallers);
  std::atomic<int> right{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      start.arrive_and_wait();
      for (int round = 0; round < 20; ++round) {
        Recorder recorder;
        std::size_t sum_of[3] = {};  // plain: that the team's writes are seen after the loop is tested too
        for_each_tile({300, 1}, {3, &recorder}, [&](const Tile& tile, TileWorker& worker) noexcept {
          sum_of[worker.index()] += tile.first_row;
          return true;
        });
        right += sum_of[0] + sum_of[1] + sum_of[2] == 299 * 150 && recorder.tiles.size() == 300;
      }
    });
  }
  callers.clear();  // joins
  EXPECT_EQ(right, kCallers * 20);
}

TEST(AvailableCores, FollowsTheAffinityMask) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(available_cores(), CPU_COUNT(&all));
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_cores(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

}  // namespace
}  // namespace gilscope::kernels
