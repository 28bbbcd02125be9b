// The threads that touched a GIL, and what each has recorded: a record per thread with its buffer, its names
// and its life. Owns the registry, the one singleton of the program, because the interposed C functions reach
// nothing else. Not for what the pthread calls mean: gil_watch.h. Thread rule: a ThreadRecord's marked
// members belong to its thread; the rest is atomic or behind the registry's mutex.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "embed/probe/cpu_times.h"
#include "embed/probe/turn.h"
#include "embed/probe/turn_buffer.h"

namespace gilscope::probe {

struct ThreadRecord {
  TurnBuffer buffer;

  // The thread's own, written by gil_watch.
  Ticks want =
      0;  ///< since when it wants the GIL for sure: it waits, or was asked to drop it; 0: it does not
  /// When it found the GIL's mutex taken; a want only if a wait or a take follows. The collector reads it,
  /// too.
  std::atomic<Ticks> lock_want{0};
  /// `want` for the collector: 0, or the tick, or kWantUnknown just before the tick is read.
  std::atomic<Ticks> open_want{0};
  /// Likewise of a turn that has been taken after a wait, and is published at its drop; 0: there is none.
  std::atomic<Ticks> unpublished_want{0};
  std::atomic<std::uint16_t> open_gil{0};  ///< which GIL `open_want` is for

  static constexpr Ticks kWantUnknown = 1;

  /// For the collector, before it drains the buffer: no record that is not published yet has an earlier want.
  /// `most` if there is none to speak of; a `lock_want` before `least` is one that nothing followed.
  Ticks oldest_want(Ticks most, Ticks least) const noexcept {
    // Acquire: pairs with the release in take(); who sees one of these gone sees unpublished_want.
    const Ticks locks = lock_want.load(std::memory_order_acquire);
    const Ticks waits = open_want.load(std::memory_order_seq_cst);  // pairs with wait_begins()
    // Acquire: pairs with the release in drop(); who sees it gone drains the turn.
    const Ticks unpublished = unpublished_want.load(std::memory_order_acquire);
    if (locks >= least && locks != 0) most = std::min(most, locks);
    if (waits != 0) most = std::min(most, waits);
    if (unpublished != 0) most = std::min(most, unpublished);
    return most;
  }

  // Cold.
  std::uint32_t index = 0;            ///< order of first sight
  std::int64_t native_id = 0;         ///< gettid()
  Ticks begin = 0;                    ///< first sight
  std::atomic<Ticks> end{0};          ///< when the thread ended; 0 while it lives
  std::string name;                   ///< behind the registry's mutex
  std::optional<CpuTimes> cpu_begin;  ///< at first sight
  std::optional<CpuTimes> cpu_end;    ///< when it ended; read after `end`
  std::atomic<ThreadRecord*> next{nullptr};
};

/// The calling thread's record; null until it is first seen.
extern constinit thread_local ThreadRecord* this_thread_record;

/// What is known of a thread, for views.
struct ThreadInfo {
  std::uint32_t index = 0;
  std::int64_t native_id = 0;
  std::string name;
  Ticks begin = 0;
  Ticks end = 0;                ///< 0 while it lives
  std::optional<CpuTimes> cpu;  ///< since `begin`; nothing where the kernel does not say
};

namespace recorder {

/// The calling thread's record, made at the first call. Takes no lock and calls no malloc that a hook could
/// be inside of. Null when there is no memory: the thread's turns are then lost.
ThreadRecord* attach_this_thread() noexcept;

/// Names a thread by its gettid(); the latest name stands. Unknown threads are remembered until they appear.
void name_thread(std::int64_t native_id, std::string_view name);
void name_this_thread(std::string_view name);

/// The id of a region's or mark's name; the same for the same text. Ids count from 1.
std::uint32_t intern_name(std::string_view name);
/// All interned names; index 0 is empty.
std::vector<std::string> interned_names();

/// First of all records, linked by `next`, newest first.
ThreadRecord* first_thread() noexcept;
/// All of them, newest first. `with_cpu` costs a look into /proc for each that lives.
std::vector<ThreadInfo> threads(bool with_cpu = false);

/// Forgets all threads and what they recorded, for a new recording. No other thread may run Python.
void reset() noexcept;

/// What was recorded so far, out of sight while something else is tried. Only while one thread has touched a
/// GIL, by that thread.
struct Aside {
  ThreadRecord* newest = nullptr;
  std::uint32_t count = 0;
  ThreadRecord* self = nullptr;
};
Aside set_aside() noexcept;
void resume(const Aside& aside) noexcept;

/// The calling thread is the only one of a forked child: forget everything the parent recorded, and record
/// nothing until wake_up_after_fork().
void forget_after_fork() noexcept;
/// In such a child, while it has this one thread: it may be recorded from now on, with names and places of
/// its own. Whatever lock of the parent's was taken at the fork is left behind. Throws std::bad_alloc.
void wake_up_after_fork();
/// True in a forked child, also in one that is recorded itself.
bool is_forked_child() noexcept;
/// True in a forked child that records nothing.
bool is_asleep() noexcept;

}  // namespace recorder
}  // namespace gilscope::probe
