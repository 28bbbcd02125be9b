// Which addresses are a GIL's: the main interpreter's, learned once, and those that sub-interpreters make for
// themselves. Says for the address in a pthread call which GIL it belongs to; what the call means is
// gil_watch.h's. Thread rule: the look-ups run in every hook of every thread and take no lock; watch(),
// unwatch() and learning are called with the GIL held, by one thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pthread.h>

#include "embed/probe/gil_watch.h"

namespace gilscope::probe {

/// Where the parts of any GIL of this Python lie, in bytes from its mutex.
struct GilLayout {
  std::ptrdiff_t cond = 0;
  std::ptrdiff_t switch_mutex = 0;
  std::ptrdiff_t switch_cond = 0;
};

/// A GIL that is watched. Slots are never given back: their numbers outlive the GIL.
struct GilSlot {
  Gil gil;
  /// Calls of signal(SC), counted apart from the recorder and from what gil_watch makes of them: the
  /// independent counter.
  std::atomic<std::uint64_t> takes_counted{0};
  std::atomic<const char*> mutex{nullptr};  ///< address of its M; null when free or destroyed
};

/// A call seen while learning.
struct LearnedCall {
  enum class Kind : std::uint8_t { kLock, kSignal } kind;
  const void* address;
  /// Of the hook: its canonical frame address. Once kept, a copy of drop_caller::kSearchWords words there.
  const std::uintptr_t* caller_stack;
  const void* return_address;  ///< into the code that called the hook
};

namespace gil_table {

inline constexpr std::size_t kMaxGils = 1024;

// Read by every hook: hidden, so that no indirection is needed to reach them.
#pragma GCC visibility push(hidden)
namespace detail {
// The main GIL's addresses; null while asleep.
extern std::atomic<const void*> main_mutex, main_cond, main_switch_cond;
inline constexpr std::uint32_t kLearning = 1;
inline constexpr std::uint32_t kFurtherGils = 2;
extern std::atomic<std::uint32_t> look_further;
}  // namespace detail
extern GilSlot main_slot;
#pragma GCC visibility pop

inline bool is_main_mutex(const void* address) noexcept {
  return address == detail::main_mutex.load(std::memory_order_relaxed);
}
inline bool is_main_cond(const void* address) noexcept {
  return address == detail::main_cond.load(std::memory_order_relaxed);
}
inline bool is_main_switch_cond(const void* address) noexcept {
  return address == detail::main_switch_cond.load(std::memory_order_relaxed);
}

/// True while an address that is not the main GIL's must be looked at: while learning, or with further GILs.
inline bool must_look_further() noexcept { return detail::look_further.load(std::memory_order_relaxed) != 0; }

/// The slot of a further GIL whose M, or C or SC, this is; or null.
GilSlot* further_by_mutex(const void* mutex) noexcept;
GilSlot* further_by_cond(const void* cond, bool& is_switch_cond) noexcept;

/// Watches the GIL at `mutex` as the main one, its counters at zero, and further GILs of the same layout from
/// when they are made.
void watch(const void* mutex, GilLayout layout) noexcept;
/// The main GIL's counters out of sight, at zero, while something else is tried; then as they were. GIL held.
class MainGilAside {
 public:
  MainGilAside() noexcept;
  ~MainGilAside();
  MainGilAside(const MainGilAside&) = delete;
  MainGilAside& operator=(const MainGilAside&) = delete;

 private:
  GilSlot kept_;
};

/// Sees nothing any more. What was counted stays readable.
void unwatch() noexcept;
/// unwatch(), at a moment at which no thread is about to take or drop the main GIL: it waits for its mutex,
/// though not for ever. May be called by any thread that is not inside a hook.
void end_watch() noexcept;
bool is_watching() noexcept;
/// As given to watch().
GilLayout current_layout() noexcept;

/// From now on a forked child sees and records nothing; it never touches what its parent recorded.
void sleep_in_forked_children() noexcept;

/// All slots used since watch(): the main GIL's first.
std::span<GilSlot* const> slots() noexcept;

/// Hooks of pthread_mutex_init, pthread_cond_init and pthread_mutex_destroy tell here what was made: a GIL
/// makes M, SM, C and SC in this order on one thread.
void mutex_made(const void* mutex) noexcept;
void cond_made(const void* cond) noexcept;
void mutex_destroyed(const void* mutex) noexcept;

/// From begin to end, the calls that the calling thread makes are kept (the first kMaxLearned of them).
inline constexpr std::size_t kMaxLearned = 32;
void begin_learning() noexcept;
std::span<const LearnedCall> end_learning() noexcept;
inline bool is_learning() noexcept {
  return (detail::look_further.load(std::memory_order_relaxed) & detail::kLearning) != 0;
}
/// Keeps the call if the calling thread is the one that learns.
void learn(LearnedCall call) noexcept;

}  // namespace gil_table
}  // namespace gilscope::probe
