// Guards around the GIL, both ways: GilReleased for Python's threads that work without it, GilTaken and
// AttachedThread for native threads that need it. PyGILState_* is not used: it knows the main interpreter
// only. A guard belongs to the thread and the scope that made it. With the GIL off in a free-threaded Python
// the same guards attach and detach the thread state, which is what the C API asks for there.
#pragma once

#include <Python.h>

#include <exception>
#include <type_traits>
#include <utility>

#include <unistd.h>

#include "embed/interpreter.h"

namespace gilscope::py {

/// Sleeps for the rest of the process. What CPython 3.14 does with a thread that wants the GIL of an
/// interpreter that is shutting down.
[[noreturn]] inline void hang_forever() noexcept {
  for (;;) pause();
}

/// Runs `call`, which may take the GIL or run Python code. Up to 3.13, CPython ends a thread that wants the
/// GIL of an interpreter that is shutting down with pthread_exit; unwinding from there would drop references
/// without the GIL and meet a noexcept frame (std::terminate). This thread then hangs, as on 3.14.
/// Keep what needs a destructor outside of `call`.
template <class Call>
decltype(auto) hang_if_thread_is_ended(Call&& call) {
  // Left by return or by exception, else by the unwinding of pthread_exit. A handler for abi::__forced_unwind
  // would do as well, but it is a reference to no object, which UndefinedBehaviorSanitizer reports.
  struct Leaving {
    int exceptions = std::uncaught_exceptions();
    bool returned = false;
    ~Leaving() {
      if (!returned && std::uncaught_exceptions() == exceptions) hang_forever();
    }
  } leaving;
  if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
    std::forward<Call>(call)();
    leaving.returned = true;
  } else {
    decltype(auto) result = std::forward<Call>(call)();
    leaving.returned = true;
    return result;
  }
}

/// Takes the GIL for a thread state that belongs to the calling thread. GIL: not held before, held after.
inline void take_gil(PyThreadState* state) noexcept {
  hang_if_thread_is_ended([state] { PyEval_RestoreThread(state); });
}

/// Without the GIL for a scope. GIL: held before and after, not held inside.
class GilReleased {
 public:
  GilReleased() noexcept : state_(PyEval_SaveThread()) {}
  ~GilReleased() { take_gil(state_); }
  GilReleased(const GilReleased&) = delete;
  GilReleased& operator=(const GilReleased&) = delete;

  /// The calling thread's own state, for a GilTaken further down the same thread.
  PyThreadState* state() const noexcept { return state_; }

 private:
  PyThreadState* state_;
};

/// With the GIL for a scope, on a thread that has a state which it saved.
/// GIL: not held before and after, held inside.
class GilTaken {
 public:
  explicit GilTaken(PyThreadState* state) noexcept : state_(state) { take_gil(state_); }
  ~GilTaken() { [[maybe_unused]] PyThreadState* const same = PyEval_SaveThread(); }
  GilTaken(const GilTaken&) = delete;
  GilTaken& operator=(const GilTaken&) = delete;

 private:
  PyThreadState* state_;
};

/// Removes the calling thread's state, which new_thread_state made on this thread.
/// GIL: held before, not held after.
inline void remove_thread_state(PyThreadState* state) noexcept {
  // Clearing drops thread-local objects, whose destructors may be Python code.
  hang_if_thread_is_ended([state] { PyThreadState_Clear(state); });
  PyThreadState_DeleteCurrent();
}

/// With the GIL for a scope, on a native thread that Python has not met: makes a thread state for it and
/// removes it again. The state must be made, used and removed on one thread: CPython notes it in thread-local
/// data. GIL: not held before and after, held inside.
class AttachedThread {
 public:
  /// `interpreter` must outlive the scope. Check with operator bool: memory may have run out, and then the
  /// GIL is not held.
  explicit AttachedThread(PyInterpreterState* interpreter) noexcept : state_(new_thread_state(interpreter)) {
    if (state_ != nullptr) take_gil(state_);
  }
  ~AttachedThread() {
    if (state_ != nullptr) remove_thread_state(state_);
  }
  AttachedThread(const AttachedThread&) = delete;
  AttachedThread& operator=(const AttachedThread&) = delete;

  explicit operator bool() const noexcept { return state_ != nullptr; }
  PyThreadState* state() const noexcept { return state_; }

 private:
  PyThreadState* state_;
};

}  // namespace gilscope::py
