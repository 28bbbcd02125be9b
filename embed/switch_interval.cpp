#include <Python.h>

#include "embed/switch_interval.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstring>

#include <pthread.h>

#include "embed/probe/gil_table.h"
#include "embed/py_ref.h"
#include "embed/switch_interval_watch.h"
#include "embed/worker_threads.h"

namespace gilscope::py {

namespace {

// CPython sets and reads this number without a lock, too.
std::atomic<const unsigned long*> interval_us{nullptr};
pthread_t main_thread;
std::atomic<unsigned long> told_us{0};       // 0: what is in force
std::atomic<int> unanswered{0};              // requests that the main thread has not carried out yet
std::atomic<unsigned long> requested_us{0};  // the last of them

// 0: an error, which is cleared.
unsigned long asked_of_python() noexcept {
  PyObject* const function = PySys_GetObject("getswitchinterval");
  const PyRef seconds = function != nullptr ? PyRef::steal(PyObject_CallNoArgs(function)) : PyRef();
  const double value = seconds ? PyFloat_AsDouble(seconds.get()) : 0;
  PyErr_Clear();
  return value > 0 ? static_cast<unsigned long>(value * 1e6 + 0.5) : 0;
}

bool set_by_python(unsigned long microseconds) noexcept {
  const OwnIntervalCall own;
  PyObject* const function = PySys_GetObject("setswitchinterval");
  const PyRef seconds =
      PyRef::steal(PyFloat_FromDouble(static_cast<double>(microseconds) / 1e6 + kHalfMicrosecond));
  const bool done =
      function != nullptr && seconds && PyRef::steal(PyObject_CallOneArg(function, seconds.get()));
  PyErr_Clear();
  return done;
}

unsigned long read_interval(const unsigned long* address) noexcept {
  return __atomic_load_n(address, __ATOMIC_RELAXED);
}

// A pending call: on the main thread, with the GIL.
int apply(void* requested) {
  const auto microseconds = static_cast<unsigned long>(reinterpret_cast<std::uintptr_t>(requested));
  if (set_by_python(microseconds) && told_us.load() != 0) told_us.store(microseconds);
  unanswered.fetch_sub(1);
  return 0;
}

void on_nudge(int) {}

// The main thread may wait for a lock (Thread.join). A signal ends the wait for as long as it takes to carry
// out pending calls; one that is ignored unless somebody asks for it disturbs nobody.
void nudge_main_thread() noexcept {
  struct sigaction before;
  if (sigaction(SIGURG, nullptr, &before) != 0) return;
  if (before.sa_handler != on_nudge) {
    if ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL) return;
    struct sigaction ours;
    std::memset(&ours, 0, sizeof ours);
    ours.sa_handler = on_nudge;  // without SA_RESTART
    if (sigaction(SIGURG, &ours, nullptr) != 0) return;
  }
  pthread_kill(main_thread, SIGURG);
}

void call_main_thread() noexcept {
  wake_main_thread();
  nudge_main_thread();
}

}  // namespace

bool learn_switch_interval(std::optional<std::ptrdiff_t> last_holder_offset) noexcept {
  main_thread = pthread_self();
  const auto* const mutex =
      static_cast<const char*>(probe::gil_table::detail::main_mutex.load(std::memory_order_relaxed));
  if (mutex == nullptr || !last_holder_offset) return false;
  // It stands before the last holder (struct _gil_runtime_state, Python/pycore_gil.h).
  const auto* const address = reinterpret_cast<const unsigned long*>(mutex + *last_holder_offset) - 1;
  const unsigned long before = asked_of_python();
  if (before == 0 || read_interval(address) != before || !set_by_python(before + 1)) return false;
  const bool followed = read_interval(address) == before + 1;
  set_by_python(before);
  if (!followed || read_interval(address) != before) return false;
  interval_us.store(address);
  return true;
}

double switch_interval() noexcept {
  // The main thread may have begun to wait for a lock just after the signal came.
  if (unanswered.load() > 0) call_main_thread();
  const unsigned long* const address = interval_us.load();
  const unsigned long told = told_us.load();
  if (address != nullptr && told != 0) return static_cast<double>(told) / 1e6;
  return address != nullptr ? static_cast<double>(read_interval(address)) / 1e6 : 0;
}

double requested_switch_interval() noexcept {
  if (unanswered.load() > 0) return static_cast<double>(requested_us.load()) / 1e6;
  return switch_interval();
}

void request_switch_interval(double seconds) noexcept {
  const auto microseconds = static_cast<std::uintptr_t>(seconds * 1e6 + 0.5);
  if (microseconds == 0) return;
  requested_us.store(microseconds);
  unanswered.fetch_add(1);
  if (Py_AddPendingCall(apply, reinterpret_cast<void*>(microseconds)) != 0) {
    unanswered.fetch_sub(1);
    return;
  }
  call_main_thread();
}

IntervalAside::IntervalAside(double seconds) noexcept {
  told_us.store(static_cast<unsigned long>(seconds * 1e6 + 0.5));
}

IntervalAside::~IntervalAside() { told_us.store(0); }

}  // namespace gilscope::py
