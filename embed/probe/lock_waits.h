// Waits on Python's own semaphores. Where there is no GIL these keep threads from running: a free-threaded
// Python parks a thread on one, and each sleep of a thread that runs Python is a span on that thread's lane.
// With a GIL or without, a signal is not lost that comes just before such a sleep, which recording makes more
// likely. Not for the GIL: gil_watch.h. Thread rule: watch() and unwatch() while no other thread runs Python;
// the rest by any thread, inside hooks: nothing allocates, throws or changes errno.
#pragma once

#include <atomic>
#include <cstdint>

#include "embed/probe/turn.h"

namespace gilscope::probe::lock_waits {

/// Whose sleep it is; what only embed/lock_waits can tell.
struct Sleeper {
  bool is_python = false;      ///< the thread runs Python: its sleep is recorded
  bool is_paused = false;      ///< another thread has stopped the world, and it waits until that goes on
  std::uint32_t location = 0;  ///< where in Python it sleeps: a place's number, or 0
};

/// What is done at Python's semaphores.
struct Watch {
  /// What is recorded of the thread that is about to sleep; null: nothing is.
  Sleeper (*sleeper)() noexcept = nullptr;
  /// Whether a signal waits for the calling thread to handle it; null: nobody asks.
  bool (*has_signal)() noexcept = nullptr;
  /// Python's own calls come from here; those of others are let alone.
  const std::byte* code_begin = nullptr;
  const std::byte* code_end = nullptr;
};

/// From now on what `watch` says is done.
void watch(const Watch& watch) noexcept;
void unwatch() noexcept;

#pragma GCC visibility push(hidden)
namespace detail {
extern std::atomic<const Watch*> current;
}
#pragma GCC visibility pop

/// For a call of a semaphore's wait that returns to `caller`; null: nothing is to be done.
inline const Watch* watch_of(const void* caller) noexcept {
  // Acquire: pairs with watch(), whose words must be seen.
  const Watch* const watch = detail::current.load(std::memory_order_acquire);
  if (watch == nullptr || caller < watch->code_begin || caller >= watch->code_end) return nullptr;
  return watch;
}
/// Whether sleeps are recorded: there is no GIL, then.
bool records_sleeps() noexcept;

/// Whether the calling thread, about to sleep on `semaphore`, must rather go back to Python as one that a
/// signal woke: it came after Python had looked for one. True once for each call of Python's, which may try
/// again at once when it does not care for signals.
bool must_see_signal(const Watch& watch, const void* semaphore) noexcept;

/// The calling thread slept on a semaphore from `begun` until now.
void slept(Sleeper sleeper, Ticks begun) noexcept;

}  // namespace gilscope::probe::lock_waits
