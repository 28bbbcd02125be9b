#include "kernels/countdown.h"

#include <atomic>
#include <cstdint>
#include <ctime>

#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

class StepCounter : public TileWatcher {
 public:
  bool tile_done(const Tile& tile) noexcept override {
    steps += tile.end_row - tile.first_row;
    return true;
  }
  std::atomic<std::uint64_t> steps{0};
};

TEST(Countdown, CountsEveryStepOnce) {
  for (const std::uint64_t n : {0ull, 1ull, 16383ull, 16384ull, 16385ull, 1'000'003ull, 80'000'001ull}) {
    for (const int count : thread_counts()) {
      StepCounter counter;
      EXPECT_EQ(countdown(n, {count, &counter}), TileOutcome::kDone);
      EXPECT_EQ(counter.steps, n);
    }
  }
}

/// Of this thread on a core: what others do on it does not count.
std::int64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t cpu_ns_for(std::uint64_t n) {
  const std::int64_t start = cpu_ns();
  countdown(n, threads(1));
  return cpu_ns() - start;
}

// A loop that the compiler had removed, or turned into a subtraction, would take the same time for any n; one
// that is counted takes a thousand times longer for a thousand times more. Far less is asked for, as caches
// and clocks of cores differ from moment to moment.
TEST(Countdown, TakesTimeForEachStep) {
  countdown(1'000'000, threads(1));
  EXPECT_GT(cpu_ns_for(100'000'000), 5 * cpu_ns_for(100'000));
}

TEST(Countdown, StopsInTheMiddleOfAnEndlessCount) {
  class Impatient : public TileWatcher {
    bool keep_going() noexcept override { return false; }
  } impatient;
  for (const int count : thread_counts()) {
    EXPECT_EQ(countdown(~std::uint64_t{0}, {count, &impatient}), TileOutcome::kStopped);
  }
}

}  // namespace
}  // namespace gilscope::kernels
