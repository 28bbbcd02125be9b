// PyRef owns one reference to a Python object; nothing else in embed/ calls Py_DECREF. Move-only, and made by
// name only: PyRef::steal for a new reference, PyRef::borrow for a borrowed one. Not for checking errors:
// py_error.h turns a null result into an exception. Thread rule: GIL held wherever a reference is made,
// copied or dropped; moving and reading need nothing.
#pragma once

#include <Python.h>

#include <cassert>
#include <utility>

namespace gilscope::py {

class PyRef {
 public:
  PyRef() noexcept = default;
  PyRef(std::nullptr_t) noexcept {}

  /// Takes over a new reference, as most C-API calls return it; null makes an empty PyRef.
  /// GIL: any.
  [[nodiscard]] static PyRef steal(PyObject* object) noexcept { return PyRef(object); }

  /// Adds a reference to an object that somebody else keeps alive; null makes an empty PyRef.
  /// GIL: held.
  [[nodiscard]] static PyRef borrow(PyObject* object) noexcept {
    check_gil(object);
    return PyRef(Py_XNewRef(object));
  }

  PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  PyRef& operator=(PyRef&& other) noexcept {
    PyRef(std::move(other)).swap(*this);
    return *this;
  }
  PyRef(const PyRef&) = delete;
  PyRef& operator=(const PyRef&) = delete;

  /// GIL: held, unless empty.
  ~PyRef() {
    check_gil(object_);
    Py_XDECREF(object_);
  }

  /// A second owner of the same object. GIL: held.
  [[nodiscard]] PyRef copy() const noexcept { return borrow(object_); }

  /// The object, still owned here. GIL: any.
  PyObject* get() const noexcept { return object_; }

  /// The object, now the caller's to drop. GIL: any.
  [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }

  /// Drops the object now. GIL: held.
  void reset() noexcept { PyRef().swap(*this); }

  void swap(PyRef& other) noexcept { std::swap(object_, other.object_); }
  explicit operator bool() const noexcept { return object_ != nullptr; }

 private:
  explicit PyRef(PyObject* object) noexcept : object_(object) {}

  static void check_gil([[maybe_unused]] PyObject* object) noexcept {
    assert((object == nullptr || PyGILState_Check()) && "a Python reference was touched without the GIL");
  }

  PyObject* object_ = nullptr;
};

}  // namespace gilscope::py
