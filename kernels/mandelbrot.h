// Draws the Mandelbrot set: work that is pure arithmetic and uneven from row to row.
// Not for deep zooms: coordinates are doubles, so detail ends at a width of about 1e-13.
// Thread rule: may be called from many threads at once. The picture does not depend on the number of threads.
#pragma once

#include "kernels/image_view.h"
#include "kernels/tiles.h"

namespace gilscope::kernels {

/// The part of the complex plane that fills the picture. Its height follows from the picture's aspect ratio.
struct MandelbrotArea {
  double center_x = -0.75;
  double center_y = 0.0;
  double width = 3.5;        ///< finite and above 0
  int max_iterations = 256;  ///< at least 1; points that have not escaped after these count as inside
};

/// Draws `area` into all of `dst`, which has 1 channel (gray) or 3 (RGB). Points inside the set are black;
/// outside, the shade follows the logarithm of the smoothed escape time.
TileOutcome mandelbrot(ImageView dst, const MandelbrotArea& area, const TileOptions& options) noexcept;

}  // namespace gilscope::kernels
