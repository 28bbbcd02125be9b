#include "embed/kernel_call.h"

#include <new>
#include <utility>

#include <unistd.h>

#include "embed/module_host.h"

namespace gilscope::py {

namespace {

using std::chrono::milliseconds;

// With the GIL in hand a look at the signals costs nothing to others. Without it, each look takes the GIL and
// may wait a switch interval for it, so it is rarer; Ctrl-C is seen sooner all the same, by ModuleHost.
constexpr milliseconds kCheckSignalsHolding{20};
constexpr milliseconds kCheckSignalsReleased{100};

/// Only the main thread of the main interpreter runs Python's signal handlers: elsewhere it would be vain to
/// take the GIL for them. GIL: held.
bool runs_signal_handlers() noexcept {
  return gettid() == getpid() && PyInterpreterState_Get() == PyInterpreterState_Main();
}

int checked_num_threads(PyObject* object) {
  if (object == nullptr || object == Py_None) return 0;
  if (PyBool_Check(object) || !PyIndex_Check(object)) {
    raise_error(PyExc_TypeError, "num_threads must be an int or None, not '%.200s'",
                Py_TYPE(object)->tp_name);
  }
  const PyRef number = raise_if_null(PyNumber_Index(object));
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(number.get(), &overflow);
  if (value == -1 && PyErr_Occurred() != nullptr) throw PyError::fetch();
  if (overflow != 0 || value < 1 || value > kMaxNumThreads) {
    raise_error(PyExc_ValueError, "num_threads must be 1 to %ld, or None for all cores; got %S",
                kMaxNumThreads, number.get());
  }
  return static_cast<int>(value);
}

/// The state of a native thread that runs tiles for a call: made with its first tile, removed when it leaves
/// the kernel. One is enough for each thread: a kernel that on_tile calls in turn finds it as its calling
/// thread's.
struct NativeThread {
  const KernelCall* call = nullptr;
  PyThreadState* state = nullptr;
};
thread_local NativeThread t_native_thread;

}  // namespace

KernelCall::KernelCall(const CallArguments& arguments, std::shared_ptr<ThreadGate> gate)
    : gate_(std::move(gate)),
      release_gil_(arguments.release_gil != 0),
      num_threads_(checked_num_threads(arguments.num_threads)),
      on_tile_(arguments.on_tile == Py_None ? nullptr : arguments.on_tile),
      interpreter_(PyInterpreterState_Get()),
      handles_signals_(runs_signal_handlers()) {
  if (on_tile_ == nullptr) return;
  if (!PyCallable_Check(on_tile_)) {
    raise_error(PyExc_TypeError, "on_tile must be callable or None, not '%.200s'",
                Py_TYPE(on_tile_)->tp_name);
  }
  if (!release_gil_) {
    raise_error(
        PyExc_ValueError,
        "on_tile needs release_gil=True: with release_gil=False the call holds the GIL until all native "
        "threads are done, and they could never take it to call on_tile");
  }
  // While the interpreter shuts down (a __del__ calls a kernel), its last thread alone may take the GIL.
  if (gate_->closed()) num_threads_ = 1;
}

void KernelCall::expect_threads() {
  // Only threads that call on_tile take the GIL; the program knows the main interpreter's.
  if (on_tile_ == nullptr || num_threads_ == 1 || interpreter_ != PyInterpreterState_Main()) return;
  module_host().expect_threads();
}

std::uint64_t KernelCall::tile_begun(const kernels::Tile&) noexcept {
  return recorded_.number != 0 ? module_host().tile_begun() : 0;
}

bool KernelCall::tile_done(const kernels::Tile& tile) noexcept {
  if (recorded_.number != 0) module_host().tile(recorded_, tile.index, tile.begun, !on_calling_thread());
  if (stop_.load(std::memory_order_relaxed)) return false;
  if (on_tile_ == nullptr) return true;
  PyThreadState* state = saved_;
  if (!on_calling_thread()) {
    NativeThread& mine = t_native_thread;
    if (mine.call != this) {
      // The interpreter shuts down under a daemon thread's kernel, which will not return to it.
      if (!gate_->enter()) hang_forever();
      state = new_thread_state(interpreter_);
      gate_->leave();
      if (state == nullptr) {
        no_memory_.store(true, std::memory_order_relaxed);
        stop_.store(true, std::memory_order_relaxed);
        return false;
      }
      mine = {this, state};
    }
    state = mine.state;
  }
  const GilTaken taken(state);
  // Another thread's on_tile may have failed while this one waited for the GIL.
  if (!stop_.load(std::memory_order_relaxed)) call_on_tile(tile);
  return !stop_.load(std::memory_order_relaxed);
}

void KernelCall::thread_done() noexcept {
  NativeThread& mine = t_native_thread;
  if (mine.call != this) return;
  PyThreadState* const state = std::exchange(mine, {}).state;
  take_gil(state);
  remove_thread_state(state);
}

bool KernelCall::keep_going() noexcept {
  if (stop_.load(std::memory_order_relaxed)) return false;
  if (module_host().interrupt_requested()) {
    interrupted_ = true;
    stop_.store(true, std::memory_order_relaxed);
    return false;
  }
  if (!handles_signals_) return true;
  const auto now = std::chrono::steady_clock::now();
  if (now - signals_checked_ < (saved_ != nullptr ? kCheckSignalsReleased : kCheckSignalsHolding))
    return true;
  bool go_on;
  if (saved_ != nullptr) {
    const GilTaken taken(saved_);
    go_on = check_signals();
  } else {
    go_on = check_signals();
  }
  signals_checked_ = std::chrono::steady_clock::now();
  return go_on;
}

bool KernelCall::check_signals() noexcept {
  if (PyErr_CheckSignals() == 0) return true;
  stop_with(PyError::fetch());
  return false;
}

void KernelCall::call_on_tile(const kernels::Tile& tile) noexcept {
  try {
    const PyRef rows = raise_if_null(PyObject_CallFunction(reinterpret_cast<PyObject*>(&PyRange_Type), "KK",
                                                           static_cast<unsigned long long>(tile.first_row),
                                                           static_cast<unsigned long long>(tile.end_row)));
    const PyRef index = raise_if_null(PyLong_FromSize_t(tile.index));
    const PyRef count = raise_if_null(PyLong_FromSize_t(tile.count));
    PyObject* const arguments[] = {index.get(), count.get(), rows.get()};
    raise_if_null(
        hang_if_thread_is_ended([&] { return PyObject_Vectorcall(on_tile_, arguments, 3, nullptr); }));
  } catch (PyError& error) {
    stop_with(std::move(error));
  }
}

void KernelCall::stop_with(PyError error) noexcept {
  stop_.store(true, std::memory_order_relaxed);
  if (!has_error_.exchange(true, std::memory_order_acq_rel)) {
    error_.emplace(
        std::move(error));  // the end of the kernel's parallel region hands it to the calling thread
  } else {
    error.discard_as_unraisable(on_tile_);  // a second one: the call can raise but one
  }
}

void KernelCall::raise_what_ended_it(kernels::TileOutcome outcome) {
  saved_ = nullptr;
  if (error_) throw *std::exchange(error_, std::nullopt);
  if (interrupted_) {
    // On the main thread Ctrl-C is also a signal that Python has noted: let its handler raise, and only once.
    raise_if_negative(PyErr_CheckSignals());
    raise_error(PyExc_KeyboardInterrupt, "stopped by Ctrl-C");
  }
  if (outcome == kernels::TileOutcome::kOutOfMemory || no_memory_.load(std::memory_order_relaxed)) {
    throw std::bad_alloc();
  }
}

}  // namespace gilscope::py
