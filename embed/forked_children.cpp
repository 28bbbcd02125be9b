#include <Python.h>

#include "embed/forked_children.h"

#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

// Set before the script's first line, and never destroyed: threads may outlive main.
std::function<void()>& begin_child() {
  static auto* const function = new std::function<void()>;
  return *function;
}

PyObject* begin(PyObject*, PyObject*) noexcept {
  return guarded([] {
    begin_child()();
    return PyRef::borrow(Py_None);
  });
}

PyMethodDef begin_method = {"begin", begin, METH_NOARGS, "Begins to record a forked child in gilscope."};

}  // namespace

void call_in_forked_children(std::function<void()> function) {
  begin_child() = std::move(function);
  const PyRef posix = raise_if_null(PyImport_ImportModule("posix"));
  const PyRef callback = raise_if_null(PyCFunction_New(&begin_method, nullptr));
  const PyRef keywords = raise_if_null(Py_BuildValue("{s:O}", "after_in_child", callback.get()));
  const PyRef nothing = raise_if_null(PyTuple_New(0));
  const PyRef register_at_fork = raise_if_null(PyObject_GetAttrString(posix.get(), "register_at_fork"));
  raise_if_null(PyObject_Call(register_at_fork.get(), nothing.get(), keywords.get()));
}

}  // namespace gilscope::py
