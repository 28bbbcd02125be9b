// Colour to gray, to the last bit as Pillow's convert("L"). Not for gamma-correct or weighted conversions.
// Thread rule: may be called from many threads at once, on destinations that do not overlap.
#pragma once

#include "kernels/image_view.h"
#include "kernels/tiles.h"

namespace gilscope::kernels {

/// Writes (19595 R + 38470 G + 7471 B + 32768) >> 16 for every pixel: the weights of ITU-R BT.601 luma
/// (0.299, 0.587, 0.114) in 16 bits, rounded to nearest.
/// `src` has 3 channels (RGB) or 4 (RGBA; alpha is ignored), `dst` has 1 and the same width and height.
/// Pre-condition: the two do not overlap. Images with no pixels are done at once.
TileOutcome grayscale(ConstImageView src, ImageView dst, const TileOptions& options) noexcept;

}  // namespace gilscope::kernels
