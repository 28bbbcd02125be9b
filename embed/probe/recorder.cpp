#include "embed/probe/recorder.h"

#include <cerrno>
#include <map>
#include <mutex>
#include <new>

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "embed/probe/clock.h"
#include "embed/probe/places.h"

namespace gilscope::probe {

constinit thread_local ThreadRecord* this_thread_record = nullptr;

namespace {

std::atomic<ThreadRecord*> newest{nullptr};
std::atomic<std::uint32_t> thread_count{0};
std::atomic<bool> forked_child{false};
std::atomic<bool> asleep{false};

pthread_key_t end_key;
pthread_once_t end_key_once = PTHREAD_ONCE_INIT;

// Names are cold, and given outside the hooks.
struct Names {
  std::mutex mutex;
  struct Early {
    std::string name;
    Ticks given;
  };
  std::map<std::int64_t, Early> early;  // threads that were named before they were seen
  std::vector<std::string> interned{""};
  std::map<std::string, std::uint32_t, std::less<>> interned_ids;
};
Names*& names_pointer() {
  static Names* the_names = new Names;  // never destroyed: threads may outlive main
  return the_names;
}
Names& names() { return *names_pointer(); }

// Runs up to PTHREAD_DESTRUCTOR_ITERATIONS times, since other keys' destructors may still take the GIL; the
// last time stands.
void thread_ended(void* ended) {
  auto* const record = static_cast<ThreadRecord*>(ended);
  // Before `end` is set, which says that it may be read, and so the first time only.
  if (record->end.load(std::memory_order_relaxed) == 0) record->cpu_end = cpu_times_of_this_thread();
  record->end.store(now(), std::memory_order_release);
  pthread_setspecific(end_key, record);
}

std::optional<CpuTimes> cpu_since_begin(const ThreadRecord& record, bool has_ended) {
  const std::optional<CpuTimes> now = has_ended ? record.cpu_end : cpu_times_of(record.native_id);
  if (!now || !record.cpu_begin) return std::nullopt;
  return CpuTimes{now->on_cpu_ns - record.cpu_begin->on_cpu_ns,
                  now->runnable_ns - record.cpu_begin->runnable_ns};
}

void make_end_key() { pthread_key_create(&end_key, thread_ended); }

}  // namespace

namespace recorder {

ThreadRecord* attach_this_thread() noexcept {
  if (this_thread_record != nullptr) return this_thread_record;
  const int saved_errno = errno;
  void* memory =
      mmap(nullptr, sizeof(ThreadRecord), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = saved_errno;
  if (memory == MAP_FAILED) return nullptr;
  auto* record = new (memory) ThreadRecord;
  record->index = thread_count.fetch_add(1, std::memory_order_relaxed);
  record->native_id = syscall(SYS_gettid);
  record->cpu_begin = cpu_times_of_this_thread();
  record->begin = now();
  this_thread_record = record;
  pthread_once(&end_key_once, make_end_key);
  pthread_setspecific(end_key, record);
  ThreadRecord* head = newest.load(std::memory_order_relaxed);
  do {
    record->next.store(head, std::memory_order_relaxed);
    // Release: pairs with first_thread(), so that the record is seen complete.
  } while (!newest.compare_exchange_weak(head, record, std::memory_order_release, std::memory_order_relaxed));
  return record;
}

void name_thread(std::int64_t native_id, std::string_view name) {
  if (is_asleep()) return;  // the mutex may have been locked at the fork
  const std::lock_guard lock(names().mutex);
  for (ThreadRecord* record = first_thread(); record != nullptr; record = record->next.load()) {
    // The kernel reuses ids, and the name is for the thread that has it now.
    if (record->native_id == native_id && record->end.load(std::memory_order_relaxed) == 0) {
      record->name = name;
      return;
    }
  }
  names().early.insert_or_assign(native_id, Names::Early{std::string(name), now()});
}

void name_this_thread(std::string_view name) {
  if (is_asleep()) return;  // the mutex may have been locked at the fork
  if (ThreadRecord* record = this_thread_record; record != nullptr) {
    const std::lock_guard lock(names().mutex);
    record->name = name;
    return;
  }
  name_thread(syscall(SYS_gettid), name);
}

std::uint32_t intern_name(std::string_view name) {
  if (is_asleep()) return 0;  // as above
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  if (const auto found = all.interned_ids.find(name); found != all.interned_ids.end()) return found->second;
  const auto id = static_cast<std::uint32_t>(all.interned.size());
  all.interned.emplace_back(name);
  all.interned_ids.emplace(name, id);
  return id;
}

std::vector<std::string> interned_names() {
  if (is_asleep()) return {};  // as above
  const std::lock_guard lock(names().mutex);
  return names().interned;
}

ThreadRecord* first_thread() noexcept { return newest.load(std::memory_order_acquire); }

std::vector<ThreadInfo> threads(bool with_cpu) {
  if (is_asleep()) return {};  // as above
  Names& all = names();
  const std::lock_guard lock(all.mutex);
  std::vector<ThreadInfo> infos;
  for (ThreadRecord* record = first_thread(); record != nullptr; record = record->next.load()) {
    const Ticks end = record->end.load(std::memory_order_acquire);
    if (record->name.empty()) {
      const auto early = all.early.find(record->native_id);
      // A name that was given after the thread ended is for the next thread with its id.
      if (early != all.early.end() && (end == 0 || early->second.given < end)) {
        record->name = early->second.name;
        all.early.erase(early);
      }
    }
    infos.push_back({record->index, record->native_id, record->name, record->begin, end,
                     with_cpu ? cpu_since_begin(*record, end != 0) : std::nullopt});
  }
  return infos;
}

void reset() noexcept {
  newest.store(nullptr, std::memory_order_relaxed);
  thread_count.store(0, std::memory_order_relaxed);
  this_thread_record = nullptr;
}

Aside set_aside() noexcept {
  const Aside aside{newest.load(), thread_count.load(), this_thread_record};
  reset();
  return aside;
}

void resume(const Aside& aside) noexcept {
  newest.store(aside.newest, std::memory_order_release);
  thread_count.store(aside.count, std::memory_order_relaxed);
  this_thread_record = aside.self;
  if (aside.self != nullptr) pthread_setspecific(end_key, aside.self);
}

void forget_after_fork() noexcept {
  forked_child.store(true, std::memory_order_relaxed);
  asleep.store(true, std::memory_order_relaxed);
  reset();
}

void wake_up_after_fork() {
  names_pointer() = new Names;
  places::begin_anew();
  TurnBuffer::forget_memory_used();
  asleep.store(false, std::memory_order_relaxed);
}

bool is_forked_child() noexcept { return forked_child.load(std::memory_order_relaxed); }

bool is_asleep() noexcept { return asleep.load(std::memory_order_relaxed); }

}  // namespace recorder
}  // namespace gilscope::probe
