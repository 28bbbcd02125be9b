// PyError carries a Python exception through C++; guarded() is the one place where C++ exceptions become
// Python's. A failed C-API call becomes a PyError at once (raise_if_null, raise_if_negative), and no C++
// exception leaves a function that Python calls. Not for errors of the program's user: see UserError in app/.
// Thread rule: an error may be caught on one thread and restored or discarded on another of the same
// interpreter.
#pragma once

#include <Python.h>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "embed/gil.h"
#include "embed/py_ref.h"

namespace gilscope::py {

/// A Python exception on its way through C++. Copies share it, so that it can be thrown, caught and kept.
/// Whoever catches one ends it with restore() or discard_as_unraisable().
class PyError : public std::exception {
 public:
  /// Takes the calling thread's Python error out of the interpreter; a SystemError if there is none.
  /// GIL: held.
  static PyError fetch() noexcept;

  /// The name of the exception's class. GIL: any.
  const char* what() const noexcept override;

  /// "ValueError: what it says"; runs the exception's __str__. GIL: held.
  std::string describe() const;

  /// The exception object with its traceback, borrowed; null after restore() or discard_as_unraisable(). GIL:
  /// any.
  PyObject* exception() const noexcept;

  /// Whether it is an instance of this exception class. GIL: held.
  bool matches(PyObject* exception_class) const noexcept;

  /// Makes it the calling thread's Python error. Once, for all copies together; a second call sets a
  /// SystemError. GIL: held.
  void restore() noexcept;

  /// Hands it to sys.unraisablehook, where no caller is left to raise it to; `where` (may be null) is the
  /// object that the message names. Once, for all copies together; a second call does nothing. GIL: held.
  void discard_as_unraisable(PyObject* where) noexcept;

 private:
  struct Carried;
  explicit PyError(std::shared_ptr<Carried> carried) noexcept : carried_(std::move(carried)) {}

  /// Null only where there was no memory for it; the error is then a MemoryError.
  std::shared_ptr<Carried> carried_;
};

/// Owns the result of a C-API call that returns a new reference; throws PyError if it failed. GIL: held.
PyRef raise_if_null(PyObject* new_reference);

/// Passes on the result of a C-API call that answers -1 after an error; throws PyError then. GIL: held.
int raise_if_negative(int result);

/// Throws PyError: an exception of this class with a message in the format of PyErr_Format. GIL: held.
[[noreturn]] void raise_error(PyObject* exception_class, const char* format, ...);

/// Throws PyError: an OSError of the subclass that fits, for this errno and this file name object. GIL: held.
[[noreturn]] void raise_os_error(int error_number, PyObject* file_name);

/// Inside a catch block: sets the Python error that fits the C++ exception being handled. The table is in
/// py_error.cpp. GIL: held.
void set_error_from_cpp_exception() noexcept;

/// Runs the body of a function that Python calls: returns what it returns in the C API's form, and turns any
/// C++ exception into a Python one. PyRef -> new reference or null; int -> itself or -1; void -> 0 or -1.
/// GIL: held.
template <class Body>
auto guarded(Body&& body) noexcept {
  using Result = std::invoke_result_t<Body>;
  if constexpr (std::is_same_v<Result, PyRef>) {
    try {
      return hang_if_thread_is_ended(std::forward<Body>(body)).release();
    } catch (...) {
      set_error_from_cpp_exception();
      return static_cast<PyObject*>(nullptr);
    }
  } else {
    static_assert(std::is_same_v<Result, int> || std::is_void_v<Result>,
                  "a body returns PyRef, int or nothing");
    try {
      if constexpr (std::is_void_v<Result>) {
        hang_if_thread_is_ended(std::forward<Body>(body));
        return 0;
      } else {
        return hang_if_thread_is_ended(std::forward<Body>(body));
      }
    } catch (...) {
      set_error_from_cpp_exception();
      return -1;
    }
  }
}

}  // namespace gilscope::py
