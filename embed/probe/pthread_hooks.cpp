// The interposed symbols and nothing else: libpython's calls of these functions come here first, since the
// dynamic linker looks in the executable before it looks in libc. Each asks the table whether a GIL is meant,
// tells gil_watch, and calls the real function. Linked into executables as objects, so that the symbols are
// there even though nothing of ours refers to them. Thread rule: called by every thread of the process at any
// time, also inside malloc and before constructors have run: nothing here allocates, throws or changes errno.
#include <cerrno>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/single_threaded.h>

#include "embed/probe/clock.h"
#include "embed/probe/drop_caller.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/gil_watch.h"
#include "embed/probe/places.h"

#define GILSCOPE_INTERPOSE extern "C" __attribute__((visibility("default")))

// The canonical frame address: where the caller's own frame ends. A constant distance from the stack pointer.
#if defined(__clang__)
#define GILSCOPE_CALLER_STACK() (reinterpret_cast<const std::uintptr_t*>(__builtin_frame_address(0)) + 2)
#else
#define GILSCOPE_CALLER_STACK() (static_cast<const std::uintptr_t*>(__builtin_dwarf_cfa()))
#endif

namespace {

using namespace gilscope::probe;

// glibc on x86-64 keeps two versions of the pthread_cond functions; dlsym may give the old one. Not under
// ThreadSanitizer, whose own definitions have no version and must see that a wait unlocks its mutex.
void* find_real(const char* name, bool is_cond) noexcept {
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
  if (is_cond) return dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
#endif
  static_cast<void>(is_cond);
  return dlsym(RTLD_NEXT, name);
}

// A pointer to the real function. It begins as a function that looks itself up, so a call costs no test.
template <typename Function>
using Real = std::atomic<Function*>;

template <typename Function>
Function* resolve(Real<Function>& real, const char* name, bool is_cond) noexcept {
  const int saved_errno = errno;
  auto* const found = reinterpret_cast<Function*>(find_real(name, is_cond));
  errno = saved_errno;
  real.store(found, std::memory_order_relaxed);
  return found;
}

using LockFn = int(pthread_mutex_t*) noexcept;
using MutexInitFn = int(pthread_mutex_t*, const pthread_mutexattr_t*) noexcept;
using CondInitFn = int(pthread_cond_t*, const pthread_condattr_t*) noexcept;
using SignalFn = int(pthread_cond_t*) noexcept;
using TimedWaitFn = int(pthread_cond_t*, pthread_mutex_t*, const timespec*);

extern Real<LockFn> real_lock;
extern Real<LockFn> real_trylock;
extern Real<LockFn> real_mutex_destroy;
extern Real<MutexInitFn> real_mutex_init;
extern Real<CondInitFn> real_cond_init;
extern Real<SignalFn> real_signal;
extern Real<TimedWaitFn> real_timedwait;

int first_lock(pthread_mutex_t* m) noexcept { return resolve(real_lock, "pthread_mutex_lock", false)(m); }
int first_trylock(pthread_mutex_t* m) noexcept {
  return resolve(real_trylock, "pthread_mutex_trylock", false)(m);
}
int first_mutex_destroy(pthread_mutex_t* m) noexcept {
  return resolve(real_mutex_destroy, "pthread_mutex_destroy", false)(m);
}
int first_mutex_init(pthread_mutex_t* m, const pthread_mutexattr_t* a) noexcept {
  return resolve(real_mutex_init, "pthread_mutex_init", false)(m, a);
}
int first_cond_init(pthread_cond_t* c, const pthread_condattr_t* a) noexcept {
  return resolve(real_cond_init, "pthread_cond_init", true)(c, a);
}
int first_signal(pthread_cond_t* c) noexcept { return resolve(real_signal, "pthread_cond_signal", true)(c); }
int first_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* t) {
  return resolve(real_timedwait, "pthread_cond_timedwait", true)(c, m, t);
}

constinit Real<LockFn> real_lock{first_lock};
constinit Real<LockFn> real_trylock{first_trylock};
constinit Real<LockFn> real_mutex_destroy{first_mutex_destroy};
constinit Real<MutexInitFn> real_mutex_init{first_mutex_init};
constinit Real<CondInitFn> real_cond_init{first_cond_init};
constinit Real<SignalFn> real_signal{first_signal};
constinit Real<TimedWaitFn> real_timedwait{first_timedwait};

template <typename Function>
Function* real(const Real<Function>& pointer) noexcept {
  return pointer.load(std::memory_order_relaxed);
}

ThreadRecord* self() noexcept {
  if (ThreadRecord* record = this_thread_record) [[likely]]
    return record;
  return recorder::attach_this_thread();
}

// The hooks proper are kept so small that they need no stack frame; what is rarer has a function of its own.
#define GILSCOPE_RARE __attribute__((noinline, cold))

__attribute__((noinline)) int lock_gil(GilSlot& slot, pthread_mutex_t* m) noexcept {
  ThreadRecord* const me = self();  // before any tick is read: a thread's life begins before its first want
  if (real(real_trylock)(m) == 0) {
    if (me != nullptr) gil_watch::lock_free(*me);
    return 0;
  }
  if (me != nullptr) gil_watch::lock_contended(slot.gil, *me, now());
  return real(real_lock)(m);
}

GILSCOPE_RARE int lock_other(pthread_mutex_t* m, const std::uintptr_t* stack,
                             const void* return_address) noexcept {
  if (gil_table::is_learning()) gil_table::learn({LearnedCall::Kind::kLock, m, stack, return_address});
  if (GilSlot* const slot = gil_table::further_by_mutex(m)) return lock_gil(*slot, m);
  return real(real_lock)(m);
}

