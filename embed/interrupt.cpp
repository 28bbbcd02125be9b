#include <Python.h>

#include "embed/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstring>

#include <time.h>
#include <unistd.h>

#include "embed/probe/process_hooks.h"
#include "embed/probe/recorder.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

struct sigaction pythons;

std::atomic<long> last_press_ms{-1'000'000};
std::atomic<bool> unnoticed{false};  // Python has not raised KeyboardInterrupt since the last Ctrl-C
std::atomic<bool> ending{false};
std::atomic<bool> stops_all{false};
std::atomic<bool> requested{false};

constexpr long kDoublePressMs = 1'000;

[[noreturn]] void end_at_once() noexcept {
  constexpr char kMessage[] = "\ngilscope: ended at once by a second Ctrl-C\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  probe::process_hooks::exit_at_once();
  _exit(130);
}

void pass_on_to_python(int signal_number, siginfo_t* info, void* context) {
  if ((pythons.sa_flags & SA_SIGINFO) != 0) {
    pythons.sa_sigaction(signal_number, info, context);
  } else {
    pythons.sa_handler(signal_number);
  }
}

void on_interrupt(int signal_number, siginfo_t* info, void* context) {
  if (!probe::recorder::is_forked_child()) {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const long now_ms = t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
    const bool is_double = now_ms - last_press_ms.exchange(now_ms) < kDoublePressMs;
    if (unnoticed.exchange(true) || is_double || ending.load()) end_at_once();
    if (stops_all.load()) requested.store(true);
  }
  pass_on_to_python(signal_number, info, context);
}

// What Python calls signal.default_int_handler, which raises KeyboardInterrupt: the object stays the same, as
// scripts compare it, and its function says first that it has been called.
PyMethodDef pythons_default;
PyMethodDef our_default;

PyObject* raise_interrupt(PyObject* module, PyObject* arguments) {
  unnoticed.store(false);
  return pythons_default.ml_meth(module, arguments);
}

PyObject* raise_interrupt_fast(PyObject* module, PyObject* const* arguments, Py_ssize_t count) {
  unnoticed.store(false);
  using Fast = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
  return reinterpret_cast<Fast>(reinterpret_cast<void*>(pythons_default.ml_meth))(module, arguments, count);
}

bool watch_default_handler() noexcept {
  const PyRef module = PyRef::steal(PyImport_ImportModule("_signal"));
  const PyRef object =
      module ? PyRef::steal(PyObject_GetAttrString(module.get(), "default_int_handler")) : PyRef();
  PyErr_Clear();
  if (!object || !PyCFunction_CheckExact(object.get())) return false;
  auto* const function = reinterpret_cast<PyCFunctionObject*>(object.get());
  pythons_default = our_default = *function->m_ml;
  if (our_default.ml_flags == METH_FASTCALL) {
    our_default.ml_meth = reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(raise_interrupt_fast));
  } else if (our_default.ml_flags == METH_VARARGS) {
    our_default.ml_meth = raise_interrupt;
  } else {
    return false;
  }
  function->m_ml = &our_default;
  return true;
}

}  // namespace

void install_interrupt_handler() noexcept {
  if (sigaction(SIGINT, nullptr, &pythons) != 0) return;
  if ((pythons.sa_flags & SA_SIGINFO) == 0 &&
      (pythons.sa_handler == SIG_IGN || pythons.sa_handler == SIG_DFL)) {
    return;
  }
  if (!watch_default_handler()) return;
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_sigaction = on_interrupt;
  ours.sa_flags = (pythons.sa_flags & ~SA_RESTART) | SA_SIGINFO;
  ours.sa_mask = pythons.sa_mask;
  sigaction(SIGINT, &ours, nullptr);
}

void interrupt_ends_program() noexcept { ending.store(true); }

void interrupt_stops_all(bool value) noexcept { stops_all.store(value); }

bool interrupt_requested() noexcept { return requested.load(std::memory_order_relaxed); }
void request_interrupt() noexcept { requested.store(true); }

}  // namespace gilscope::py
