#include "embed/probe/clock.h"

#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gilscope::probe {
namespace {

TEST(Clock, SourceHasAName) {
  EXPECT_NE(clock_source_name(clock_source()), "unknown");
  EXPECT_EQ(clock_is_fast(), clock_source() != ClockSource::kMonotonic);
  EXPECT_NE(clock_source_name(ClockSource::kTsc), clock_source_name(ClockSource::kMonotonic));
}

TEST(Clock, NeverGoesBackOnAThread) {
  std::latch start(3);
  std::vector<int> backwards(3);
  std::vector<std::thread> threads;
  for (int& count : backwards) {
    threads.emplace_back([&start, &count] {
      start.arrive_and_wait();
      Ticks last = now();
      for (int i = 0; i < 200'000; ++i) {
        const Ticks next = now();
        if (next < last) ++count;
        last = next;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : backwards) EXPECT_EQ(count, 0);
}

TEST(Clock, ScaleIsThatOfTheMonotonicClock) {
  const ClockSample begin = sample_clocks();
  ClockSample end = sample_clocks();
  while (end.monotonic_ns - begin.monotonic_ns < 20'000'000) end = sample_clocks();
  const TickScale scale = tick_scale(begin, end);

  // Another span, measured by both clocks.
  const ClockSample other_begin = sample_clocks();
  ClockSample other_end = sample_clocks();
  while (other_end.monotonic_ns - other_begin.monotonic_ns < 20'000'000) other_end = sample_clocks();
  const auto expected = static_cast<double>(other_end.monotonic_ns - other_begin.monotonic_ns);
  EXPECT_NEAR(static_cast<double>(scale.ns(other_end.ticks - other_begin.ticks)), expected, 0.01 * expected);
}

TEST(Clock, ScaleOfAShortSpanIsExtended) {
  const ClockSample begin = sample_clocks();
  const TickScale scale = tick_scale(begin, begin);
  EXPECT_GE(sample_clocks().monotonic_ns - begin.monotonic_ns, 1'000'000u);
  EXPECT_GT(scale.ns_per_tick, 0.0);
  EXPECT_LT(scale.ns_per_tick, 1e6);
}

TEST(Clock, NanosecondsAreRounded) {
  EXPECT_EQ(TickScale{0.5}.ns(3), 2u);
  EXPECT_EQ(TickScale{0.4}.ns(1), 0u);
  EXPECT_EQ(TickScale{1.0}.ns(12'345'678'901), 12'345'678'901u);
  EXPECT_EQ(TickScale{2.0}.ns(0), 0u);
}

// libstdc++'s steady clock is CLOCK_MONOTONIC.
std::uint64_t steady_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

TEST(Clock, SamplesLieBetweenReadings) {
  const Ticks before = now();
  const std::uint64_t before_ns = steady_ns();
  const ClockSample sample = sample_clocks();
  const std::uint64_t after_ns = steady_ns();
  const Ticks after = now();
  EXPECT_LE(before, sample.ticks);
  EXPECT_LE(sample.ticks, after);
  EXPECT_LE(before_ns, sample.monotonic_ns);
  EXPECT_LE(sample.monotonic_ns, after_ns);
}

TEST(Clock, ResolutionIsASmallStep) {
  const Ticks resolution = clock_resolution_ticks();
  EXPECT_GT(resolution, 0u);
  const ClockSample begin = sample_clocks();
  EXPECT_LT(tick_scale(begin, begin).ns(resolution), 1'000'000u);
}

}  // namespace
}  // namespace gilscope::probe
