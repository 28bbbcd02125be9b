#include "embed/module_buffer.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "embed/py_error.h"

namespace gilscope::py {

namespace {

/// As Python writes a tuple: "(4,)", "(4, 5, 3)".
std::string as_tuple(int count, const Py_ssize_t* values) {
  std::string text = "(";
  for (int i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(values[i]);
  }
  return text + (count == 1 ? ",)" : ")");
}

std::string as_tuple(const ImageShape& shape) {
  const Py_ssize_t values[] = {static_cast<Py_ssize_t>(shape.height), static_cast<Py_ssize_t>(shape.width),
                               static_cast<Py_ssize_t>(shape.channels)};
  return as_tuple(shape.channels == 1 ? 2 : 3, values);
}

/// "B", alone or after a byte order, which means nothing for a byte.
bool is_unsigned_byte(const char* format) noexcept {
  if (format == nullptr) return true;
  const std::string_view code = format;
  return code == "B" ||
         (code.size() == 2 && code[1] == 'B' && std::string_view("@=<>!").find(code[0]) != code.npos);
}

/// (height, width) or (height, width, channels) as C numbers; false if they are no image's.
bool to_shape(Py_ssize_t count, const Py_ssize_t* values, ImageShape& shape) noexcept {
  if (count != 2 && count != 3) return false;
  const Py_ssize_t channels = count == 3 ? values[2] : 1;
  if (values[0] < 1 || values[1] < 1 || channels < 1 || channels > 4) return false;
  shape = {static_cast<std::size_t>(values[0]), static_cast<std::size_t>(values[1]),
           static_cast<std::size_t>(channels)};
  return true;
}

/// The bytes of a packed image of this shape; false where the number does not fit.
bool packed_size(const ImageShape& shape, Py_ssize_t& bytes) noexcept {
  std::size_t size = 0;
  if (__builtin_mul_overflow(shape.height, shape.width, &size)) return false;
  if (__builtin_mul_overflow(size, shape.channels, &size)) return false;
  bytes = static_cast<Py_ssize_t>(size);
  return bytes >= 0;
}

/// The `shape` that a script gave.
ImageShape given_shape(PyObject* object) {
  const PyRef items = PyRef::steal(PySequence_Fast(object, ""));
  if (!items) {
    PyErr_Clear();
    raise_error(PyExc_TypeError, "shape must be (height, width) or (height, width, channels), not '%.200s'",
                Py_TYPE(object)->tp_name);
  }
  const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.get());
  Py_ssize_t values[3] = {0, 0, 0};
  for (Py_ssize_t i = 0; i < count && i < 3; ++i) {
    values[i] = to_size(PySequence_Fast_GET_ITEM(items.get(), i), "each number of shape");
  }
  ImageShape shape;
  if (!to_shape(count, values, shape)) {
    raise_error(
        PyExc_ValueError,
        "shape must be (height, width) or (height, width, channels), of at least one pixel and of 1 to 4 "
        "channels; got %R",
        object);
  }
  return shape;
}

}  // namespace

Py_ssize_t to_size(PyObject* object, const char* name) {
  if (!PyIndex_Check(object)) {
    raise_error(PyExc_TypeError, "%s must be an int, not '%.200s'", name, Py_TYPE(object)->tp_name);
  }
  const Py_ssize_t value = PyNumber_AsSsize_t(object, nullptr);
  if (value == -1 && PyErr_Occurred() != nullptr) throw PyError::fetch();
  return value;
}

PixelBuffer::PixelBuffer(PyObject* object, const char* name) : name_(name) {
  if (!PyObject_CheckBuffer(object)) {
    raise_error(PyExc_TypeError,
                "%s must be a buffer of bytes (bytes, bytearray, memoryview, array, NumPy array, "
                "gilscope.image.Image), "
                "not '%.200s'",
                name, Py_TYPE(object)->tp_name);
  }
  raise_if_negative(PyObject_GetBuffer(object, &buffer_, PyBUF_RECORDS_RO));
  if (buffer_.itemsize == 1 && is_unsigned_byte(buffer_.format)) return;
  const std::string format = buffer_.format == nullptr ? "?" : buffer_.format;
  const Py_ssize_t item_size = buffer_.itemsize;
  PyBuffer_Release(&buffer_);
  raise_error(PyExc_TypeError,
              "%s must hold unsigned bytes (format 'B', NumPy's uint8), not format '%s' of %zd bytes", name,
              format.c_str(), item_size);
}

PixelBuffer::~PixelBuffer() { PyBuffer_Release(&buffer_); }

