// gilscope.image: the Image type, and PNG files read and written without the GIL.
#include <string>
#include <utility>

#include "embed/gil.h"
#include "embed/image_object.h"
#include "embed/module_buffer.h"
#include "embed/module_parts.h"
#include "embed/py_error.h"
#include "kernels/png.h"

namespace gilscope::py {

namespace {

struct ImageModuleState {
  PyObject* image_type;  // owned; the collector visits it
};

ImageModuleState& state_of(PyObject* module) noexcept {
  return *static_cast<ImageModuleState*>(PyModule_GetState(module));
}

/// A path as open() takes it: `shown` for errors, and the bytes that the system wants.
struct Path {
  PyRef shown;
  std::string bytes;
};

Path to_path(PyObject* object) {
  Path path;
  path.shown = raise_if_null(PyOS_FSPath(object));
  PyObject* encoded = nullptr;
  if (!PyUnicode_FSConverter(path.shown.get(), &encoded)) throw PyError::fetch();
  const PyRef owner = PyRef::steal(encoded);
  path.bytes.assign(PyBytes_AS_STRING(encoded), static_cast<std::size_t>(PyBytes_GET_SIZE(encoded)));
  return path;
}

void raise_png_error(const kernels::PngError& error, const Path& path) {
  using kernels::PngErrorKind;
  switch (error.kind) {
    case PngErrorKind::kNone:
      return;
    case PngErrorKind::kNotFound:
    case PngErrorKind::kSystem:
      raise_os_error(error.system_errno, path.shown.get());
    case PngErrorKind::kFormat:
    case PngErrorKind::kTooLarge:
      raise_error(PyExc_ValueError, "%s", error.message.c_str());
    case PngErrorKind::kOutOfMemory:
      raise_error(PyExc_MemoryError, "%s", error.message.c_str());
  }
}

PyObject* read_png(PyObject* module, PyObject* path_object) noexcept {
  return guarded([&] {
    const Path path = to_path(path_object);
    kernels::PngResult result;
    {
      const GilReleased released;
      result = kernels::read_png(path.bytes);
    }
    raise_png_error(result.error, path);
    return make_image(reinterpret_cast<PyTypeObject*>(state_of(module).image_type), std::move(result.image));
  });
}

PyObject* write_png(PyObject*, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"path", "img", "shape", nullptr};
    PyObject *path_object = nullptr, *image = nullptr, *shape = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|$O:write_png", argument_names(names), &path_object,
                                     &image, &shape)) {
      throw PyError::fetch();
    }
    const Path path = to_path(path_object);
    const PixelBuffer buffer(image, "img");
    const kernels::ConstImageView pixels = buffer.source(shape);
    kernels::PngError error;
    {
      const GilReleased released;
      error = kernels::write_png(path.bytes, pixels);
    }
    raise_png_error(error, path);
    return PyRef::borrow(Py_None);
  });
}

int execute(PyObject* module) noexcept {
  return guarded([&] {
    PyRef type = make_image_type(module);
    raise_if_negative(PyModule_AddObjectRef(module, "Image", type.get()));
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

void free_state(void* module) noexcept { clear(static_cast<PyObject*>(module)); }

constexpr const char* kModuleDoc =
    R"(Images as buffers, and PNG files. The GIL is released while a file is read or written.)";

constexpr const char* kReadPngDoc = R"(read_png(path, /)
--

Reads a PNG file into an Image of 8-bit pixels.

Gray gives 1 channel, gray with alpha 2, RGB and palette 3, RGBA 4; a transparent
colour becomes an alpha channel. Samples of 1, 2 and 4 bits are widened to the full
range 0 to 255, and those of 16 bits are reduced to the nearest of 8. Interlaced
files are read as well. Gamma and colour profiles are ignored.

path: str, bytes or os.PathLike

Raises OSError (FileNotFoundError, PermissionError, ...) where the file cannot be read,
ValueError where it is no PNG, truncated, corrupt, or of more than 2**28 pixels, and
MemoryError where its pixels do not fit. Releases the GIL.)";

constexpr const char* kWritePngDoc = R"(write_png(path, img, *, shape=None)
--

Writes pixels to a PNG file: 1 channel as gray, 2 as gray with alpha, 3 as RGB, 4 as
RGBA, 8 bits each. The file appears when it is whole: after an error, one that was there
before is as it was.

path: str, bytes or os.PathLike
img: an Image, or any buffer of unsigned bytes, shaped (height, width) or
    (height, width, channels); rows may be any distance apart
shape: (height, width[, channels]) of img where that is flat (bytes, array)

Raises OSError (FileNotFoundError, PermissionError, a full disk, ...), TypeError for what
is no buffer of bytes, and ValueError for a shape that is no image's. Releases the GIL.)";

}  // namespace

PyModuleDef& image_module() noexcept {
  static PyMethodDef methods[] = {
      {"read_png", read_png, METH_O, kReadPngDoc},
      {"write_png", with_keywords(write_png), METH_VARARGS | METH_KEYWORDS, kWritePngDoc},
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
                                   "gilscope.image",
                                   kModuleDoc,
                                   sizeof(ImageModuleState),
                                   methods,
                                   slots,
                                   traverse,
                                   clear,
                                   free_state};
  return definition;
}

}  // namespace gilscope::py
