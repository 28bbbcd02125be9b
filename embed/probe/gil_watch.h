// What the pthread calls of one thread mean for the GIL. The order of CPython's calls is fixed
// (Python/ceval_gil.c); M is the GIL's mutex and C its condition variable, SM and SC those of the forced
// switch:
//
//   drop_gil   lock(M)  [locked = 0]  signal(C)  unlock(M)        then, if a drop was requested:  lock(SM)
//   wait(SC) unlock(SM) take_gil   lock(M)  { timedwait(C, M) while locked }  lock(SM)  [locked = 1]
//   signal(SC)  unlock(SM)  unlock(M)
//
// So signal(SC) is a take, signal(C) by the holder a drop, timedwait(C) a wait, and one that times out a drop
// request. Takes, drops and requests happen with M locked: a Gil needs no other lock, and its turns are in
// order. Not for addresses (gil_table.h) or for interposing (pthread_hooks.cpp). Nothing here allocates,
// blocks or throws. Thread rule: each function is called on the thread that made the call, with M locked
// unless it says otherwise.
#pragma once

#include <atomic>
#include <cstdint>

#include "embed/probe/recorder.h"
#include "embed/probe/turn.h"

namespace gilscope::probe {

/// One GIL, as far as its pthread calls tell. Written with its M locked; the atomics are read by the
/// collector too.
struct Gil {
  std::atomic<ThreadRecord*> holder{nullptr};
  ThreadRecord* last_holder = nullptr;
  Ticks last_drop = 0;
  std::atomic<Ticks> request{0};           ///< first drop request of the turn that is open; 0: none
  std::atomic<std::uint32_t> sequence{0};  ///< of the next take
  std::uint32_t switches = 0;             ///< takes by another thread than the last (CPython's switch_number)
  std::atomic<std::uint8_t> requests{0};  ///< drop requests of the turn that is open
  std::uint16_t index = 0;                ///< order in which the GILs were seen
  /// Takes begun while another thread held the GIL, as the calls say: 0, or the watch has misunderstood them.
  std::atomic<std::uint64_t> overlaps{0};
  std::atomic<std::uint64_t> lost{0};  ///< turns for which there was no memory
};

namespace gil_watch {

/// lock(M) found M locked by another thread. M is not locked. The tick becomes a want if a wait or a take
/// follows.
inline void lock_contended(const Gil& gil, ThreadRecord& self, Ticks tick) noexcept {
  if (gil.holder.load(std::memory_order_relaxed) != &self)
    self.lock_want.store(tick, std::memory_order_relaxed);
}

/// lock(M) got M at once. M is locked.
inline void lock_free(ThreadRecord& self) noexcept { self.lock_want.store(0, std::memory_order_relaxed); }

/// timedwait(C, M) begins: the thread wants the GIL, which another one holds. `read_now` is read for the
/// first wait only.
template <typename ReadNow>
void wait_begins(const Gil& gil, ThreadRecord& self, ReadNow read_now) noexcept {
  if (self.want != 0) return;
  // Until the tick is known the collector must not take the past as settled.
  self.open_gil.store(gil.index, std::memory_order_relaxed);
  self.open_want.store(ThreadRecord::kWantUnknown, std::memory_order_seq_cst);
  const Ticks lock_want = self.lock_want.load(std::memory_order_relaxed);
  self.want = lock_want != 0 ? lock_want : read_now();
  self.open_want.store(self.want, std::memory_order_relaxed);
}

/// timedwait(C, M) timed out at `tick`; `switches_before` is gil.switches from when it began. As CPython
/// does, this is a drop request if the GIL is held and has not changed hands meanwhile.
void wait_timed_out(Gil& gil, std::uint32_t switches_before, Ticks tick) noexcept;

/// Fills a turn with all that is known at its beginning; what is set here stays for a turn that is given away
/// unasked.
inline void begin_turn(Turn& turn, const Gil& gil, std::uint32_t sequence, Ticks want, Ticks tick) noexcept {
  std::atomic_ref(turn.want).store(want, std::memory_order_relaxed);  // read by TurnBuffer::peek_open
  std::atomic_ref(turn.take).store(tick, std::memory_order_relaxed);
  turn.request = 0;
  turn.sequence = sequence;
  turn.location = 0;
  turn.gil = gil.index;
  turn.requests = 0;
  turn.end = TurnEnd::kGave;
  turn.kind = RecordKind::kTurn;
}

/// signal(SC): the thread has the GIL.
void take(Gil& gil, ThreadRecord& self, Ticks tick) noexcept;

/// take(), for a thread that did not have to wait and held this GIL last. False if that is not so: nothing is
/// done then.
inline bool take_again(Gil& gil, ThreadRecord& self, Ticks tick) noexcept {
  Turn* const turn = self.buffer.ready_slot();
  if (turn == nullptr || gil.last_holder != &self ||
      (self.want | self.lock_want.load(std::memory_order_relaxed)) != 0 ||
      gil.holder.load(std::memory_order_relaxed) != nullptr ||
      gil.request.load(std::memory_order_relaxed) != 0) [[unlikely]] {
    return false;
  }
  const std::uint32_t sequence = gil.sequence.load(std::memory_order_relaxed);
  // The locked instructions that follow wait for all stores: they should find the cache lines here already.
  __builtin_prefetch(turn + 6, 1);
  begin_turn(*turn, gil, sequence, tick, tick);
  gil.sequence.store(sequence + 1, std::memory_order_relaxed);
  gil.holder.store(&self, std::memory_order_relaxed);
  return true;
}

/// signal(C): the thread drops the GIL. `location` is where in Python that is; `by_eval_loop` says who
/// called, and matters only when a drop request is pending. By another thread than the holder this is no
/// drop, but the end of an attempt to take that was given up.
void drop(Gil& gil, ThreadRecord& self, Ticks tick, bool by_eval_loop, std::uint32_t location = 0) noexcept;

/// drop(), for a turn that did not have to wait, and that no other thread has requested. False if that is not
/// so: nothing is done then. The location is read first: reading it is a part of the hold.
template <typename ReadLocation, typename ReadNow>
bool drop_unasked(Gil& gil, ThreadRecord& self, ReadLocation read_location, ReadNow read_now) noexcept {
  Turn* const turn = self.buffer.ready_slot();
  if (gil.holder.load(std::memory_order_relaxed) != &self || turn == nullptr ||
      gil.request.load(std::memory_order_relaxed) != 0 ||
      self.unpublished_want.load(std::memory_order_relaxed) != 0) [[unlikely]] {
    return false;
  }
  turn->location = read_location();
  const Ticks tick = read_now();
  turn->drop = tick;
  gil.last_drop = tick;
  gil.holder.store(nullptr, std::memory_order_relaxed);
  self.buffer.publish_ready(turn);
  return true;
}

}  // namespace gil_watch
}  // namespace gilscope::probe
