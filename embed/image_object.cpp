#include "embed/image_object.h"

#include <cstring>
#include <new>
#include <utility>

#include "embed/module_parts.h"
#include "embed/py_error.h"

namespace gilscope::py {

namespace {

struct ImageObject {
  PyObject_HEAD kernels::Image pixels;
  // What a Py_buffer points to, for as long as it lives.
  int dimensions;
  Py_ssize_t shape[3];
  Py_ssize_t strides[3];
};

ImageObject& image_of(PyObject* self) noexcept { return *reinterpret_cast<ImageObject*>(self); }

PyObject* image_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) noexcept {
  return guarded([&] {
    const char* names[] = {"height", "width", "channels", nullptr};
    PyObject *given_height = nullptr, *given_width = nullptr, *given_channels = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O:Image", argument_names(names), &given_height,
                                     &given_width, &given_channels)) {
      throw PyError::fetch();
    }
    const Py_ssize_t height = to_size(given_height, "height");
    const Py_ssize_t width = to_size(given_width, "width");
    const Py_ssize_t channels = given_channels == nullptr ? 1 : to_size(given_channels, "channels");
    if (height < 1 || width < 1 || channels < 1 || channels > 4) {
      raise_error(
          PyExc_ValueError,
          "an Image has at least one row and one column, and 1 to 4 channels; got height %zd, width %zd, "
          "channels %zd",
          height, width, channels);
    }
    kernels::Image pixels = allocate_image({static_cast<std::size_t>(height), static_cast<std::size_t>(width),
                                            static_cast<std::size_t>(channels)});
    std::memset(pixels.data(), 0, pixels.size_bytes());
    return make_image(type, std::move(pixels));
  });
}

void image_dealloc(PyObject* self) noexcept {
  PyTypeObject* const type = Py_TYPE(self);
  image_of(self).pixels.~Image();
  type->tp_free(self);
  Py_DECREF(type);  // an object of a heap type owns its type
}

int image_get_buffer(PyObject* self, Py_buffer* buffer, int flags) noexcept {
  return guarded([&] {
    ImageObject& image = image_of(self);
    buffer->obj = nullptr;
    // In C order only; an image of one row or column is in both, but nobody has yet asked for that.
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS) {
      raise_error(PyExc_BufferError, "an Image is in C order: rows of pixels");
    }
    const bool shaped = (flags & PyBUF_ND) != 0;
    buffer->buf = image.pixels.data();
    buffer->len = static_cast<Py_ssize_t>(image.pixels.size_bytes());
    buffer->itemsize = 1;
    buffer->readonly = 0;
    buffer->ndim = shaped ? image.dimensions : 1;
    buffer->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>("B") : nullptr;
    buffer->shape = shaped ? image.shape : nullptr;
    buffer->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? image.strides : nullptr;
    buffer->suboffsets = nullptr;
    buffer->internal = nullptr;
    buffer->obj = Py_NewRef(self);
  });
}

PyObject* image_compare(PyObject* self, PyObject* other, int operation) noexcept {
  if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(self) != Py_TYPE(other)) Py_RETURN_NOTIMPLEMENTED;
  const kernels::Image& left = image_of(self).pixels;
  const kernels::Image& right = image_of(other).pixels;
  const bool equal = left.width() == right.width() && left.height() == right.height() &&
                     left.channels() == right.channels() &&
                     std::memcmp(left.data(), right.data(), left.size_bytes()) == 0;
  return PyBool_FromLong(equal == (operation == Py_EQ));
}

PyObject* image_repr(PyObject* self) noexcept {
  static constexpr const char* kKinds[] = {"gray", "gray + alpha", "RGB", "RGBA"};
  const kernels::Image& pixels = image_of(self).pixels;
  return PyUnicode_FromFormat("<gilscope.image.Image %zu x %zu, %s>", pixels.width(), pixels.height(),
                              kKinds[pixels.channels() - 1]);
}

PyObject* image_width(PyObject* self, void*) noexcept {
  return PyLong_FromSize_t(image_of(self).pixels.width());
}

