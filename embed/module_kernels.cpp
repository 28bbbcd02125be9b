// gilscope.kernels: the arguments of each kernel, checked before anything is written. A new kernel is one
// function here and one row in the table at the end. What all calls share (the GIL, threads, on_tile, Ctrl-C)
// is in kernel_call.
#include <climits>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "embed/image_object.h"
#include "embed/kernel_call.h"
#include "embed/module_buffer.h"
#include "embed/module_kernels_doc.h"
#include "embed/module_parts.h"
#include "embed/py_error.h"
#include "kernels/blur.h"
#include "kernels/countdown.h"
#include "kernels/grayscale.h"
#include "kernels/mandelbrot.h"

namespace gilscope::py {

namespace {

struct KernelsModuleState {
  PyObject* image_type;  // owned; the collector visits it
  std::shared_ptr<ThreadGate>* gate;
};

KernelsModuleState& state_of(PyObject* module) noexcept {
  return *static_cast<KernelsModuleState*>(PyModule_GetState(module));
}

/// Where a kernel writes: into the caller's `dst`, or into a new Image.
class Destination {
 public:
  /// GIL: held. Throws PyError.
  Destination(PyObject* dst, const ImageShape& shape) {
    if (dst == nullptr || dst == Py_None) {
      pixels_ = allocate_image(shape);
      view_ = pixels_.view();
    } else {
      given_ = PyRef::borrow(dst);
      view_ = buffer_.emplace(dst, "dst").destination(shape);
    }
  }

  const kernels::ImageView& view() const noexcept { return view_; }

  /// What the call returns. GIL: held.
  PyRef result(PyObject* module) {
    if (given_) return std::move(given_);
    return make_image(reinterpret_cast<PyTypeObject*>(state_of(module).image_type), std::move(pixels_));
  }

 private:
  PyRef given_;
  std::optional<PixelBuffer> buffer_;
  kernels::Image pixels_;
  kernels::ImageView view_;
};

/// What a kernel reads or writes of an image: its pixels, not what lies between its rows.
template <class View>
std::uint64_t bytes_of(const View& view) noexcept {
  return std::uint64_t{view.height} * view.width * view.channels;
}

std::uint64_t checked_count(PyObject* object) {
  if (!PyIndex_Check(object)) {
    raise_error(PyExc_TypeError, "n must be an int, not '%.200s'", Py_TYPE(object)->tp_name);
  }
  const PyRef number = raise_if_null(PyNumber_Index(object));
  const unsigned long long value = PyLong_AsUnsignedLongLong(number.get());
  if (value == static_cast<unsigned long long>(-1) && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    raise_error(PyExc_ValueError, "n must be 0 to 2**64 - 1; got %S", number.get());
  }
  return value;
}

PyObject* countdown(PyObject* module, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"n", "release_gil", "num_threads", "on_tile", nullptr};
    PyObject* n = nullptr;
    CallArguments shared;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$pOO:countdown", argument_names(names), &n,
                                     &shared.release_gil, &shared.num_threads, &shared.on_tile)) {
      throw PyError::fetch();
    }
    const std::uint64_t count = checked_count(n);
    KernelCall call(shared, *state_of(module).gate);
    call.run({"countdown"},
             [&](const kernels::TileOptions& options) { return kernels::countdown(count, options); });
    return PyRef::borrow(Py_None);
  });
}

