// The interposed semaphores, and nothing else: a Python without a GIL sleeps in these and no others. As in
// pthread_hooks.cpp, libpython's calls come here first. Where no sleeps are watched they cost one load.
// Thread rule: called by every thread of the process at any time; nothing here allocates, throws or changes
// errno.
#include <atomic>
#include <cerrno>

#include <dlfcn.h>
#include <semaphore.h>
#include <time.h>

#include "embed/probe/clock.h"
#include "embed/probe/lock_waits.h"
#include "embed/probe/recorder.h"

#define GILSCOPE_INTERPOSE extern "C" __attribute__((visibility("default")))

namespace {

using namespace gilscope::probe;

using WaitFn = int(sem_t*);
using TimedWaitFn = int(sem_t*, const timespec*);
using ClockWaitFn = int(sem_t*, clockid_t, const timespec*);

template <typename Function>
Function* real(std::atomic<Function*>& cached, const char* name) noexcept {
  Function* found = cached.load(std::memory_order_relaxed);
  if (found == nullptr) [[unlikely]] {
    const int saved_errno = errno;
    found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    errno = saved_errno;
    cached.store(found, std::memory_order_relaxed);
  }
  return found;
}

constinit std::atomic<WaitFn*> real_wait{nullptr};
constinit std::atomic<TimedWaitFn*> real_timedwait{nullptr};
constinit std::atomic<ClockWaitFn*> real_clockwait{nullptr};

// The semaphore may be free: that is no sleep.
template <typename Wait>
int sleep_on(sem_t* semaphore, Wait&& wait) {
  const lock_waits::Reader read = lock_waits::reader();
  if (read == nullptr) return wait();
  const int saved_errno = errno;
  if (sem_trywait(semaphore) == 0) return 0;
  errno = saved_errno;
  const lock_waits::Sleeper sleeper = read();
  // Before any tick is read: a thread's life begins before its first sleep.
  if (sleeper.is_python && !recorder::is_asleep()) recorder::attach_this_thread();
  const Ticks begun = now();
  errno = saved_errno;
  const int result = wait();
  const int errno_of_wait = errno;
  lock_waits::slept(sleeper, begun);
  errno = errno_of_wait;
  return result;
}

}  // namespace

GILSCOPE_INTERPOSE int sem_wait(sem_t* semaphore) {
  return sleep_on(semaphore, [=] { return real(real_wait, "sem_wait")(semaphore); });
}

GILSCOPE_INTERPOSE int sem_timedwait(sem_t* __restrict semaphore, const timespec* __restrict until) {
  return sleep_on(semaphore, [=] { return real(real_timedwait, "sem_timedwait")(semaphore, until); });
}

GILSCOPE_INTERPOSE int sem_clockwait(sem_t* __restrict semaphore, clockid_t clock,
                                     const timespec* __restrict until) {
  return sleep_on(semaphore,
                  [=] { return real(real_clockwait, "sem_clockwait")(semaphore, clock, until); });
}
