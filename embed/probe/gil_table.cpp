#include "embed/probe/gil_table.h"

#include <new>

#include <time.h>

#include "embed/probe/drop_caller.h"

namespace gilscope::probe::gil_table {

namespace detail {
constinit std::atomic<const void*> main_mutex{nullptr}, main_cond{nullptr}, main_switch_cond{nullptr};
constinit std::atomic<std::uint32_t> look_further{0};
}  // namespace detail

constinit GilSlot main_slot;

namespace {

constinit GilLayout layout;

// Further GILs: slots are added at the end and found by walking; a program has few interpreters, and only one
// that has some pays for the walk.
constinit GilSlot further[kMaxGils - 1];
constinit std::atomic<std::size_t> further_count{0};
constinit GilSlot* all_slots[kMaxGils] = {&main_slot};

// What the calling thread has just initialised, newest last: M, SM.
thread_local const char* made_mutexes[2];
thread_local const char* made_cond;

thread_local bool learning_here;
LearnedCall learned[kMaxLearned];
std::uintptr_t learned_stacks[kMaxLearned][drop_caller::kSearchWords];
std::size_t learned_count;

// The words belong to frames of other functions: what they hold is their business, not a sanitizer's.
__attribute__((no_sanitize("address", "undefined", "thread"))) void copy_stack(
    std::uintptr_t* to, const std::uintptr_t* from) noexcept {
  for (std::size_t i = 0; i < drop_caller::kSearchWords; ++i) {
    to[i] =
        *static_cast<const volatile std::uintptr_t*>(from + i);  // volatile: not by a memcpy that is checked
  }
}

GilSlot* further_at(const char* mutex) noexcept {
  // Acquire: pairs with add_further, whose slot must be seen complete.
  const std::size_t count = further_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) {
    if (further[i].mutex.load(std::memory_order_relaxed) == mutex) return &further[i];
  }
  return nullptr;
}

void add_further(const char* mutex) noexcept {
  const std::size_t count = further_count.load(std::memory_order_relaxed);
  if (count == kMaxGils - 1) return;
  GilSlot& slot = further[count];
  slot.gil.index = static_cast<std::uint16_t>(count + 1);
  slot.mutex.store(mutex, std::memory_order_relaxed);
  all_slots[count + 1] = &slot;
  further_count.store(count + 1, std::memory_order_release);
  detail::look_further.fetch_or(detail::kFurtherGils, std::memory_order_relaxed);
}

void reset(GilSlot& slot) noexcept {
  slot.~GilSlot();
  new (&slot) GilSlot;
}

}  // namespace

GilSlot* further_by_mutex(const void* mutex) noexcept { return further_at(static_cast<const char*>(mutex)); }

GilSlot* further_by_cond(const void* cond, bool& is_switch_cond) noexcept {
  const char* const address = static_cast<const char*>(cond);
  is_switch_cond = true;
  if (GilSlot* slot = further_at(address - layout.switch_cond)) return slot;
  is_switch_cond = false;
  return further_at(address - layout.cond);
}

void watch(const void* mutex, GilLayout new_layout) noexcept {
  unwatch();
  layout = new_layout;
  reset(main_slot);
  for (std::size_t i = further_count.exchange(0); i > 0; --i) reset(further[i - 1]);
  const char* const address = static_cast<const char*>(mutex);
  main_slot.mutex.store(address, std::memory_order_relaxed);
  detail::main_cond.store(address + layout.cond, std::memory_order_relaxed);
  detail::main_switch_cond.store(address + layout.switch_cond, std::memory_order_relaxed);
  detail::main_mutex.store(address, std::memory_order_release);
}

namespace {

void copy(const GilSlot& from, GilSlot& to) noexcept {
  to.gil.holder.store(from.gil.holder.load());
  to.gil.last_holder = from.gil.last_holder;
  to.gil.last_drop = from.gil.last_drop;
  to.gil.request.store(from.gil.request.load());
  to.gil.sequence.store(from.gil.sequence.load());
  to.gil.switches = from.gil.switches;
  to.gil.requests.store(from.gil.requests.load());
  to.gil.overlaps.store(from.gil.overlaps.load());
  to.gil.lost.store(from.gil.lost.load());
  to.takes_counted.store(from.takes_counted.load());
}

}  // namespace

