#include <Python.h>

#include "embed/lock_waits.h"

#include <span>

#include <dlfcn.h>
#include <link.h>

#include "embed/code_location.h"
#include "embed/interpreter.h"
#include "embed/probe/clock.h"
#include "embed/probe/lock_waits.h"
#include "embed/probe/recorder.h"

namespace gilscope::py {

namespace {

using probe::Turn;

probe::lock_waits::Sleeper this_sleeper() noexcept {
  PyThreadState* const state = PyGILState_GetThisThreadState();
  if (state == nullptr || may_be_gone()) return {};
  return {true, is_suspended(state), place_of(state)};
}

bool has_signal() noexcept {
  return !may_be_gone() && has_unhandled_signal(PyGILState_GetThisThreadState());
}

// The executable segment that Python's locks are in, which may be this program's own.
void find_python_code(probe::lock_waits::Watch& watch) noexcept {
  void* address = dlsym(RTLD_NEXT, "PyThread_acquire_lock_timed");  // ours may be a jump to it
  if (address == nullptr) address = reinterpret_cast<void*>(&PyThread_acquire_lock_timed);
  struct Search {
    const std::byte* address;
    probe::lock_waits::Watch& watch;
  } search{static_cast<const std::byte*>(address), watch};
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* context) noexcept {
        auto& [wanted, found] = *static_cast<Search*>(context);
        for (const auto& segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
          const auto* const begin = reinterpret_cast<const std::byte*>(object->dlpi_addr + segment.p_vaddr);
          const auto* const end = begin + segment.p_memsz;
          if (segment.p_type != PT_LOAD || wanted < begin || wanted >= end) continue;
          found.code_begin = begin;
          found.code_end = end;
          return 1;
        }
        return 0;
      },
      &search);
}

// Sleeps once, for a known time, on a lock that is its own.
std::string test_one_sleep() {
  constexpr long long kMicroseconds = 200;
  const PyThread_type_lock lock = PyThread_allocate_lock();
  if (lock == nullptr) return "there is no memory for a lock";
  PyThread_acquire_lock(lock, WAIT_LOCK);
  const probe::ClockSample begin = probe::sample_clocks();
  const PyLockStatus status = PyThread_acquire_lock_timed(lock, kMicroseconds, 0);
  const probe::ClockSample end = probe::sample_clocks();
  PyThread_release_lock(lock);
  PyThread_free_lock(lock);
  if (status == PY_LOCK_ACQUIRED) return "a lock that was taken could be taken again";
  std::vector<Turn> sleeps;
  probe::recorder::attach_this_thread()->buffer.drain(
      [&](const Turn* first, std::size_t count) { sleeps.insert(sleeps.end(), first, first + count); });
  if (sleeps.size() != 1) {
    return "a wait on a lock was seen as " + std::to_string(sleeps.size()) + " sleeps, not as one";
  }
  const Turn& sleep = sleeps.front();
  const double ns = probe::tick_scale(begin, end).ns_per_tick * static_cast<double>(sleep.drop - sleep.take);
  const bool lies_within = begin.ticks <= sleep.take && sleep.take < sleep.drop && sleep.drop <= end.ticks;
  // Clocks differ a little.
  if (!lies_within || ns < 900.0 * kMicroseconds) return "the time of a wait on a lock was misread";
  return {};
}

}  // namespace

std::string watch_lock_waits(bool locations) {
  probe::recorder::reset();
  if (probe::recorder::attach_this_thread() == nullptr) return "there is no memory to record in";
  probe::lock_waits::Watch watch{.sleeper = this_sleeper, .has_signal = has_signal};
  find_python_code(watch);
  probe::lock_waits::watch(watch);
  std::string wrong = test_one_sleep();
  if (!wrong.empty()) {
    probe::lock_waits::unwatch();
    return wrong;
  }
  if (locations) begin_places();
  probe::recorder::reset();
  probe::recorder::attach_this_thread();
  return {};
}

void watch_signals_before_sleeps() noexcept {
  probe::lock_waits::Watch watch{.has_signal = has_signal};
  find_python_code(watch);
  probe::lock_waits::watch(watch);
}

}  // namespace gilscope::py
