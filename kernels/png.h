// PNG files, read and written through libpng. Not for colour management: gamma and profiles are ignored.
// Thread rule: may be called from many threads at once. Throws nothing but std::bad_alloc, for a message.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/image.h"
#include "kernels/image_view.h"

namespace gilscope::kernels {

/// Larger images are refused before any memory is taken for them.
inline constexpr std::uint64_t kMaxPngPixels = std::uint64_t{1} << 28;

enum class PngErrorKind {
  kNone,
  kNotFound,     ///< no such file, or no such directory; system_errno says ENOENT
  kSystem,       ///< the system refused; system_errno says why
  kFormat,       ///< not a PNG, truncated or corrupt; or, in writing, an image that PNG cannot hold
  kTooLarge,     ///< more than kMaxPngPixels
  kOutOfMemory,  ///< no room for the pixels
};

struct PngError {
  PngErrorKind kind = PngErrorKind::kNone;
  int system_errno = 0;  ///< for kNotFound and kSystem; otherwise 0
  std::string message;   ///< one line, names the file
  bool failed() const noexcept { return kind != PngErrorKind::kNone; }
};

struct PngResult {
  Image image;  ///< empty if error.failed()
  PngError error;
  bool ok() const noexcept { return !error.failed(); }
};

/// Reads a whole PNG, of any colour type and interlaced or not, into 8 bits a sample:
/// gray 1, gray + alpha 2, RGB 3, RGBA 4 channels. A palette becomes RGB; a transparent colour becomes an
/// alpha channel; 1, 2 and 4 bits are widened to the full range; 16 bits are scaled to the nearest of 8
/// (libpng's png_set_scale_16).
PngResult read_png(const std::string& path);

/// Writes 1 (gray), 2 (gray + alpha), 3 (RGB) or 4 (RGBA) channels. A regular file is written beside its
/// final place and then renamed: after a failure nothing is left behind, and a file that was there is still
/// whole. Devices and pipes are written to directly.
PngError write_png(const std::string& path, ConstImageView image);

}  // namespace gilscope::kernels
