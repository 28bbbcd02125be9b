// The sleeps of threads on Python's own locks, where there is no GIL: by thread and by place. Not for waits
// for a GIL: who_waited.h. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

struct SleepTotals {
  std::uint64_t count = 0;
  probe::Ticks ticks = 0;
  probe::Ticks longest = 0;

  void add(probe::Ticks slept) {
    ++count;
    ticks += slept;
    longest = std::max(longest, slept);
  }
};

/// On a lock, or because another thread had stopped the world.
struct ThreadSleeps {
  SleepTotals blocked;
  SleepTotals paused;
};

class LockWaits {
 public:
  /// A record of kind kSleep.
  void add(std::uint32_t thread, const probe::Turn& sleep) {
    const probe::Ticks slept = sleep.drop - std::min(sleep.drop, sleep.take);
    const bool is_paused = sleep.requests != 0;
    if (thread >= threads_.size()) threads_.resize(thread + std::size_t{1});
    (is_paused ? threads_[thread].paused : threads_[thread].blocked).add(slept);
    if (!is_paused) places_[sleep.location].add(slept);
  }

  ThreadSleeps of_thread(std::uint32_t thread) const {
    return thread < threads_.size() ? threads_[thread] : ThreadSleeps{};
  }
  /// Of those on locks; by number of the place.
  const std::map<std::uint32_t, SleepTotals>& places() const noexcept { return places_; }

 private:
  std::vector<ThreadSleeps> threads_;
  std::map<std::uint32_t, SleepTotals> places_;
};

}  // namespace gilscope::app