PyObject* grayscale(PyObject* module, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"src", "dst", "shape", "release_gil", "num_threads", "on_tile", nullptr};
    PyObject *src = nullptr, *dst = nullptr, *shape = nullptr;
    CallArguments shared;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$OpOO:grayscale", argument_names(names), &src, &dst,
                                     &shape, &shared.release_gil, &shared.num_threads, &shared.on_tile)) {
      throw PyError::fetch();
    }
    KernelCall call(shared, *state_of(module).gate);
    const PixelBuffer buffer(src, "src");
    const kernels::ConstImageView source = buffer.source(shape);
    if (source.channels < 3) {
      raise_error(PyExc_ValueError,
                  "src must be shaped (height, width, 3) for RGB or (height, width, 4) for RGBA; it has %zu "
                  "channel%s",
                  source.channels, source.channels == 1 ? "" : "s");
    }
    Destination destination(dst, {source.height, source.width, 1});
    refuse_overlap(source, destination.view());
    call.run({"grayscale", bytes_of(source) + bytes_of(destination.view())},
             [&](const kernels::TileOptions& options) {
               return kernels::grayscale(source, destination.view(), options);
             });
    return destination.result(module);
  });
}

PyObject* blur(PyObject* module, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"src", "sigma", "dst", "shape", "release_gil", "num_threads", "on_tile", nullptr};
    PyObject *src = nullptr, *dst = nullptr, *shape = nullptr;
    double sigma = 0;
    CallArguments shared;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "Od|O$OpOO:blur", argument_names(names), &src, &sigma,
                                     &dst, &shape, &shared.release_gil, &shared.num_threads,
                                     &shared.on_tile)) {
      throw PyError::fetch();
    }
    KernelCall call(shared, *state_of(module).gate);
    if (!(sigma > 0 && sigma <= kernels::kMaxBlurSigma)) {  // so that it is false for a NaN
      const PyRef given = raise_if_null(PyFloat_FromDouble(sigma));
      raise_error(PyExc_ValueError, "sigma must be above 0 and at most %d pixels; got %S",
                  static_cast<int>(kernels::kMaxBlurSigma), given.get());
    }
    const PixelBuffer buffer(src, "src");
    const kernels::ConstImageView source = buffer.source(shape);
    Destination destination(dst, {source.height, source.width, source.channels});
    refuse_overlap(source, destination.view());
    call.run({"blur", bytes_of(source) + bytes_of(destination.view())},
             [&](const kernels::TileOptions& options) {
               return kernels::blur(source, destination.view(), sigma, options);
             });
    return destination.result(module);
  });
}

void read_center(PyObject* object, kernels::MandelbrotArea& area) {
  const PyRef pair = PyRef::steal(PySequence_Fast(object, ""));
  if (!pair || PySequence_Fast_GET_SIZE(pair.get()) != 2) {
    PyErr_Clear();
    raise_error(PyExc_TypeError, "center must be a pair of numbers (x, y); got %R", object);
  }
  double numbers[2];
  for (int i = 0; i < 2; ++i) {
    numbers[i] = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(pair.get(), i));
    if (numbers[i] == -1.0 && PyErr_Occurred() != nullptr) throw PyError::fetch();
    if (!std::isfinite(numbers[i])) {
      raise_error(PyExc_ValueError, "center must be two finite numbers; got %R", object);
    }
  }
  area.center_x = numbers[0];
  area.center_y = numbers[1];
}

kernels::MandelbrotArea checked_area(PyObject* center, double span, PyObject* max_iterations) {
  kernels::MandelbrotArea area;
  if (center != nullptr) read_center(center, area);
  if (!(span > 0) || !std::isfinite(span)) {
    const PyRef given = raise_if_null(PyFloat_FromDouble(span));
    raise_error(PyExc_ValueError, "span must be finite and above 0; got %S", given.get());
  }
  area.width = span;
  if (max_iterations != nullptr) {
    const Py_ssize_t value = to_size(max_iterations, "max_iterations");
    if (value < 1 || value > INT_MAX) {
      raise_error(PyExc_ValueError, "max_iterations must be 1 to %d; got %S", INT_MAX, max_iterations);
    }
    area.max_iterations = static_cast<int>(value);
  }
  return area;
}

