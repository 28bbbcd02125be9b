#include "embed/probe/lock_waits.h"

#include "embed/probe/clock.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe::lock_waits {

constinit std::atomic<Reader> detail::reader{nullptr};

void watch(Reader reader) noexcept { detail::reader.store(reader, std::memory_order_relaxed); }
void unwatch() noexcept { watch(nullptr); }

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
