// Calls of kernels, and the tiles of their native threads, as records on the threads' lanes.
#include <set>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/embed/recording_host.h"

namespace gilscope::py {
namespace {

using probe::RecordKind;
using probe::Turn;

class ModuleSpansKernels : public ModuleRecording {
 protected:
  static std::string name_of(const Turn& event) {
    return probe::recorder::interned_names().at(event.location);
  }
  static std::string thread_name(std::uint32_t index) {
    for (const probe::ThreadInfo& info : probe::recorder::threads()) {
      if (info.index == index) return info.name;
    }
    return "?";
  }

  static probe::Ticks thread_begin(std::uint32_t index) {
    for (const probe::ThreadInfo& info : probe::recorder::threads()) {
      if (info.index == index) return info.begin;
    }
    return 0;
  }

  std::vector<RecordedTurn> begins() const { return events_of(RecordKind::kKernelBegin); }
  std::vector<RecordedTurn> ends() const { return events_of(RecordKind::kKernelEnd); }
  std::vector<RecordedTurn> tiles_of(std::uint32_t call) const {
    std::vector<RecordedTurn> tiles = events_of(RecordKind::kTile);
    std::erase_if(tiles, [call](const RecordedTurn& recorded) { return recorded.turn.sequence != call; });
    return tiles;
  }

