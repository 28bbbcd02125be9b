// Gaussian blur of 8-bit images. Not for other filters, nor for blurring in linear light.
// Thread rule: may be called from many threads at once, on destinations that do not overlap.
#pragma once

#include "kernels/image_view.h"
#include "kernels/tiles.h"

namespace gilscope::kernels {

/// The largest standard deviation that blur() takes, in pixels.
inline constexpr double kMaxBlurSigma = 1000.0;

/// Blurs `src` into `dst` (same width, height and channels, 1 to 4 of them, each on its own) with a Gaussian
/// of standard deviation `sigma` pixels, 0 (a copy) to kMaxBlurSigma, cut off at radius ceil(3 sigma). Beyond
/// its edges the image goes on as its mirror image without the edge pixel repeated: OpenCV's
/// BORDER_REFLECT_101, scipy's "mirror"; also where the radius is larger than the image.
/// Pre-condition: the two do not overlap. Every sample is within 1 of the exact result.
/// Needs one row of floats per thread; kOutOfMemory if there is no room for them, and then nothing is
/// written.
TileOutcome blur(ConstImageView src, ImageView dst, double sigma, const TileOptions& options) noexcept;

}  // namespace gilscope::kernels
