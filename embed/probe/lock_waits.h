// Waits on Python's own locks: what keeps threads from running where there is no GIL. A free-threaded Python
// parks a thread on a semaphore, and each sleep on one of a thread that runs Python is a span on that
// thread's lane. Not for the GIL: gil_watch.h. Thread rule: watch() and unwatch() while no other thread runs
// Python; the rest by any thread, inside hooks: nothing allocates, throws or changes errno.
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
using Reader = Sleeper (*)() noexcept;

/// From now on sleeps are recorded as what `reader` says of the thread that is about to sleep.
void watch(Reader reader) noexcept;
void unwatch() noexcept;

#pragma GCC visibility push(hidden)
namespace detail {
extern std::atomic<Reader> reader;
}
#pragma GCC visibility pop
/// Null: none are watched.
inline Reader reader() noexcept { return detail::reader.load(std::memory_order_relaxed); }

/// The calling thread slept on a semaphore from `begun` until now.
void slept(Sleeper sleeper, Ticks begun) noexcept;

}  // namespace gilscope::probe::lock_waits
