// What a script passes as an image: anything with the buffer protocol, checked and seen as rows of 8-bit
// pixels. Not for making images: see image_object.h. Thread rule: GIL held where one is made and dropped; the
// memory stays in place in between, so that a kernel may use the views without the GIL.
#pragma once

#include <Python.h>

#include <cstddef>

#include "kernels/image_view.h"

namespace gilscope::py {

/// An image's true size. Of one channel, (height, width) and (height, width, 1) are the same.
struct ImageShape {
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t channels = 1;
};

/// Holds a Python object's buffer. In the errors `name` is the argument that it was passed as.
class PixelBuffer {
 public:
  /// GIL: held. Throws PyError: TypeError for what has no buffer, or not one of unsigned bytes. `name` must
  /// outlive it.
  PixelBuffer(PyObject* object, const char* name);
  ~PixelBuffer();  // GIL: held
  PixelBuffer(const PixelBuffer&) = delete;
  PixelBuffer& operator=(const PixelBuffer&) = delete;

  /// The pixels to read. `shape`: null or None where the buffer knows its own; else (height, width[,
  /// channels]), which a flat buffer needs. GIL: held. Throws PyError: ValueError for what is no image of 1
  /// to 4 channels.
  kernels::ConstImageView source(PyObject* shape) const;

  /// The pixels to write: shaped so, or flat with as many bytes. GIL: held. Throws PyError: ValueError,
  /// TypeError for read-only memory.
  kernels::ImageView destination(const ImageShape& expected) const;

 private:
  kernels::ConstImageView view(const ImageShape& shape) const;

  Py_buffer buffer_;
  const char* name_;
};

/// A number of things, as a script gave it; one that no memory can hold becomes PY_SSIZE_T_MAX, for the
/// caller's limit to refuse. GIL: held. Throws PyError: TypeError, which names the argument.
Py_ssize_t to_size(PyObject* object, const char* name);

/// Refuses a destination that shares bytes with what is read. GIL: held. Throws PyError: ValueError.
void refuse_overlap(const kernels::ConstImageView& source, const kernels::ConstImageView& destination);

}  // namespace gilscope::py