PyObject* mandelbrot(PyObject* module, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"width", "height",      "center",      "span",    "max_iterations", "rgb",
                           "dst",   "release_gil", "num_threads", "on_tile", nullptr};
    PyObject *given_width = nullptr, *given_height = nullptr, *center = nullptr, *max_iterations = nullptr;
    PyObject* dst = nullptr;
    double span = kernels::MandelbrotArea{}.width;
    int rgb = 0;
    CallArguments shared;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|$OdOpOpOO:mandelbrot", argument_names(names),
                                     &given_width, &given_height, &center, &span, &max_iterations, &rgb, &dst,
                                     &shared.release_gil, &shared.num_threads, &shared.on_tile)) {
      throw PyError::fetch();
    }
    KernelCall call(shared, *state_of(module).gate);
    const kernels::MandelbrotArea area = checked_area(center, span, max_iterations);
    const Py_ssize_t width = to_size(given_width, "width");
    const Py_ssize_t height = to_size(given_height, "height");
    if (width < 1 || height < 1) {
      raise_error(PyExc_ValueError, "width and height must be at least 1; got %zd x %zd", width, height);
    }
    Destination destination(
        dst, {static_cast<std::size_t>(height), static_cast<std::size_t>(width), rgb ? 3U : 1U});
    call.run({"mandelbrot", bytes_of(destination.view())}, [&](const kernels::TileOptions& options) {
      return kernels::mandelbrot(destination.view(), area, options);
    });
    return destination.result(module);
  });
}

PyObject* close_gate(PyObject* module, PyObject*) noexcept {
  (*state_of(module).gate)->close();
  Py_RETURN_NONE;
}

int execute(PyObject* module) noexcept {
  return guarded([&] {
    state_of(module).gate = new std::shared_ptr<ThreadGate>(std::make_shared<ThreadGate>());
    static PyMethodDef at_exit = {"close_gate", close_gate, METH_NOARGS, nullptr};
    const PyRef closer = raise_if_null(PyCFunction_New(&at_exit, module));
    const PyRef atexit = raise_if_null(PyImport_ImportModule("atexit"));
    raise_if_null(PyObject_CallMethod(atexit.get(), "register", "O", closer.get()));
    const PyRef image_module = raise_if_null(PyImport_ImportModule("gilscope.image"));
    PyRef type = raise_if_null(PyObject_GetAttrString(image_module.get(), "Image"));
    state_of(module).image_type = type.release();
  });
}

int traverse(PyObject* module, visitproc visit, void* arg) noexcept {
  Py_VISIT(state_of(module).image_type);
  return 0;
}

int clear(PyObject* module) noexcept {
  Py_CLEAR(state_of(module).image_type);
  return 0;
}

void free_state(void* module) noexcept {
  PyObject* const self = static_cast<PyObject*>(module);
  clear(self);
  delete std::exchange(state_of(self).gate, nullptr);
}

}  // namespace

PyModuleDef& kernels_module() noexcept {
  static PyMethodDef methods[] = {
      {"countdown", with_keywords(countdown), METH_VARARGS | METH_KEYWORDS, kCountdownDoc},
      {"grayscale", with_keywords(grayscale), METH_VARARGS | METH_KEYWORDS, kGrayscaleDoc},
      {"blur", with_keywords(blur), METH_VARARGS | METH_KEYWORDS, kBlurDoc},
      {"mandelbrot", with_keywords(mandelbrot), METH_VARARGS | METH_KEYWORDS, kMandelbrotDoc},
      {nullptr, nullptr, 0, nullptr}};
  static PyModuleDef_Slot slots[] = {{Py_mod_exec, reinterpret_cast<void*>(execute)},
#ifdef Py_mod_multiple_interpreters
                                     {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_mod_gil
                                     {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
                                     {0, nullptr}};
  static PyModuleDef definition = {PyModuleDef_HEAD_INIT,
                                   "gilscope.kernels",
                                   kKernelsDoc,
                                   sizeof(KernelsModuleState),
                                   methods,
                                   slots,
                                   traverse,
                                   clear,
                                   free_state};
  return definition;
}

}  // namespace gilscope::py
