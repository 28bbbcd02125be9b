// The interposed semaphores, and nothing else: Python's locks sleep in these. As in pthread_hooks.cpp,
// libpython's calls come here first. Where none are watched they cost one load. Thread rule: called by every
// thread of the process at any time; nothing here allocates, throws or changes errno.
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
int sleep_on(sem_t* semaphore, const void* caller, Wait&& wait) {
  const lock_waits::Watch* const watch = lock_waits::watch_of(caller);
  if (watch == nullptr) return wait();
  const int saved_errno = errno;
  if (sem_trywait(semaphore) == 0) return 0;
  lock_waits::Sleeper sleeper;
  if (watch->sleeper != nullptr) sleeper = watch->sleeper();
  // Before any tick is read: a thread's life begins before its first sleep.
  if (sleeper.is_python && !recorder::is_asleep()) recorder::attach_this_thread();
  const Ticks begun = sleeper.is_python ? now() : 0;
  errno = saved_errno;
  // Last: until here the thread would not notice one.
  if (lock_waits::must_see_signal(*watch, semaphore)) {
    errno = EINTR;
    return -1;
  }
  const int result = wait();
  if (!sleeper.is_python) return result;
  const int errno_of_wait = errno;
  lock_waits::slept(sleeper, begun);
  errno = errno_of_wait;
  return result;
}

}  // namespace

GILSCOPE_INTERPOSE int sem_wait(sem_t* semaphore) {
  return sleep_on(semaphore, __builtin_return_address(0),
                  [=] { return real(real_wait, "sem_wait")(semaphore); });
}

GILSCOPE_INTERPOSE int sem_timedwait(sem_t* __restrict semaphore, const timespec* __restrict until) {
  return sleep_on(semaphore, __builtin_return_address(0),
                  [=] { return real(real_timedwait, "sem_timedwait")(semaphore, until); });
}

GILSCOPE_INTERPOSE int sem_clockwait(sem_t* __restrict semaphore, clockid_t clock,
                                     const timespec* __restrict until) {
  return sleep_on(semaphore, __builtin_return_address(0),
                  [=] { return real(real_clockwait, "sem_clockwait")(semaphore, clock, until); });
}
