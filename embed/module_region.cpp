// gilscope.region: a named span on the calling thread's lane, as a context manager and as a decorator.
// A region object knows the spans that it is in, so that one may be nested in itself and be shared by
// threads, and so that spans may end in any order: those of coroutines do.
#include <algorithm>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "embed/module_host.h"
#include "embed/module_parts.h"
#include "embed/py_error.h"

namespace gilscope::py {

namespace {

class Region {
 public:
  explicit Region(std::string its_name) : name(std::move(its_name)) {}

  void enter() {
    const std::lock_guard lock(mutex_);
    open_.reserve(open_.size() + 1);
    open_.push_back({std::this_thread::get_id(), module_host().region_begin(name)});
  }
  /// Ends the span that this thread entered last, or if there is none, that another did. False: there is
  /// none.
  bool exit() {
    const std::lock_guard lock(mutex_);
    if (open_.empty()) return false;
    auto last = std::find_if(open_.rbegin(), open_.rend(),
                             [](const Span& span) { return span.thread == std::this_thread::get_id(); });
    if (last == open_.rend()) last = open_.rbegin();
    module_host().region_end(last->span);
    open_.erase(std::next(last).base());
    return true;
  }

  const std::string name;

 private:
  struct Span {
    std::thread::id thread;
    RecordedRegion span;
  };
  std::mutex mutex_;  // for builds without a GIL
  std::vector<Span> open_;
};

struct RegionObject {
  PyObject_HEAD Region region;
};

Region& region_of(PyObject* self) noexcept { return reinterpret_cast<RegionObject*>(self)->region; }

PyObject* region_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"name", nullptr};
    PyObject* name = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U:region", argument_names(names), &name)) {
      throw PyError::fetch();
    }
    std::string owned(text_of(name));
    PyRef self = raise_if_null(type->tp_alloc(type, 0));
    new (&region_of(self.get())) Region(std::move(owned));
    return self;
  });
}

void region_dealloc(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  region_of(self).~Region();
  type->tp_free(self);
  Py_DECREF(type);  // an object of a heap type owns its type
}

PyObject* region_enter(PyObject* self, PyObject*) noexcept {
  return guarded([&] {
    region_of(self).enter();
    return PyRef::borrow(self);
  });
}

PyObject* region_exit(PyObject* self, PyObject*) noexcept {
  return guarded([&] {
    Region& region = region_of(self);
    if (!region.exit()) {
      raise_error(PyExc_RuntimeError, "region '%s' is left, but was not entered", region.name.c_str());
    }
    return PyRef::borrow(Py_False);
  });
}

// In Python, since what it makes must be a real function: methods bind it, inspect and functools know it.
constexpr const char* kDecorate = R"(
import functools

def decorate(region, function):
    @functools.wraps(function)
    def in_region(*args, **kwargs):
        with region:
            return function(*args, **kwargs)
    return in_region
)";

PyObject* region_call(PyObject* self, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"function", nullptr};
    PyObject* function = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:region", argument_names(names), &function)) {
      throw PyError::fetch();
    }
    if (!PyCallable_Check(function)) {
      raise_error(PyExc_TypeError, "a region decorates a function, not '%.200s'", Py_TYPE(function)->tp_name);
    }
    const PyRef code = raise_if_null(Py_CompileString(kDecorate, "<gilscope.region>", Py_file_input));
    const PyRef names_in_code = raise_if_null(PyDict_New());
    const PyRef builtins_name = raise_if_null(PyUnicode_FromString("__builtins__"));
    raise_if_negative(PyDict_SetItem(names_in_code.get(), builtins_name.get(), PyEval_GetBuiltins()));
    raise_if_null(PyEval_EvalCode(code.get(), names_in_code.get(), names_in_code.get()));
    const PyRef decorate = raise_if_null(PyMapping_GetItemString(names_in_code.get(), "decorate"));
    return raise_if_null(PyObject_CallFunctionObjArgs(decorate.get(), self, function, nullptr));
  });
}

PyObject* region_repr(PyObject* self) noexcept {
  return guarded([&] {
    const std::string& name = region_of(self).name;
    const PyRef text =
        raise_if_null(PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size())));
    return raise_if_null(PyUnicode_FromFormat("gilscope.region(%R)", text.get()));
  });
}

PyObject* region_name(PyObject* self, void*) noexcept {
  const std::string& name = region_of(self).name;
  return PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
}

constexpr const char* kRegionDoc = R"(region(name)
--

A named span on the calling thread's lane: in a with statement, or as a decorator.

    with gilscope.region("load"):
        data = load()

    @gilscope.region("parse")
    def parse(data): ...

Regions nest, also in themselves, and one object may be used by many threads. An
exception inside passes through, and ends the region. As a decorator it spans each
call of a plain function; for a coroutine or a generator function that is only
the making of the object, so use a with statement inside.
Regions of coroutines may overlap: each with statement with a region object of
its own ends its own span. What the thread held and waited for the GIL in a span
is the whole thread's, the other coroutines' included.
Where nothing is recorded (--no-trace), a region does nothing.

name: str, shown in the views.)";

}  // namespace

PyRef make_region_type(PyObject* module) {
  static PyMethodDef methods[] = {
      {"__enter__", region_enter, METH_NOARGS, "Begins the span; returns the region."},
      {"__exit__", region_exit, METH_VARARGS, "Ends the span; an exception passes through."},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef properties[] = {{"name", region_name, nullptr, "The name, a str.", nullptr},
                                     {nullptr, nullptr, nullptr, nullptr, nullptr}};
  PyType_Slot slots[] = {{Py_tp_doc, const_cast<char*>(kRegionDoc)},
                         {Py_tp_new, reinterpret_cast<void*>(region_new)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(region_dealloc)},
                         {Py_tp_call, reinterpret_cast<void*>(region_call)},
                         {Py_tp_repr, reinterpret_cast<void*>(region_repr)},
                         {Py_tp_methods, methods},
                         {Py_tp_getset, properties},
                         {0, nullptr}};
  PyType_Spec spec = {"gilscope.region", sizeof(RegionObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};
  return raise_if_null(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

}  // namespace gilscope::py
