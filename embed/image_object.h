// gilscope.image.Image: packed 8-bit pixels that Python owns and sees through the buffer protocol.
// Not for images that a script brings: see module_buffer.h.
// Thread rule: GIL held to make one; its pixels stay in place for as long as the object or a buffer of it
// lives.
#pragma once

#include <Python.h>

#include "embed/module_buffer.h"
#include "embed/py_ref.h"
#include "kernels/image.h"

namespace gilscope::py {

/// More is refused as a slip, before the system is asked for the memory.
inline constexpr Py_ssize_t kMaxImageBytes = Py_ssize_t{1} << 38;

/// Makes the heap type gilscope.image.Image, which belongs to `module`. GIL: held.
PyRef make_image_type(PyObject* module);

/// Memory for an image, its pixels not yet written. GIL: held. Throws PyError: MemoryError, which names the
/// size.
kernels::Image allocate_image(const ImageShape& shape);

/// A new Image that owns these pixels. `image_type` is what make_image_type made. GIL: held.
PyRef make_image(PyTypeObject* image_type, kernels::Image pixels);

}  // namespace gilscope::py
