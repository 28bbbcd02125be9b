#include "embed/probe/collector.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "embed/probe/clock.h"
#include "embed/probe/gil_table.h"

namespace gilscope::probe {

namespace {

// Long enough to cost nothing, short enough that the chunks of a busy thread stay in the cache and few in
// number.
constexpr std::chrono::milliseconds kPeriod{10};

// Between reading the clock and saying so a thread takes less than this (50 to 200 ms), unless the system
// gives it no core for so long at that very place.
constexpr Ticks kUnpublishedWantTicks = 200'000'000;

// Who found the GIL's mutex taken this long ago (seconds) wanted something else of it than the GIL.
constexpr Ticks kNoWantTicks = 30'000'000'000;

// A thread's end is noted by a destructor of thread-local data, after which others may still take the GIL;
// only when the system no longer knows the thread is its buffer nobody's.
bool has_exited(const ThreadRecord& record) {
  return syscall(SYS_tgkill, getpid(), record.native_id, 0) != 0 && errno == ESRCH;
}

// The collector that works now, if any: forks wait for the end of its pass.
std::atomic<Collector*> held_in_forks{nullptr};
thread_local Collector* held_now = nullptr;  // from before the fork until after it, in parent and child

}  // namespace

// The child has a copy of every lock, but not the threads that have them. So the collector's thread, which
// nobody but gilscope started, must be asleep: not in a pass, and not in the making either, in which
// libraries that come before run() may allocate.
void Collector::before_fork() noexcept {
  held_now = held_in_forks.load();
  if (held_now == nullptr) return;
  held_now->has_begun_.wait(false);
  held_now->mutex_.lock();
}

void Collector::after_fork() noexcept {
  if (held_now != nullptr) std::exchange(held_now, nullptr)->mutex_.unlock();
}

void Collector::hold_still_in_forks() {
  static const int watched = pthread_atfork(before_fork, after_fork, after_fork);
  static_cast<void>(watched);
  held_in_forks.store(this);
}

void Collector::start_on_writers() {
  started_ = true;
  hold_still_in_forks();
  TurnBuffer::set_relief(relieve, this);
}

// Inside a hook, on a thread that takes the GIL: whoever is draining already does this thread's work too.
void Collector::relieve(void* context) noexcept { static_cast<Collector*>(context)->try_pass(); }

void Collector::try_pass() noexcept {
  if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) pass_locked();
}

void Collector::start() {
  started_ = true;
  hold_still_in_forks();
  TurnBuffer::set_relief(nullptr, nullptr);
  // Signals are for the threads of the script.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  has_begun_ = false;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    thread_has_begun();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Collector::stop() {
  if (!started_) return;
  started_ = false;
  TurnBuffer::set_relief(nullptr, nullptr);
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(wake_mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
    stopping_ = false;  // for another start
  }
  held_in_forks.store(nullptr);
  pass();
}

void Collector::thread_has_begun() noexcept {
  has_begun_ = true;
  has_begun_.notify_all();
}

void Collector::run() {
  pthread_setname_np(pthread_self(), "gilscope");
  thread_has_begun();
  std::unique_lock lock(wake_mutex_);
  while (!stopping_) {
    wake_.wait_for(lock, kPeriod);
    lock.unlock();
    pass();
    lock.lock();
  }
}

void Collector::pass() {
  const std::lock_guard lock(mutex_);
  pass_locked();
}

void Collector::pass_locked() {
  const Ticks started = now();
  Ticks oldest = started > kUnpublishedWantTicks ? started - kUnpublishedWantTicks : 0;
  meet_new_threads();
  const Ticks least = started > kNoWantTicks ? started - kNoWantTicks : 0;
  for (const ThreadRecord* record : threads_) oldest = record->oldest_want(oldest, least);
  std::erase_if(threads_, [this](ThreadRecord* record) {
    // Asked before the last drain: what the thread recorded before it was gone is there then.
    const bool gone = record->end.load(std::memory_order_acquire) != 0 && has_exited(*record);
    record->buffer.drain([&](const Turn* turns, std::size_t count) {
      sink_.add(record->index, {turns, count});
    });
    if (gone) record->buffer.release();
    return gone;
  });
  sink_.end_of_pass(oldest);
}

void Collector::meet_new_threads() {
  ThreadRecord* const newest = recorder::first_thread();
  for (ThreadRecord* record = newest; record != nullptr && record != newest_met_;
       record = record->next.load()) {
    threads_.push_back(record);
  }
  newest_met_ = newest;
}

std::vector<OpenTurnState> open_turns() {
  std::vector<OpenTurnState> open;
  for (GilSlot* slot : gil_table::slots()) {
    const Gil& gil = slot->gil;
    ThreadRecord* const holder = gil.holder.load(std::memory_order_relaxed);
    if (holder == nullptr) continue;
    OpenTurnState& state = open.emplace_back();
    state.thread = holder->index;
    state.gil = gil.index;
    holder->buffer.peek_open(state.want, state.take);
    state.request = gil.request.load(std::memory_order_relaxed);
    state.requests = gil.requests.load(std::memory_order_relaxed);
    state.sequence = gil.sequence.load(std::memory_order_relaxed) - 1;
  }
  for (ThreadRecord* record = recorder::first_thread(); record != nullptr; record = record->next.load()) {
    const Ticks want = record->open_want.load(std::memory_order_relaxed);
    if (want <= ThreadRecord::kWantUnknown || record->end.load() != 0) continue;
    open.push_back(
        {.thread = record->index, .gil = record->open_gil.load(std::memory_order_relaxed), .want = want});
  }
  return open;
}

}  // namespace gilscope::probe
