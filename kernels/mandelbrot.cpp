#include "kernels/mandelbrot.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/mandelbrot.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h includes this file once per instruction set; it comes before highway.h.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/escape_color.h"
#include "kernels/tile_loop.h"

// This file is compiled without contraction to fused multiply-add, so that every instruction set, and a plain
// loop, finds the same escape times.

#ifndef GILSCOPE_KERNELS_MANDELBROT_ORBITS
#define GILSCOPE_KERNELS_MANDELBROT_ORBITS
namespace gilscope::kernels {

/// Points that are iterated together, whatever the width of a vector: neighbours in one row.
constexpr std::size_t kOrbits = 32;

/// A point has escaped when |z|^2 is above this. 4 would do for the set itself; far out, the norm tells
/// smoothly how long ago the point passed any radius.
constexpr double kEscapeNorm = 65536.0;

/// z = z^2 + c, step by step, for kOrbits points.
struct Orbits {
  double c_re[kOrbits];
  double c_im;
  double z_re[kOrbits];
  double z_im[kOrbits];
  double norm[kOrbits];   ///< |z|^2 after the last counted step, or after the one that escaped
  double steps[kOrbits];  ///< taken without escaping
};

}  // namespace gilscope::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gilscope::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using Vector = hn::Vec<Tag>;

/// Two vectors in flight would hide a step's latency badly, eight would not fit the registers.
constexpr std::size_t kVectors = 4;
constexpr int kStepsPerCheck = 8;

/// The orbits of kVectors vectors, in registers.
struct OrbitVectors {
  Vector c_re[kVectors], z_re[kVectors], z_im[kVectors], norm[kVectors], steps[kVectors];
};

/// kStepsPerCheck steps; false when none of the points is still within the escape radius.
HWY_INLINE bool check_steps(OrbitVectors& v, Vector c_im) {
  const Tag d;
  const Vector limit = hn::Set(d, kEscapeNorm);
  const Vector one = hn::Set(d, 1.0);
  for (int step = 0; step < kStepsPerCheck; ++step) {
    for (std::size_t k = 0; k < kVectors; ++k) {
      // An escaped point runs on, to infinity and then to NaN: never again is its norm below the limit.
      const Vector re2 = hn::Mul(v.z_re[k], v.z_re[k]);
      const Vector im2 = hn::Mul(v.z_im[k], v.z_im[k]);
      v.z_im[k] = hn::Add(hn::Mul(hn::Add(v.z_re[k], v.z_re[k]), v.z_im[k]), c_im);
      v.z_re[k] = hn::Add(hn::Sub(re2, im2), v.c_re[k]);
      const Vector new_norm = hn::Add(hn::Mul(v.z_re[k], v.z_re[k]), hn::Mul(v.z_im[k], v.z_im[k]));
      v.norm[k] = hn::IfThenElse(hn::Le(v.norm[k], limit), new_norm, v.norm[k]);
      v.steps[k] = hn::Add(v.steps[k], hn::IfThenElseZero(hn::Le(v.norm[k], limit), one));
    }
  }
  Vector least = v.norm[0];
  for (std::size_t k = 1; k < kVectors; ++k) least = hn::Min(least, v.norm[k]);
  return !hn::AllFalse(d, hn::Le(least, limit));
}

/// Goes on with the orbits for `steps` more steps, rounded up to the next check. False: all have escaped.
// NOLINTNEXTLINE(misc-definitions-in-headers): once per instruction set, in a namespace of its own
bool advance_orbits(Orbits& orbits, int steps) {
  const Tag d;
  const std::size_t lanes = hn::Lanes(d);
  const Vector c_im = hn::Set(d, orbits.c_im);
  bool any_inside = false;
  for (std::size_t first = 0; first < kOrbits; first += kVectors * lanes) {
    OrbitVectors v;
    for (std::size_t k = 0; k < kVectors; ++k) {
      const std::size_t at = first + k * lanes;
      v.c_re[k] = hn::LoadU(d, orbits.c_re + at);
      v.z_re[k] = hn::LoadU(d, orbits.z_re + at);
      v.z_im[k] = hn::LoadU(d, orbits.z_im + at);
      v.norm[k] = hn::LoadU(d, orbits.norm + at);
      v.steps[k] = hn::LoadU(d, orbits.steps + at);
    }
    bool inside = true;
    for (int left = steps; inside && left > 0; left -= kStepsPerCheck) inside = check_steps(v, c_im);
    any_inside = any_inside || inside;
    for (std::size_t k = 0; k < kVectors; ++k) {
      const std::size_t at = first + k * lanes;
      hn::StoreU(v.z_re[k], d, orbits.z_re + at);
      hn::StoreU(v.z_im[k], d, orbits.z_im + at);
      hn::StoreU(v.norm[k], d, orbits.norm + at);
      hn::StoreU(v.steps[k], d, orbits.steps + at);
    }
  }
  return any_inside;
}

