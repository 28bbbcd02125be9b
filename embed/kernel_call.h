// One call of a kernel from Python: release_gil, num_threads and on_tile checked, the GIL held or released,
// on_tile called from the native threads, Ctrl-C heeded, and whatever ended the kernel raised. Not for a
// kernel's own arguments: see module_kernels.cpp. Thread rule: made, run and dropped on one thread, GIL held;
// in between, the kernel's threads come in by TileWatcher.
#pragma once

#include <Python.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "embed/gil.h"
#include "embed/module_host.h"
#include "embed/py_error.h"
#include "embed/thread_gate.h"
#include "kernels/tiles.h"

namespace gilscope::py {

/// The arguments that all kernels have, as Python gave them: all borrowed, all may be null.
struct CallArguments {
  int release_gil = 1;
  PyObject* num_threads = nullptr;
  PyObject* on_tile = nullptr;
};

/// What the recording says of a call.
struct KernelWork {
  std::string_view name;
  std::uint64_t bytes = 0;  ///< read and written
};

/// Most native threads that a call may ask for.
inline constexpr long kMaxNumThreads = 1024;

class KernelCall final : private kernels::TileWatcher {
 public:
  /// Checks the arguments. `gate` is the calling interpreter's. GIL: held. Throws PyError.
  KernelCall(const CallArguments& arguments, std::shared_ptr<ThreadGate> gate);

  /// Runs `kernel(const TileOptions&) -> TileOutcome`, holding the GIL or without it. GIL: held before and
  /// after. Throws PyError: what on_tile or a signal handler raised, KeyboardInterrupt, MemoryError.
  template <class Kernel>
  void run(const KernelWork& work, Kernel&& kernel) {
    expect_threads();
    kernels::TileOutcome outcome;
    recorded_ = module_host().kernel_begin(work.name, !release_gil_, work.bytes);
    if (release_gil_) {
      const GilReleased released;
      saved_ = released.state();
      outcome = kernel(kernels::TileOptions{num_threads_, this});
    } else {
      outcome = kernel(kernels::TileOptions{num_threads_, this});
    }
    module_host().kernel_end(recorded_);  // nothing above throws
    raise_what_ended_it(outcome);
  }

 private:
  std::uint64_t tile_begun(const kernels::Tile&) noexcept override;  // GIL: any
  bool tile_done(const kernels::Tile& tile) noexcept override;       // GIL: as the kernel was called
  bool keep_going() noexcept override;                               // GIL: as the kernel was called
  void thread_done() noexcept override;                              // GIL: not held

  void expect_threads();  // GIL: held
  bool on_calling_thread() const noexcept { return std::this_thread::get_id() == calling_thread_; }
  bool check_signals() noexcept;                     // GIL: held
  void call_on_tile(const kernels::Tile&) noexcept;  // GIL: held
  void stop_with(PyError error) noexcept;            // GIL: held
  void raise_what_ended_it(kernels::TileOutcome);    // GIL: held

  std::shared_ptr<ThreadGate> gate_;
  bool release_gil_;
  int num_threads_ = 0;
  PyObject* on_tile_;  // borrowed from the call's arguments; null: nobody is told
  PyInterpreterState* interpreter_;
  bool handles_signals_;
  std::thread::id calling_thread_ = std::this_thread::get_id();
  PyThreadState* saved_ = nullptr;  // the calling thread's, while the GIL is released
  std::chrono::steady_clock::time_point signals_checked_ = std::chrono::steady_clock::now();

  RecordedKernel recorded_;
  std::atomic<bool> stop_{false};  // set by any thread
  std::atomic<bool> no_memory_{false};
  std::atomic<bool> has_error_{false};  // the thread that sets it writes error_
  std::optional<PyError> error_;        // read when the kernel has returned
  bool interrupted_ = false;            // the calling thread's
};

}  // namespace gilscope::py