MainGilAside::MainGilAside() noexcept {
  copy(main_slot, kept_);
  copy(GilSlot{}, main_slot);
}

MainGilAside::~MainGilAside() { copy(kept_, main_slot); }

void unwatch() noexcept {
  detail::main_mutex.store(nullptr, std::memory_order_relaxed);
  detail::main_cond.store(nullptr, std::memory_order_relaxed);
  detail::main_switch_cond.store(nullptr, std::memory_order_relaxed);
  const std::size_t count = further_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i) further[i].mutex.store(nullptr, std::memory_order_relaxed);
  detail::look_further.fetch_and(~detail::kFurtherGils, std::memory_order_relaxed);
}

void end_watch() noexcept {
  // A thread that was stopped with the mutex locked, or one that a copy of the process lacks, may never
  // unlock it.
  constexpr long kPatienceNs = 500'000'000, kSecondNs = 1'000'000'000;
  const char* const address = main_slot.mutex.load(std::memory_order_relaxed);
  if (address == nullptr || !is_watching()) return unwatch();
  auto* const mutex = const_cast<pthread_mutex_t*>(reinterpret_cast<const pthread_mutex_t*>(address));
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += kPatienceNs;
  until.tv_sec += until.tv_nsec / kSecondNs;
  until.tv_nsec %= kSecondNs;
  // Not the clocklock of the steady clock: ThreadSanitizer does not see that one.
  const bool locked = pthread_mutex_timedlock(mutex, &until) == 0;
  unwatch();
  if (locked) pthread_mutex_unlock(mutex);
}

GilLayout current_layout() noexcept { return layout; }

bool is_watching() noexcept { return detail::main_mutex.load(std::memory_order_relaxed) != nullptr; }

void sleep_in_forked_children() noexcept {
  static const int registered = pthread_atfork(nullptr, nullptr, [] {
    unwatch();
    recorder::forget_after_fork();
  });
  static_cast<void>(registered);
}

std::span<GilSlot* const> slots() noexcept {
  return {all_slots, 1 + further_count.load(std::memory_order_acquire)};
}

void mutex_made(const void* mutex) noexcept {
  made_mutexes[0] = made_mutexes[1];
  made_mutexes[1] = static_cast<const char*>(mutex);
  made_cond = nullptr;
}

void cond_made(const void* cond) noexcept {
  const char* const address = static_cast<const char*>(cond);
  const char* const before = made_cond;
  made_cond = address;
  const char* const m = made_mutexes[0];
  if (m == nullptr || before != m + layout.cond || address != m + layout.switch_cond ||
      made_mutexes[1] != m + layout.switch_mutex || !is_watching()) {
    return;
  }
  if (m == detail::main_mutex.load(std::memory_order_relaxed)) return;
  // CPython frees an interpreter without destroying its GIL; this one lies in the same memory.
  if (GilSlot* const gone = further_at(m)) gone->mutex.store(nullptr);
  add_further(m);
}

void mutex_destroyed(const void* mutex) noexcept {
  if (!is_watching()) return;
  // The memory may become something else's.
  if (GilSlot* slot = further_at(static_cast<const char*>(mutex))) slot->mutex.store(nullptr);
}

void begin_learning() noexcept {
  learned_count = 0;
  learning_here = true;
  detail::look_further.fetch_or(detail::kLearning, std::memory_order_relaxed);
}

std::span<const LearnedCall> end_learning() noexcept {
  detail::look_further.fetch_and(~detail::kLearning, std::memory_order_relaxed);
  learning_here = false;
  return {learned, learned_count};
}

void learn(LearnedCall call) noexcept {
  if (!learning_here || learned_count >= kMaxLearned) return;
  if (call.caller_stack != nullptr) {
    // Other frames will lie there when it is looked at.
    std::uintptr_t* const copy = learned_stacks[learned_count];
    copy_stack(copy, call.caller_stack);
    call.caller_stack = copy;
  }
  learned[learned_count++] = call;
}

}  // namespace gilscope::probe::gil_table
