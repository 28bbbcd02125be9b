#include <Python.h>

#include "embed/process_name.h"

#include <string_view>

#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

// Never destroyed: a child may begin at any time.
std::function<void(const std::string&)>& tell_name() {
  static auto* const function = new std::function<void(const std::string&)>;
  return *function;
}

// Empty: it has none of multiprocessing's.
std::string name_now() noexcept {
  std::string name;
  try {
    PyObject* const module = PyDict_GetItemString(PyImport_GetModuleDict(), "multiprocessing.process");
    if (module == nullptr) return name;
    const PyRef process = raise_if_null(PyObject_GetAttrString(module, "_current_process"));
    const PyRef text = raise_if_null(PyObject_GetAttrString(process.get(), "_name"));
    const char* const bytes = PyUnicode_Check(text.get()) ? PyUnicode_AsUTF8(text.get()) : nullptr;
    if (bytes != nullptr && std::string_view(bytes) != "MainProcess") name = bytes;
    PyErr_Clear();
  } catch (PyError& error) {
    error.restore();
    PyErr_Clear();
  }
  return name;
}

PyObject* heard(PyObject*, PyObject*) noexcept {
  if (const std::string name = name_now(); !name.empty()) tell_name()(name);
  Py_RETURN_NONE;
}

PyMethodDef heard_method = {"heard", heard, METH_O, "Tells gilscope what this process is called."};

// A process that multiprocessing has spawned gets its name from its parent, and then unpickles its work.
int look_at_event(const char* event, PyObject*, void* is_told) noexcept {
  auto& told = *static_cast<bool*>(is_told);
  if (told || std::string_view(event) != "pickle.find_class" || PyErr_Occurred() != nullptr) return 0;
  const std::string name = name_now();
  if (name.empty()) return 0;
  told = true;
  tell_name()(name);
  return 0;
}

}  // namespace

void hear_name_after_fork(std::function<void(const std::string&)> tell) noexcept {
  static bool hears = false;
  if (hears) return;
  try {
    PyObject* const util = PyDict_GetItemString(PyImport_GetModuleDict(), "multiprocessing.util");
    if (util == nullptr) return;
    tell_name() = std::move(tell);
    // The registry forgets what nobody else holds: this is held for good.
    PyObject* const callback = raise_if_null(PyCFunction_New(&heard_method, nullptr)).release();
    raise_if_null(PyObject_CallMethod(util, "register_after_fork", "OO", callback, callback));
    hears = true;
  } catch (PyError& error) {
    error.restore();
    PyErr_Clear();
  }
}

void hear_name_of_spawned(std::function<void(const std::string&)> tell) noexcept {
  static bool told = false;
  tell_name() = std::move(tell);
  if (PySys_AddAuditHook(look_at_event, &told) < 0) PyErr_Clear();
}

}  // namespace gilscope::py