/// log2(1 + t) of each point's smoothed escape time t >= 0; below 0 where the point has not escaped within
/// `max_steps`.
// NOLINTNEXTLINE(misc-definitions-in-headers): once per instruction set, in a namespace of its own
void escape_octaves(const Orbits& orbits, double max_steps, double* octaves) {
  const Tag d;
  const Vector one = hn::Set(d, 1.0);
  for (std::size_t at = 0; at < kOrbits; at += hn::Lanes(d)) {
    const Vector steps = hn::LoadU(d, orbits.steps + at);
    const Vector norm = hn::LoadU(d, orbits.norm + at);
    // Where a point that escaped in step n was between radius 256 and its square: 0 to 1, to take off from n.
    const Vector lead = hn::Log2(d, hn::Mul(hn::Log2(d, norm), hn::Set(d, 1.0 / 16.0)));
    const Vector time = hn::Max(hn::Sub(hn::Add(steps, one), lead), hn::Zero(d));
    const Vector outside = hn::Log2(d, hn::Add(one, time));
    hn::StoreU(hn::IfThenElse(hn::Lt(steps, hn::Set(d, max_steps)), outside, hn::Set(d, -1.0)), d,
               octaves + at);
  }
}

}  // namespace gilscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gilscope::kernels {

namespace {

HWY_EXPORT(advance_orbits);
HWY_EXPORT(escape_octaves);

// The functions for this processor. Newer Highways can choose inside a function only.
auto choose_advance() { return HWY_DYNAMIC_DISPATCH(advance_orbits); }
auto choose_escape_octaves() { return HWY_DYNAMIC_DISPATCH(escape_octaves); }

constexpr std::size_t kPixelsPerTile = std::size_t{1} << 14;
constexpr std::size_t kTilesAimedAt = 64;  // so that threads end together also on a small picture

/// Steps of kOrbits points between two looks at the watcher: about 0.1 ms.
constexpr int kStepsPerLook = 1 << 13;

/// Draws rows; one per worker and tile.
class RowPainter {
 public:
  RowPainter(ImageView dst, const MandelbrotArea& area, const EscapePalette& palette,
             TileWorker& worker) noexcept
      : dst_(dst), area_(area), palette_(palette), worker_(worker) {}

  /// False when told to stop.
  bool paint(std::size_t y) noexcept {
    for (std::size_t x = 0; x < dst_.width; x += kOrbits) {
      start_at(x, y);
      if (!iterate()) return false;
      write(dst_.row(y) + x * dst_.channels, std::min(kOrbits, dst_.width - x));
    }
    return true;
  }

 private:
  void start_at(std::size_t x, std::size_t y) noexcept {
    const double pixel = area_.width / static_cast<double>(dst_.width);
    const double left = area_.center_x - 0.5 * area_.width;
    const double top = area_.center_y + 0.5 * pixel * static_cast<double>(dst_.height);
    orbits_ = {};
    orbits_.c_im = top - (static_cast<double>(y) + 0.5) * pixel;
    for (std::size_t k = 0; k < kOrbits; ++k) {
      orbits_.c_re[k] = left + (static_cast<double>(x + k) + 0.5) * pixel;
    }
  }

  bool iterate() noexcept {
    for (int left = area_.max_iterations; left > 0;) {
      const int steps = std::min(left, std::max(steps_to_look_, 1));
      const bool inside = advance_(orbits_, steps);
      left -= steps;
      steps_to_look_ -= steps;
      if (steps_to_look_ <= 0) {
        if (!worker_.keep_going()) return false;
        steps_to_look_ = kStepsPerLook;
      }
      if (!inside) return true;
    }
    return true;
  }

  void write(std::uint8_t* out, std::size_t pixels) noexcept {
    double octaves[kOrbits];
    escape_octaves_(orbits_, area_.max_iterations, octaves);
    for (std::size_t k = 0; k < pixels; ++k, out += dst_.channels) {
      const auto shade = static_cast<float>(octaves[k]);
      if (dst_.channels == 1) {
        *out = shade < 0 ? std::uint8_t{0} : EscapePalette::gray(shade, most_octaves_);
      } else {
        static constexpr std::array<std::uint8_t, 3> kInside{0, 0, 0};
        const auto& color = shade < 0 ? kInside : palette_.color(shade);
        std::copy(color.begin(), color.end(), out);
      }
    }
  }

  const ImageView dst_;
  const MandelbrotArea& area_;
  const EscapePalette& palette_;
  TileWorker& worker_;
  const decltype(choose_advance()) advance_ = choose_advance();
  const decltype(choose_escape_octaves()) escape_octaves_ = choose_escape_octaves();
  const float most_octaves_ = std::log2(1.0f + static_cast<float>(area_.max_iterations));
  Orbits orbits_{};
  int steps_to_look_ = kStepsPerLook;
};

}  // namespace

TileOutcome mandelbrot(ImageView dst, const MandelbrotArea& area, const TileOptions& options) noexcept {
  assert(dst.channels == 1 || dst.channels == 3);
  assert(area.width > 0 && std::isfinite(area.width) && area.max_iterations >= 1);
  if (dst.width == 0 || dst.height == 0) return TileOutcome::kDone;

  const EscapePalette palette;
  const std::size_t rows = std::min(kPixelsPerTile / dst.width, dst.height / kTilesAimedAt);
  return for_each_tile({dst.height, std::max<std::size_t>(1, rows)}, options,
                       [&](const Tile& tile, TileWorker& worker) noexcept {
                         RowPainter painter(dst, area, palette, worker);
                         for (std::size_t y = tile.first_row; y < tile.end_row; ++y) {
                           if (!painter.paint(y)) return false;
                         }
                         return true;
                       });
}

}  // namespace gilscope::kernels
#endif
