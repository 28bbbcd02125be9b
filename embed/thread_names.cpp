#include <Python.h>

#include "embed/thread_names.h"

#include <utility>

#include "embed/gil.h"
#include "embed/interpreter.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

// What a Python thread runs instead of the function it was started with: names the thread, and calls that
// function.
struct ThreadStart {
  PyObject_HEAD PyObject* function;
};

ThreadStart* self_of(PyObject* object) { return reinterpret_cast<ThreadStart*>(object); }

// The function is the bound method _bootstrap of a threading.Thread, or something without a name to give.
void tell_name(PyObject* function) noexcept {
  PyRef error = take_raised_exception();
  if (PyMethod_Check(function)) {
    PyObject* const thread = PyMethod_Self(function);
    // The script's own class may have a `name` that is Python code.
    const PyRef name =
        PyRef::steal(hang_if_thread_is_ended([thread] { return PyObject_GetAttrString(thread, "name"); }));
    if (name && PyUnicode_Check(name.get())) {
      if (const char* const text = PyUnicode_AsUTF8(name.get())) probe::recorder::name_this_thread(text);
    }
    PyErr_Clear();
  }
  set_raised_exception(std::move(error));
}

PyObject* call_start(PyObject* self, PyObject* arguments, PyObject* keywords) {
  PyObject* const function = self_of(self)->function;
  // Where there is a GIL, it has taken it by now, and is known; else its life begins here.
  if (!probe::recorder::is_asleep()) probe::recorder::attach_this_thread();
  tell_name(function);
  PyObject* const result = PyObject_Call(function, arguments, keywords);
  tell_name(function);
  return result;
}

// Python names the function when its thread ends with an exception: that should be the script's.
PyObject* repr_start(PyObject* self) { return PyObject_Repr(self_of(self)->function); }

int traverse_start(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(self_of(self)->function);
  return 0;
}

int clear_start(PyObject* self) {
  Py_CLEAR(self_of(self)->function);
  return 0;
}

void dealloc_start(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear_start(self);
  type->tp_free(self);
  Py_DECREF(type);
}

PyType_Slot start_slots[] = {
    {Py_tp_call, reinterpret_cast<void*>(call_start)},
    {Py_tp_repr, reinterpret_cast<void*>(repr_start)},
    {Py_tp_traverse, reinterpret_cast<void*>(traverse_start)},
    {Py_tp_clear, reinterpret_cast<void*>(clear_start)},
    {Py_tp_dealloc, reinterpret_cast<void*>(dealloc_start)},
    {0, nullptr},
};
PyType_Spec start_spec = {"gilscope._ThreadStart", sizeof(ThreadStart), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                          start_slots};

// Set before the script's first line, and never destroyed: threads may outlive main.
std::function<void()>& before_thread_start() {
  static auto* const function = new std::function<void()>;
  return *function;
}

// `self` of the replacement is (the original function, the type of ThreadStart).
PyObject* start_thread(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([=]() -> PyRef {
    PyObject* const original = PyTuple_GetItem(self, 0);
    auto* const type = reinterpret_cast<PyTypeObject*>(PyTuple_GetItem(self, 1));
    if (original == nullptr || type == nullptr) throw PyError::fetch();
    const Py_ssize_t count = PyTuple_Size(arguments);
    PyObject* const function = count > 0 ? PyTuple_GetItem(arguments, 0) : nullptr;
    // What is wrong with other arguments the original says best.
    if (function == nullptr || PyCallable_Check(function) == 0) {
      return raise_if_null(PyObject_Call(original, arguments, keywords));
    }
    before_thread_start()();
    const PyRef start = raise_if_null(type->tp_alloc(type, 0));
    self_of(start.get())->function = Py_NewRef(function);
    const PyRef passed = raise_if_null(PyTuple_New(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* const item = i == 0 ? start.get() : PyTuple_GetItem(arguments, i);
      raise_if_negative(PyTuple_SetItem(passed.get(), i, Py_NewRef(item)));
    }
    return raise_if_null(PyObject_Call(original, passed.get(), keywords));
  });
}

PyMethodDef start_thread_method = {
    "start_new_thread", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(start_thread)),
    METH_VARARGS | METH_KEYWORDS,
    "Starts a thread, as the function of this name in _thread does, and names it in gilscope."};

}  // namespace

void expect_thread_starts(std::function<void()> before_start) {
  before_thread_start() = std::move(before_start);
}

void watch_thread_starts(std::function<void()> before_start) {
  expect_thread_starts(std::move(before_start));
  const PyRef module = raise_if_null(PyImport_ImportModule("_thread"));
  const PyRef type = raise_if_null(PyType_FromSpec(&start_spec));
  // The first two in every version; the third from 3.13 on.
  for (const char* name : {"start_new_thread", "start_new", "start_joinable_thread"}) {
    if (PyObject_HasAttrString(module.get(), name) == 0) continue;
    const PyRef original = raise_if_null(PyObject_GetAttrString(module.get(), name));
    const PyRef self = raise_if_null(PyTuple_Pack(2, original.get(), type.get()));
    const PyRef replacement = raise_if_null(PyCFunction_New(&start_thread_method, self.get()));
    raise_if_negative(PyObject_SetAttrString(module.get(), name, replacement.get()));
  }
}

void refresh_thread_names() noexcept {
  try {
    PyObject* const modules = PyImport_GetModuleDict();
    PyObject* const threading = PyDict_GetItemString(modules, "threading");
    if (threading == nullptr) return;
    const PyRef threads = raise_if_null(PyObject_CallMethod(threading, "enumerate", nullptr));
    const Py_ssize_t count = PyList_Size(threads.get());
    for (Py_ssize_t i = 0; i < count; ++i) {
      PyObject* const thread = PyList_GetItem(threads.get(), i);
      const PyRef name = raise_if_null(PyObject_GetAttrString(thread, "name"));
      const PyRef id = raise_if_null(PyObject_GetAttrString(thread, "native_id"));
      const char* const text = PyUnicode_AsUTF8(name.get());
      // A foreign thread that only asked who it is: its own name stands.
      if (text == nullptr || !PyLong_Check(id.get()) || std::string_view(text).starts_with("Dummy-"))
        continue;
      const std::string_view shown = text;
      probe::recorder::name_thread(PyLong_AsLongLong(id.get()), shown == "MainThread" ? "main" : shown);
    }
  } catch (PyError& error) {
    error.restore();
    PyErr_Clear();
  }
}

}  // namespace gilscope::py
