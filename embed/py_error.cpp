#include "embed/py_error.h"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <new>
#include <stdexcept>
#include <system_error>

#include "embed/gil.h"
#include "embed/interpreter.h"

namespace gilscope::py {

/// What the copies of one PyError share. Whoever exchanges `exception` for null owns the reference.
struct PyError::Carried {
  std::atomic<PyObject*> exception{nullptr};
  std::string class_name;

  PyRef take() noexcept {
    // acq_rel: the thread that takes the object sees what the one that fetched it wrote.
    return PyRef::steal(exception.exchange(nullptr, std::memory_order_acq_rel));
  }

  ~Carried() {
    PyRef left = take();
    // Caught and forgotten, on a thread without the GIL: to leak the exception is better than to race for it.
    if (left && !PyGILState_Check()) static_cast<void>(left.release());
  }
};

PyError PyError::fetch() noexcept {
  PyRef exception = take_raised_exception();
  if (!exception) {
    PyErr_SetString(PyExc_SystemError, "a C-API call failed without setting an exception");
    exception = take_raised_exception();
  }
  try {
    auto carried = std::make_shared<Carried>();
    carried->class_name = Py_TYPE(exception.get())->tp_name;
    carried->exception.store(exception.release(), std::memory_order_release);  // with take()
    return PyError(std::move(carried));
  } catch (const std::bad_alloc&) {
    return PyError(nullptr);
  }
}

const char* PyError::what() const noexcept { return carried_ ? carried_->class_name.c_str() : "MemoryError"; }

std::string PyError::describe() const {
  std::string text = what();
  PyObject* const object = exception();
  if (object == nullptr) return text;
  const PyRef message = PyRef::steal(hang_if_thread_is_ended([object] { return PyObject_Str(object); }));
  const char* const utf8 = message ? PyUnicode_AsUTF8(message.get()) : nullptr;
  if (utf8 == nullptr) {
    PyErr_Clear();  // a __str__ that fails is no reason to lose the error that it belongs to
  } else if (*utf8 != '\0') {
    text.append(": ").append(utf8);
  }
  return text;
}

PyObject* PyError::exception() const noexcept {
  return carried_ ? carried_->exception.load(std::memory_order_acquire) : nullptr;  // with fetch()
}

bool PyError::matches(PyObject* exception_class) const noexcept {
  if (!carried_) return PyErr_GivenExceptionMatches(PyExc_MemoryError, exception_class) != 0;
  return PyErr_GivenExceptionMatches(exception(), exception_class) != 0;
}

void PyError::restore() noexcept {
  if (!carried_) {
    PyErr_NoMemory();
  } else if (PyRef exception = carried_->take()) {
    set_raised_exception(std::move(exception));
  } else {
    PyErr_Format(PyExc_SystemError, "a Python error was restored twice: %s", what());
  }
}

void PyError::discard_as_unraisable(PyObject* where) noexcept {
  if (carried_ && exception() == nullptr) return;
  restore();
  hang_if_thread_is_ended([where] { PyErr_WriteUnraisable(where); });
}

PyRef raise_if_null(PyObject* new_reference) {
  if (new_reference == nullptr) throw PyError::fetch();
  return PyRef::steal(new_reference);
}

int raise_if_negative(int result) {
  if (result < 0) throw PyError::fetch();
  return result;
}

void raise_error(PyObject* exception_class, const char* format, ...) {
  va_list values;
  va_start(values, format);
  PyErr_FormatV(exception_class, format, values);
  va_end(values);
  throw PyError::fetch();
}

void raise_os_error(int error_number, PyObject* file_name) {
  errno = error_number;
  PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, file_name);
  throw PyError::fetch();
}

void set_error_from_cpp_exception() noexcept {
  try {
    throw;
  } catch (PyError& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::length_error&) {
    PyErr_NoMemory();
  } catch (const std::system_error& error) {
    if (error.code().category() == std::generic_category() ||
        error.code().category() == std::system_category()) {
      const PyRef arguments = PyRef::steal(Py_BuildValue("(is)", error.code().value(), error.what()));
      if (arguments) PyErr_SetObject(PyExc_OSError, arguments.get());
    } else {
      PyErr_SetString(PyExc_RuntimeError, error.what());
    }
  } catch (const std::invalid_argument& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::domain_error& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::out_of_range& error) {
    PyErr_SetString(PyExc_IndexError, error.what());
  } catch (const std::overflow_error& error) {
    PyErr_SetString(PyExc_OverflowError, error.what());
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "an unknown C++ exception reached Python");
  }
}

}  // namespace gilscope::py