__attribute__((noinline)) int take(GilSlot& slot, pthread_cond_t* c) noexcept {
  if (ThreadRecord* const me = self(); me != nullptr) {
    gil_watch::take(slot.gil, *me, now());
  } else {
    slot.gil.sequence.fetch_add(1, std::memory_order_relaxed);
    slot.gil.lost.fetch_add(1, std::memory_order_relaxed);
  }
  return real(real_signal)(c);
}

// Where the thread is in Python; it must hold the GIL.
std::uint32_t read_location(const GilSlot& slot) noexcept {
  const places::Reader read = places::reader();
  return read != nullptr ? read(slot.mutex.load(std::memory_order_relaxed)) : 0;
}

__attribute__((noinline)) int drop(GilSlot& slot, pthread_cond_t* c, const std::uintptr_t* stack,
                                   const void* return_address) noexcept {
  if (ThreadRecord* const me = this_thread_record; me != nullptr) {
    const bool holds = slot.gil.holder.load(std::memory_order_relaxed) == me;
    const std::uint32_t location = holds ? read_location(slot) : 0;
    const Ticks tick = now();
    const bool requested = slot.gil.request.load(std::memory_order_relaxed) != 0;
    gil_watch::drop(slot.gil, *me, tick, requested && drop_caller::by_eval_loop(stack, return_address),
                    location);
  }
  return real(real_signal)(c);
}

void count_take(GilSlot& slot) noexcept {
  slot.takes_counted.store(slot.takes_counted.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

GILSCOPE_RARE int signal_other(pthread_cond_t* c, const std::uintptr_t* stack,
                               const void* return_address) noexcept {
  if (gil_table::is_learning()) gil_table::learn({LearnedCall::Kind::kSignal, c, stack, return_address});
  bool is_switch_cond = false;
  GilSlot* const slot = gil_table::further_by_cond(c, is_switch_cond);
  if (slot == nullptr) return real(real_signal)(c);
  if (!is_switch_cond) return drop(*slot, c, stack, return_address);
  count_take(*slot);
  return take(*slot, c);
}

}  // namespace

GILSCOPE_INTERPOSE int pthread_mutex_lock(pthread_mutex_t* m) noexcept {
  if (gil_table::is_main_mutex(m)) {
    // About to drop, or alone: nothing to be learned from that. (Alone, glibc locks without an atomic
    // instruction, but tries to lock with one.)
    if (__libc_single_threaded != 0 ||
        gil_table::main_slot.gil.holder.load(std::memory_order_relaxed) == this_thread_record) {
      return real(real_lock)(m);
    }
    return lock_gil(gil_table::main_slot, m);
  }
  if (gil_table::must_look_further()) [[unlikely]] {
    return lock_other(m, GILSCOPE_CALLER_STACK(), __builtin_return_address(0));
  }
  return real(real_lock)(m);
}

GILSCOPE_INTERPOSE int pthread_cond_signal(pthread_cond_t* c) noexcept {
  GilSlot& slot = gil_table::main_slot;
  if (gil_table::is_main_switch_cond(c)) {
    count_take(slot);
    ThreadRecord* const me = this_thread_record;
    if (me != nullptr && clock_is_fast() && gil_watch::take_again(slot.gil, *me, fast_now())) [[likely]] {
      return real(real_signal)(c);
    }
    return take(slot, c);
  }
  if (gil_table::is_main_cond(c)) {
    ThreadRecord* const me = this_thread_record;
    if (me != nullptr && clock_is_fast() &&
        gil_watch::drop_unasked(
            slot.gil, *me, [&] { return read_location(slot); }, fast_now)) [[likely]] {
      return real(real_signal)(c);
    }
    return drop(slot, c, GILSCOPE_CALLER_STACK(), __builtin_return_address(0));
  }
  if (gil_table::must_look_further()) [[unlikely]] {
    return signal_other(c, GILSCOPE_CALLER_STACK(), __builtin_return_address(0));
  }
  return real(real_signal)(c);
}

GILSCOPE_INTERPOSE int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* until) {
  bool is_switch_cond = false;
  GilSlot* slot = nullptr;
  if (gil_table::is_main_cond(c)) {
    slot = &gil_table::main_slot;
  } else if (gil_table::must_look_further()) {
    slot = gil_table::further_by_cond(c, is_switch_cond);
  }
  ThreadRecord* const me = slot != nullptr && !is_switch_cond ? self() : nullptr;
  if (me == nullptr) return real(real_timedwait)(c, m, until);
  gil_watch::wait_begins(slot->gil, *me, now);
  const std::uint32_t switches_before = slot->gil.switches;
  const int result = real(real_timedwait)(c, m, until);
  if (result == ETIMEDOUT) gil_watch::wait_timed_out(slot->gil, switches_before, now());
  return result;
}

GILSCOPE_INTERPOSE int pthread_mutex_init(pthread_mutex_t* m,
                                          const pthread_mutexattr_t* attributes) noexcept {
  gil_table::mutex_made(m);
  return real(real_mutex_init)(m, attributes);
}

GILSCOPE_INTERPOSE int pthread_mutex_destroy(pthread_mutex_t* m) noexcept {
  gil_table::mutex_destroyed(m);
  return real(real_mutex_destroy)(m);
}

GILSCOPE_INTERPOSE int pthread_cond_init(pthread_cond_t* c, const pthread_condattr_t* attributes) noexcept {
  const int result = real(real_cond_init)(c, attributes);
  gil_table::cond_made(c);
  return result;
}
