#include <Python.h>

#include "embed/collections.h"

#include <algorithm>
#include <cstdint>

#include "embed/probe/lane_events.h"
#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

// `names`, the function's self, is ("generation", "collected"): made once, since a look-up by a C string
// would make them anew each time.
std::uint64_t number_at(PyObject* names, Py_ssize_t which, PyObject* info) noexcept {
  PyObject* const number = PyDict_GetItemWithError(info, PyTuple_GetItem(names, which));
  const long long value = number != nullptr ? PyLong_AsLongLong(number) : 0;
  if (PyErr_Occurred() != nullptr) PyErr_Clear();
  return static_cast<std::uint64_t>(std::max(value, 0LL));
}

// Called by the collector with (phase, info); a script may call it too, with anything.
PyObject* collection(PyObject* names, PyObject* const* arguments, Py_ssize_t count) noexcept {
  if (count != 2 || !PyUnicode_Check(arguments[0]) || !PyDict_Check(arguments[1])) Py_RETURN_NONE;
  const bool starts = PyUnicode_CompareWithASCIIString(arguments[0], "start") == 0;
  if (!starts && PyUnicode_CompareWithASCIIString(arguments[0], "stop") != 0) Py_RETURN_NONE;
  probe::Turn event;
  event.kind = starts ? probe::RecordKind::kCollectBegin : probe::RecordKind::kCollectEnd;
  event.requests = static_cast<std::uint8_t>(number_at(names, 0, arguments[1]));
  event.request = starts ? 0 : number_at(names, 1, arguments[1]);
  probe::lane_events::publish(event);
  Py_RETURN_NONE;
}

PyMethodDef collection_method = {"collection",
                                 reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(collection)),
                                 METH_FASTCALL, "Records in gilscope that the garbage collector works."};

}  // namespace

void watch_collections() noexcept {
  try {
    // The module is built in, and knows its list even if it is imported again. Python itself has not imported
    // it at the start, and a script should find sys.modules as python3 leaves it.
    PyObject* const modules = PyImport_GetModuleDict();
    const PyRef name = raise_if_null(PyUnicode_FromString("gc"));
    const int was_imported = PyDict_Contains(modules, name.get());
    raise_if_negative(was_imported);
    const PyRef gc = raise_if_null(PyImport_Import(name.get()));
    if (was_imported == 0) raise_if_negative(PyDict_DelItem(modules, name.get()));
    const PyRef callbacks = raise_if_null(PyObject_GetAttrString(gc.get(), "callbacks"));
    const PyRef names = raise_if_null(Py_BuildValue("(ss)", "generation", "collected"));
    const PyRef callback = raise_if_null(PyCFunction_New(&collection_method, names.get()));
    raise_if_negative(PyList_Append(callbacks.get(), callback.get()));
  } catch (PyError& error) {
    error.restore();
    PyErr_Clear();
  }
}

}  // namespace gilscope::py