kernels::ConstImageView PixelBuffer::source(PyObject* shape) const {
  ImageShape own;
  const bool has_own = to_shape(buffer_.ndim, buffer_.shape, own);
  const bool is_flat = buffer_.ndim == 1;
  if (shape == nullptr || shape == Py_None) {
    if (has_own) return view(own);
    if (is_flat) {
      raise_error(PyExc_ValueError,
                  "%s is flat (%zd bytes): say what they are with shape=(height, width, channels), or cast a "
                  "memoryview",
                  name_, buffer_.len);
    }
    raise_error(
        PyExc_ValueError,
        "%s must be shaped (height, width) or (height, width, channels), of at least one pixel and of 1 to 4 "
        "channels; its shape is %s",
        name_, as_tuple(buffer_.ndim, buffer_.shape).c_str());
  }
  const ImageShape given = given_shape(shape);
  Py_ssize_t needed = 0;
  if (is_flat && packed_size(given, needed) && needed == buffer_.len) return view(given);
  if (has_own && own.height == given.height && own.width == given.width && own.channels == given.channels) {
    return view(own);
  }
  raise_error(PyExc_ValueError, "%s has shape %s, which is not shape=%s", name_,
              as_tuple(buffer_.ndim, buffer_.shape).c_str(), as_tuple(given).c_str());
}

kernels::ImageView PixelBuffer::destination(const ImageShape& expected) const {
  if (buffer_.readonly != 0) {
    raise_error(PyExc_TypeError, "%s must be writable, but its memory is read-only ('%.200s')", name_,
                buffer_.obj == nullptr ? "?" : Py_TYPE(buffer_.obj)->tp_name);
  }
  ImageShape own;
  Py_ssize_t needed = 0;
  const bool fits_flat = buffer_.ndim == 1 && packed_size(expected, needed) && needed == buffer_.len;
  const bool fits = to_shape(buffer_.ndim, buffer_.shape, own) && own.height == expected.height &&
                    own.width == expected.width && own.channels == expected.channels;
  if (!fits_flat && !fits) {
    raise_error(PyExc_ValueError, "%s must have shape %s, or be flat with as many bytes; its shape is %s",
                name_, as_tuple(expected).c_str(), as_tuple(buffer_.ndim, buffer_.shape).c_str());
  }
  const kernels::ConstImageView pixels = view(expected);
  return {static_cast<std::uint8_t*>(buffer_.buf), pixels.width, pixels.height, pixels.channels,
          pixels.row_stride};
}

kernels::ConstImageView PixelBuffer::view(const ImageShape& shape) const {
  const auto channels = static_cast<Py_ssize_t>(shape.channels);
  const auto row_bytes = static_cast<Py_ssize_t>(shape.width) * channels;
  kernels::ConstImageView pixels{static_cast<const std::uint8_t*>(buffer_.buf), shape.width, shape.height,
                                 shape.channels, static_cast<std::size_t>(row_bytes)};
  const Py_ssize_t* const strides = buffer_.strides;
  if (strides == nullptr) return pixels;  // packed

  // The stride of a dimension of size 1 is never used, and may be anything.
  const bool flat = buffer_.ndim == 1;
  const bool bytes_adjoin =
      flat ? buffer_.len == 1 || strides[0] == 1 : shape.width == 1 || strides[1] == channels;
  const bool channels_adjoin = buffer_.ndim < 3 || shape.channels == 1 || strides[2] == 1;
  if (!bytes_adjoin || !channels_adjoin) {
    raise_error(
        PyExc_ValueError,
        "the pixels of %s must adjoin one another in each row, but its strides are %s: make a packed copy "
        "(numpy.ascontiguousarray)",
        name_, as_tuple(buffer_.ndim, strides).c_str());
  }
  if (flat || shape.height == 1) return pixels;
  if (strides[0] < row_bytes) {
    raise_error(PyExc_ValueError,
                "the rows of %s must follow one another in memory, %zd bytes or more apart, but its strides "
                "are %s: make "
                "a packed copy (numpy.ascontiguousarray)",
                name_, row_bytes, as_tuple(buffer_.ndim, strides).c_str());
  }
  pixels.row_stride = static_cast<std::size_t>(strides[0]);
  return pixels;
}

void refuse_overlap(const kernels::ConstImageView& source, const kernels::ConstImageView& destination) {
  const auto begin = [](const kernels::ConstImageView& v) {
    return reinterpret_cast<std::uintptr_t>(v.data);
  };
  const auto row_bytes = [](const kernels::ConstImageView& v) { return v.width * v.channels; };
  const auto end = [&](const kernels::ConstImageView& v) {
    return begin(v) + (v.height - 1) * v.row_stride + row_bytes(v);
  };
  if (end(source) <= begin(destination) || end(destination) <= begin(source)) return;
  // Two parts of one larger image, side by side, take turns in memory but share no byte.
  if (const std::size_t stride = source.row_stride; stride == destination.row_stride) {
    // How far a row of the destination begins behind the nearest row of the source, in a frame of one stride.
    const std::size_t behind = begin(destination) >= begin(source)
                                   ? (begin(destination) - begin(source)) % stride
                                   : (stride - (begin(source) - begin(destination)) % stride) % stride;
    if (behind >= row_bytes(source) && behind + row_bytes(destination) <= stride) return;
  }
  raise_error(PyExc_ValueError, "src and dst overlap in memory: a kernel writes dst while it reads src");
}

}  // namespace gilscope::py
