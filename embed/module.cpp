// The `gilscope` module itself: what a script asks about its own thread, its marks, and the numbers so far.
// gilscope.kernels and gilscope.image are made here too and put where `import gilscope.kernels` finds them:
// for a built-in module, the import system of Python 3.11 looks for no submodules.
#include <array>
#include <cstring>
#include <string>

#include "embed/module_host.h"
#include "embed/module_parts.h"
#include "embed/py_error.h"

namespace gilscope::py {

namespace {

// The one thing outside of the modules' own state. Written before the interpreter starts, and by a forked
// child that has one thread.
ModuleHost* g_host = nullptr;

constexpr std::array kThreadProperties = {"thread_count", "thread_index"};

PyObject* get_attribute(PyObject*, PyObject* name) noexcept {
  return guarded([&] {
    const bool is_index =
        PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "thread_index") == 0;
    const bool is_count =
        PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "thread_count") == 0;
    if (!is_index && !is_count) {
      raise_error(PyExc_AttributeError, "module 'gilscope' has no attribute %R", name);
    }
    const std::optional<ThreadPlace> place = module_host().thread_place();
    if (!place) return PyRef::borrow(Py_None);
    return raise_if_null(PyLong_FromLong(is_index ? place->index : place->count));
  });
}

PyObject* list_attributes(PyObject* module, PyObject*) noexcept {
  return guarded([&] {
    PyRef names = raise_if_null(PyDict_Keys(PyModule_GetDict(module)));
    for (const char* property : kThreadProperties) {
      const PyRef name = raise_if_null(PyUnicode_FromString(property));
      raise_if_negative(PyList_Append(names.get(), name.get()));
    }
    raise_if_negative(PyList_Sort(names.get()));
    return names;
  });
}

PyObject* mark(PyObject*, PyObject* name) noexcept {
  return guarded([&] {
    if (!PyUnicode_Check(name)) {
      raise_error(PyExc_TypeError, "mark() takes a name, a str, not '%.200s'", Py_TYPE(name)->tp_name);
    }
    module_host().mark(text_of(name));
    return PyRef::borrow(Py_None);
  });
}

PyObject* stats(PyObject*, PyObject*) noexcept {
  return guarded([] {
    const std::string numbers = module_host().stats_json();
    const PyRef text =
        raise_if_null(PyUnicode_FromStringAndSize(numbers.data(), static_cast<Py_ssize_t>(numbers.size())));
    const PyRef json = raise_if_null(PyImport_ImportModule("json"));
    return raise_if_null(PyObject_CallMethod(json.get(), "loads", "O", text.get()));
  });
}

/// Makes gilscope.<name>, and puts it where the import system looks: sys.modules, and the package's
/// attribute.
void add_submodule(PyObject* package, const char* name, PyModuleDef& definition) {
  const PyRef full_name = raise_if_null(PyUnicode_FromFormat("%s.%s", PyModule_GetName(package), name));
  const PyRef package_spec = raise_if_null(PyObject_GetAttrString(package, "__spec__"));
  const PyRef loader = raise_if_null(PyObject_GetAttrString(package_spec.get(), "loader"));
  PyObject* const spec_class = reinterpret_cast<PyObject*>(Py_TYPE(package_spec.get()));
  const PyRef spec =
      raise_if_null(PyObject_CallFunctionObjArgs(spec_class, full_name.get(), loader.get(), nullptr));

  const PyRef module = raise_if_null(PyModule_FromDefAndSpec(&definition, spec.get()));
  raise_if_negative(PyModule_AddObjectRef(module.get(), "__spec__", spec.get()));
  raise_if_negative(PyModule_AddObjectRef(module.get(), "__loader__", loader.get()));
  raise_if_negative(PyModule_AddStringConstant(module.get(), "__package__", PyModule_GetName(package)));
  raise_if_negative(PyDict_SetItem(PyImport_GetModuleDict(), full_name.get(), module.get()));
  raise_if_negative(PyModule_ExecDef(module.get(), &definition));
  raise_if_negative(PyModule_AddObjectRef(package, name, module.get()));
}

int execute(PyObject* module) noexcept {
  return guarded([&] {
    raise_if_negative(PyModule_AddStringConstant(module, "__version__", GILSCOPE_VERSION));
    const PyRef path = raise_if_null(PyList_New(0));  // a package, with nothing to look for on disk
    raise_if_negative(PyModule_AddObjectRef(module, "__path__", path.get()));
    const PyRef region = make_region_type(module);
    raise_if_negative(PyModule_AddObjectRef(module, "region", region.get()));
    add_submodule(module, "image", image_module());
    add_submodule(module, "kernels", kernels_module());
  });
}

constexpr const char* kModuleDoc = R"(What gilscope offers to the scripts that it runs.

thread_index    which of the run's native threads this one is, from 0; an int
thread_count    how many native threads the run has; an int
                Both are read for the calling thread each time, and are None on a
                thread that gilscope did not start (threading, a kernel's own).
region(name)    a named span on this thread's lane
mark(name)      a named moment on it
stats()         the numbers so far, as a dict
kernels         native work that holds the GIL or releases it
image           images as buffers, PNG files)";

constexpr const char* kMarkDoc = R"(mark(name, /)
--

Marks this moment on the calling thread's lane. Does nothing where nothing is
recorded (--no-trace).

name: str, shown in the views.)";

constexpr const char* kStatsDoc = R"(stats()
--

The numbers of the run so far, as a dict: what `gilscope run --json` writes at the
end. Times are in nanoseconds, and say so in their names.

Raises RuntimeError, which says why, where nothing is recorded: with --no-trace, in
a forked child, or when the probe cannot see this Python's GIL.)";

PyModuleDef& gilscope_module() noexcept {
  static PyMethodDef methods[] = {
      {"mark", mark, METH_O, kMarkDoc},
      {"stats", stats, METH_NOARGS, kStatsDoc},
      {"__getattr__", get_attribute, METH_O, "thread_index and thread_count, for the calling thread."},
      {"__dir__", list_attributes, METH_NOARGS, "The module's names, those of __getattr__ among them."},
      {nullptr, nullptr, 0, nullptr}};
  static PyModuleDef_Slot slots[] = {{Py_mod_exec, reinterpret_cast<void*>(execute)},
#ifdef Py_mod_multiple_interpreters
                                     {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
                                     {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                     {0, nullptr}};
  static PyModuleDef definition = {
      PyModuleDef_HEAD_INIT, "gilscope", kModuleDoc, 0, methods, slots, nullptr, nullptr, nullptr};
  return definition;
}

PyObject* initialise() noexcept { return PyModuleDef_Init(&gilscope_module()); }

}  // namespace

bool register_module(ModuleHost& host) {
  g_host = &host;
  return PyImport_AppendInittab("gilscope", initialise) == 0;
}

void change_module_host(ModuleHost& host) noexcept { g_host = &host; }

ModuleHost& module_host() noexcept { return *g_host; }

}  // namespace gilscope::py