PyObject* image_height(PyObject* self, void*) noexcept {
  return PyLong_FromSize_t(image_of(self).pixels.height());
}

PyObject* image_channels(PyObject* self, void*) noexcept {
  return PyLong_FromSize_t(image_of(self).pixels.channels());
}

PyObject* image_shape(PyObject* self, void*) noexcept {
  const ImageObject& image = image_of(self);
  if (image.dimensions == 2) return Py_BuildValue("(nn)", image.shape[0], image.shape[1]);
  return Py_BuildValue("(nnn)", image.shape[0], image.shape[1], image.shape[2]);
}

constexpr const char* kImageDoc = R"(Image(height, width, channels=1)
--

8-bit pixels, one row after another, all zero at first. The kernels and read_png()
make them too.

It has the buffer protocol, writable, format 'B', with its true shape: (height, width)
for 1 channel, else (height, width, channels). So numpy.asarray(img) and
memoryview(img) copy nothing, and bytes(img) copies all. Two Images are equal if
shape and pixels are.

height: rows, at least 1
width: columns, at least 1
channels: 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA

Raises ValueError for a size that is no image's, MemoryError for one that does not fit.)";

}  // namespace

PyRef make_image_type(PyObject* module) {
  static PyGetSetDef properties[] = {
      {"width", image_width, nullptr, "Columns, in pixels.", nullptr},
      {"height", image_height, nullptr, "Rows, in pixels.", nullptr},
      {"channels", image_channels, nullptr, "Bytes per pixel: 1 gray, 2 gray + alpha, 3 RGB, 4 RGBA.",
       nullptr},
      {"shape", image_shape, nullptr, "(height, width), or (height, width, channels) for more than one.",
       nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>(kImageDoc)},
      {Py_tp_new, reinterpret_cast<void*>(image_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(image_dealloc)},
      {Py_tp_repr, reinterpret_cast<void*>(image_repr)},
      {Py_tp_richcompare, reinterpret_cast<void*>(image_compare)},
      {Py_tp_hash, reinterpret_cast<void*>(PyObject_HashNotImplemented)},  // it can be written to
      {Py_tp_getset, properties},
      {Py_bf_getbuffer, reinterpret_cast<void*>(image_get_buffer)},
      {0, nullptr}};
  PyType_Spec spec = {"gilscope.image.Image", sizeof(ImageObject), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, slots};
  return raise_if_null(PyType_FromModuleAndSpec(module, &spec, nullptr));
}

kernels::Image allocate_image(const ImageShape& shape) {
  std::size_t bytes = 0;
  kernels::Image pixels;
  if (!__builtin_mul_overflow(shape.height, shape.width, &bytes) &&
      !__builtin_mul_overflow(bytes, shape.channels, &bytes) && bytes <= std::size_t{kMaxImageBytes}) {
    pixels = kernels::Image::allocate(shape.width, shape.height, shape.channels);
  }
  if (pixels.empty()) {
    raise_error(PyExc_MemoryError, "no memory for an image of %zu x %zu pixels of %zu bytes", shape.width,
                shape.height, shape.channels);
  }
  return pixels;
}

PyRef make_image(PyTypeObject* image_type, kernels::Image pixels) {
  PyRef self = raise_if_null(image_type->tp_alloc(image_type, 0));
  ImageObject& image = image_of(self.get());
  new (&image.pixels) kernels::Image(std::move(pixels));
  const auto height = static_cast<Py_ssize_t>(image.pixels.height());
  const auto width = static_cast<Py_ssize_t>(image.pixels.width());
  const auto channels = static_cast<Py_ssize_t>(image.pixels.channels());
  image.dimensions = channels == 1 ? 2 : 3;
  const Py_ssize_t shape[3] = {height, width, channels};
  const Py_ssize_t strides[3] = {width * channels, channels, 1};
  std::memcpy(image.shape, shape, sizeof shape);
  std::memcpy(image.strides, strides, sizeof strides);
  return self;
}

}  // namespace gilscope::py