  /// Each begin has its end, on the same lane and with the same name, and the tiles of the call lie between.
  void expect_whole_calls(std::size_t count) const {
    ASSERT_EQ(begins().size(), count);
    ASSERT_EQ(ends().size(), count);
    for (std::uint32_t number = 1; number <= count; ++number) {
      const auto is_it = [number](const RecordedTurn& recorded) { return recorded.turn.sequence == number; };
      const auto starts = begins(), stops = ends();
      const auto begin = std::ranges::find_if(starts, is_it), end = std::ranges::find_if(stops, is_it);
      ASSERT_NE(begin, starts.end()) << "call " << number;
      ASSERT_NE(end, stops.end()) << "call " << number;
      EXPECT_EQ(begin->thread, end->thread);
      EXPECT_EQ(begin->turn.location, end->turn.location);
      EXPECT_LE(begin->turn.drop, end->turn.drop);
      for (const RecordedTurn& tile : tiles_of(number)) {
        EXPECT_EQ(tile.turn.location, begin->turn.location);
        EXPECT_EQ(tile.turn.want, tile.turn.take);
        EXPECT_LE(thread_begin(tile.thread), tile.turn.take);
        EXPECT_LE(begin->turn.drop, tile.turn.take);
        EXPECT_LE(tile.turn.take, tile.turn.drop);
        EXPECT_LE(tile.turn.drop, end->turn.drop);
      }
    }
  }
};

TEST_F(ModuleSpansKernels, SayWhatTheyAreAndDo) {
  run(R"py(
from gilscope import image, kernels
rgb = image.Image(30, 20, 3)
kernels.grayscale(rgb)
kernels.blur(rgb, 2.0, release_gil=False)
kernels.mandelbrot(8, 4, rgb=True, num_threads=1)
kernels.countdown(10)
)py");
  finish();
  expect_whole_calls(4);
  const std::vector<RecordedTurn> calls = begins();
  const std::pair<const char*, std::uint64_t> expected[] = {
      {"grayscale", 30 * 20 * 3 + 30 * 20},
      {"blur", 2 * 30 * 20 * 3},
      {"mandelbrot", 8 * 4 * 3},
      {"countdown", 0},
  };
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(calls[i].thread, 0u);
    EXPECT_EQ(name_of(calls[i].turn), expected[i].first);
    EXPECT_EQ(calls[i].turn.request, expected[i].second) << expected[i].first;
    EXPECT_EQ(calls[i].turn.requests, i == 1 ? 1 : 0) << expected[i].first;
    EXPECT_EQ(calls[i].turn.sequence, i + 1) << "calls count from 1";
  }
}

TEST_F(ModuleSpansKernels, TheSpanTellsHoldingFromReleasing) {
  run(R"py(
from gilscope import kernels
kernels.countdown(1_000_000, release_gil=True)
kernels.countdown(1_000_000, release_gil=False)
)py");
  finish();
  expect_whole_calls(2);
  // The GIL is held where a call begins and ends; what the open turn was then, the record says.
  const Turn gave = begins()[0].turn, back = ends()[0].turn;
  EXPECT_NE(gave.take, 0u);
  EXPECT_NE(gave.take, back.take) << "another turn: it was released in between";
  EXPECT_EQ(begins()[1].turn.take, ends()[1].turn.take) << "one turn throughout";
  const auto in_between = std::ranges::count_if(turns(), [&](const RecordedTurn& recorded) {
    return recorded.turn.drop >= gave.drop && recorded.turn.drop <= back.drop;
  });
  EXPECT_EQ(in_between, 1);
}

TEST_F(ModuleSpansKernels, EveryTileOnceOnTheThreadThatComputedIt) {
  run(R"py(
from gilscope import kernels
kernels.mandelbrot(20, 300, num_threads=3)
kernels.mandelbrot(20, 300, num_threads=3, release_gil=False)
kernels.mandelbrot(20, 300, num_threads=1, release_gil=False)
)py");
  finish();
  expect_whole_calls(3);
  for (std::uint32_t call = 1; call <= 3; ++call) {
    std::set<std::uint64_t> indices;
    std::set<std::uint32_t> threads;
    for (const RecordedTurn& tile : tiles_of(call)) {
      EXPECT_TRUE(indices.insert(tile.turn.request).second) << "twice: " << tile.turn.request;
      threads.insert(tile.thread);
    }
    ASSERT_FALSE(indices.empty());
    EXPECT_EQ(*indices.rbegin(), indices.size() - 1);
    EXPECT_LE(threads.size(), call == 3 ? 1u : 3u);
    for (const std::uint32_t thread : threads) {
      if (thread == 0) continue;  // the calling thread works, too, under its own name
      EXPECT_TRUE(thread_name(thread).starts_with("OpenMP ")) << thread_name(thread);
    }
  }
}

TEST_F(ModuleSpansKernels, OnTileTakesItsTurnsBetweenTheTiles) {
  // Two threads for certain: each waits in on_tile until the other has come.
  run(R"py(
import threading
from gilscope import kernels
meet = threading.Barrier(2)
def on_tile(index, count, rows):
    if index < 2:
        meet.wait()
kernels.mandelbrot(20, 300, num_threads=2, on_tile=on_tile)
)py");
  const app::Report report = finish();
  expect_whole_calls(1);
  ASSERT_EQ(report.threads.size(), 2u);
  EXPECT_EQ(report.threads[1].name, "OpenMP 1");
  const std::uint32_t native = report.threads[1].index;
  std::size_t tiles = 0;
  for (const RecordedTurn& tile : tiles_of(1)) {
    tiles += tile.thread == native;
    for (const RecordedTurn& recorded : turns()) {
      if (recorded.thread != tile.thread) continue;
      EXPECT_TRUE(recorded.turn.take >= tile.turn.drop || recorded.turn.drop <= tile.turn.take);
    }
  }
  EXPECT_GT(tiles, 0u);
}

TEST_F(ModuleSpansKernels, EndWhateverEndsThem) {
  run(R"py(
import signal
from gilscope import kernels

def fail(*tile):
    raise LookupError

def interrupt(*tile):
    signal.raise_signal(signal.SIGINT)

def expect(kind, **options):
    try:
        kernels.countdown(2**62, **options)
    except kind:
        return
    raise AssertionError(kind)

import sys
sys.unraisablehook = lambda what: None
signal.signal(signal.SIGINT, signal.default_int_handler)
expect(LookupError, on_tile=fail, num_threads=2)
expect(LookupError, on_tile=fail, num_threads=1)
expect(KeyboardInterrupt, on_tile=interrupt, num_threads=1)
)py");
  finish();
  expect_whole_calls(3);
}

TEST_F(ModuleSpansKernels, WrongArgumentsAreNoCall) {
  run(R"py(
from gilscope import kernels
for wrong in ({"n": -1}, {"n": 1, "num_threads": 0}, {"n": 1, "on_tile": 7}):
    try:
        kernels.countdown(**wrong)
    except (TypeError, ValueError):
        continue
    raise AssertionError(wrong)
)py");
  finish();
  EXPECT_TRUE(begins().empty());
  EXPECT_TRUE(ends().empty());
}

TEST_F(ModuleSpansKernels, Nest) {
  run(R"py(
from gilscope import kernels
def inner(*tile):
    kernels.countdown(100, release_gil=False)
kernels.mandelbrot(8, 100, num_threads=2, on_tile=inner)
)py");
  finish();
  expect_whole_calls(begins().size());
  EXPECT_GT(begins().size(), 1u);
  // On each lane the calls lie within one another: what ends is what began last.
  std::map<std::uint32_t, std::vector<std::uint32_t>> open;
  for (const RecordedTurn& recorded : events()) {
    std::vector<std::uint32_t>& stack = open[recorded.thread];
    if (recorded.turn.kind == RecordKind::kKernelBegin) stack.push_back(recorded.turn.sequence);
    if (recorded.turn.kind != RecordKind::kKernelEnd) continue;
    ASSERT_FALSE(stack.empty());
    EXPECT_EQ(stack.back(), recorded.turn.sequence);
    stack.pop_back();
  }
}

TEST_F(ModuleSpansKernels, ManyThreadsAtOnce) {
  run("from gilscope import kernels\n");
  constexpr int kThreads = 4, kCalls = 50;
  on_threads(kThreads, [](int index) {
    run(std::string("from gilscope import kernels\n"
                    "for i in range(50):\n"
                    "    kernels.countdown(40_000, num_threads=2, release_gil=i % 2 == ") +
        (index % 2 == 0 ? "0" : "1") + ")\n");
  });
  finish();
  expect_whole_calls(kThreads * kCalls);
}

TEST_F(ModuleSpansKernels, AForkedChildRunsThemUnrecorded) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "a forked child that starts threads is beyond the sanitizers";
#endif
  run(R"py(
import gc, os
from gilscope import kernels
kernels.countdown(100_000, num_threads=2)
child = os.fork()
if child == 0:
    try:
        kernels.countdown(100_000, num_threads=2)
        kernels.mandelbrot(8, 100, num_threads=2, on_tile=lambda *tile: None)
        gc.collect()
        os._exit(7)
    finally:
        os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
kernels.countdown(100_000, num_threads=2)
)py");
  finish();
  expect_whole_calls(2);
}

}  // namespace
}  // namespace gilscope::py
