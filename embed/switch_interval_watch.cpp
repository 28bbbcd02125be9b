#include <Python.h>

#include "embed/switch_interval_watch.h"

#include <mutex>

#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

constexpr std::size_t kMostCalls = 100;

std::mutex calls_mutex;  // without a GIL, threads are not one at a time
std::vector<IntervalCall> calls;
bool is_watching = false;
thread_local int own_calls = 0;

std::string text_attribute(PyObject* object, const char* name) {
  const PyRef value = PyRef::steal(PyObject_GetAttrString(object, name));
  const char* const text = value && PyUnicode_Check(value.get()) ? PyUnicode_AsUTF8(value.get()) : nullptr;
  PyErr_Clear();
  return text != nullptr ? text : "";
}

IntervalCall call_of_this_frame(double seconds) {
  IntervalCall call;
  call.seconds = seconds;
  PyFrameObject* const frame = PyEval_GetFrame();
  if (frame == nullptr) return call;
  const PyRef code = PyRef::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  call.file = text_attribute(code.get(), "co_filename");
  call.function = text_attribute(code.get(), "co_qualname");
  call.line = PyFrame_GetLineNumber(frame);
  return call;
}

void remember(IntervalCall call) {
  const std::scoped_lock lock(calls_mutex);
  if (calls.size() > kMostCalls) calls.pop_back();
  calls.push_back(std::move(call));
}

// `original` is the interpreter's function.
PyObject* set_and_remember(PyObject* original, PyObject* interval) {
  PyRef result = PyRef::steal(PyObject_CallOneArg(original, interval));
  if (!result || own_calls > 0) return result.release();
  return guarded([&]() -> PyRef {
    const double seconds = PyFloat_AsDouble(interval);
    PyErr_Clear();
    remember(call_of_this_frame(seconds));
    return std::move(result);
  });
}

PyMethodDef remembering = {
    "setswitchinterval", set_and_remember, METH_O,
    "setswitchinterval($module, interval, /)\n--\n\n"
    "Set how many seconds a thread waits for the GIL before it asks for it. gilscope remembers who did."};

}  // namespace

void watch_switch_interval() {
  if (is_watching) return;
  PyObject* const original = PySys_GetObject("setswitchinterval");
  if (original == nullptr) return;
  const PyRef module_name = raise_if_null(PyUnicode_FromString("sys"));
  const PyRef function = raise_if_null(PyCFunction_NewEx(&remembering, original, module_name.get()));
  raise_if_negative(PySys_SetObject("setswitchinterval", function.get()));
  is_watching = true;
}

std::vector<IntervalCall> switch_interval_calls() {
  const std::scoped_lock lock(calls_mutex);
  return calls;
}

void set_switch_interval(double seconds) {
  const OwnIntervalCall own;
  const PyRef value = raise_if_null(PyFloat_FromDouble(seconds + kHalfMicrosecond));
  PyObject* const function = PySys_GetObject("setswitchinterval");
  if (function != nullptr) raise_if_null(PyObject_CallOneArg(function, value.get()));
}

double get_switch_interval() {
  PyObject* const function = PySys_GetObject("getswitchinterval");
  if (function == nullptr) return 0;
  const PyRef seconds = raise_if_null(PyObject_CallNoArgs(function));
  return PyFloat_AsDouble(seconds.get());
}

OwnIntervalCall::OwnIntervalCall() noexcept { ++own_calls; }
OwnIntervalCall::~OwnIntervalCall() { --own_calls; }

}  // namespace gilscope::py
