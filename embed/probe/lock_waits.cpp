#include "embed/probe/lock_waits.h"

#include "embed/probe/clock.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe::lock_waits {

namespace {

constinit Watch kept;
// The semaphore that the thread was last kept from sleeping on.
constinit thread_local const void* kept_awake_at = nullptr;

}  // namespace

constinit std::atomic<const Watch*> detail::current{nullptr};

void watch(const Watch& watch) noexcept {
  kept = watch;
  // Release: pairs with watch_of().
  detail::current.store(&kept, std::memory_order_release);
}
void unwatch() noexcept { detail::current.store(nullptr, std::memory_order_relaxed); }

bool records_sleeps() noexcept {
  const Watch* const watch = detail::current.load(std::memory_order_acquire);
  return watch != nullptr && watch->sleeper != nullptr;
}

bool must_see_signal(const Watch& watch, const void* semaphore) noexcept {
  const void* const before = kept_awake_at;
  kept_awake_at = nullptr;
  if (before == semaphore || watch.has_signal == nullptr || !watch.has_signal()) return false;
  kept_awake_at = semaphore;
  return true;
}

void slept(Sleeper sleeper, Ticks begun) noexcept {
  const Ticks ended = now();
  if (!sleeper.is_python || recorder::is_asleep()) return;
  ThreadRecord* const self = recorder::attach_this_thread();
  if (self == nullptr) return;
  Turn sleep;
  sleep.kind = RecordKind::kSleep;
  sleep.location = sleeper.location;
  sleep.requests = sleeper.is_paused ? 1 : 0;
  sleep.want = begun;
  sleep.take = begun;
  sleep.drop = ended;
  self->buffer.publish_before_open(sleep, false);
}

}  // namespace gilscope::probe::lock_waits
