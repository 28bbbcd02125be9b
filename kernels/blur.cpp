#include "kernels/blur.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <new>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/blur.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h includes this file once per instruction set; it comes before highway.h.
#include <hwy/highway.h>

#include "kernels/tile_loop.h"

// Each output row is made in two passes over one row of floats: down the columns of the source, then along
// the row. So no row but the own is kept, and tiles need nothing from one another.

HWY_BEFORE_NAMESPACE();
namespace gilscope::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using TagF = hn::ScalableTag<float>;
using TagI = hn::Rebind<int32_t, TagF>;
using TagU8 = hn::Rebind<uint8_t, TagF>;

/// Samples of one row, as a pass works on them: single ones, and a whole vector of them.
struct DownColumns {
  const uint8_t* const* rows;  // rows[-radius] to rows[radius]
  const float* weights;
  std::ptrdiff_t radius;
  float* out;

  HWY_INLINE void one(std::size_t i) const {
    float sum = weights[0] * static_cast<float>(rows[0][i]);
    for (std::ptrdiff_t k = 1; k <= radius; ++k) {
      sum += weights[k] * static_cast<float>(rows[-k][i] + rows[k][i]);
    }
    out[i] = sum;
  }
  HWY_INLINE hn::Vec<TagI> load(std::ptrdiff_t k, std::size_t i) const {
    return hn::PromoteTo(TagI(), hn::LoadU(TagU8(), rows[k] + i));
  }
  template <std::size_t kVectors>
  HWY_INLINE void many(std::size_t i) const {
    const TagF d;
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<TagF> sum[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[v] = hn::Mul(hn::Set(d, weights[0]), hn::ConvertTo(d, load(0, i + v * lanes)));
    }
    for (std::ptrdiff_t k = 1; k <= radius; ++k) {
      const auto weight = hn::Set(d, weights[k]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        const auto pair = hn::Add(load(-k, i + v * lanes), load(k, i + v * lanes));
        sum[v] = hn::MulAdd(weight, hn::ConvertTo(d, pair), sum[v]);
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) hn::StoreU(sum[v], d, out + i + v * lanes);
  }
};

struct AlongRow {
  const float* in;  // continued by radius pixels on both sides
  const float* weights;
  std::ptrdiff_t radius;
  std::ptrdiff_t channels;
  uint8_t* out;

  HWY_INLINE void one(std::size_t i) const {
    const float* at = in + i;
    float sum = weights[0] * at[0];
    for (std::ptrdiff_t k = 1; k <= radius; ++k) sum += weights[k] * (at[-k * channels] + at[k * channels]);
    out[i] = static_cast<uint8_t>(std::min(sum + 0.5f, 255.0f));
  }
  template <std::size_t kVectors>
  HWY_INLINE void many(std::size_t i) const {
    const TagF d;
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<TagF> sum[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      sum[v] = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, in + i + v * lanes));
    }
    for (std::ptrdiff_t k = 1; k <= radius; ++k) {
      const auto weight = hn::Set(d, weights[k]);
      for (std::size_t v = 0; v < kVectors; ++v) {
        const float* at = in + i + v * lanes;
        const auto pair = hn::Add(hn::LoadU(d, at - k * channels), hn::LoadU(d, at + k * channels));
        sum[v] = hn::MulAdd(weight, pair, sum[v]);
      }
    }
    for (std::size_t v = 0; v < kVectors; ++v) {
      // As in one(): a half goes up.
      const auto rounded = hn::ConvertTo(TagI(), hn::Add(sum[v], hn::Set(d, 0.5f)));
      hn::StoreU(hn::DemoteTo(TagU8(), rounded), TagU8(), out + i + v * lanes);
    }
  }
};

/// Samples first to end - 1, where there may be fewer than a vector holds. What lies on both sides is not
/// touched.
template <class Pass>
HWY_INLINE void run_pass(const Pass& pass, std::size_t first, std::size_t end) {
  constexpr std::size_t kVectors = 4;  // in flight at once
  const std::size_t lanes = hn::Lanes(TagF());
  std::size_t i = first;
  if (end - first < lanes) {
    for (; i < end; ++i) pass.one(i);
    return;
  }
  for (; i + kVectors * lanes <= end; i += kVectors * lanes) pass.template many<kVectors>(i);
  for (; i + lanes <= end; i += lanes) pass.template many<1>(i);
  if (i < end) pass.template many<1>(end - lanes);
}

// NOLINTBEGIN(misc-definitions-in-headers): once per instruction set, in a namespace of its own
void blur_down_columns(const uint8_t* const* rows, const float* weights, std::size_t radius, float* out,
                       std::size_t first, std::size_t end) {
  run_pass(DownColumns{rows, weights, static_cast<std::ptrdiff_t>(radius), out}, first, end);
}

void blur_along_row(const float* in, const float* weights, std::size_t radius, std::size_t channels,
                    uint8_t* out, std::size_t first, std::size_t end) {
  run_pass(
      AlongRow{in, weights, static_cast<std::ptrdiff_t>(radius), static_cast<std::ptrdiff_t>(channels), out},
      first, end);
}
// NOLINTEND(misc-definitions-in-headers)

}  // namespace gilscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gilscope::kernels {

namespace {

HWY_EXPORT(blur_down_columns);
HWY_EXPORT(blur_along_row);

// The functions for this processor. Newer Highways can choose inside a function only.
auto choose_down_columns() { return HWY_DYNAMIC_DISPATCH(blur_down_columns); }
auto choose_along_row() { return HWY_DYNAMIC_DISPATCH(blur_along_row); }

/// In samples times taps. A look at the watcher every 0.1 ms or so, a tile about every millisecond.
constexpr std::size_t kWorkPerLook = std::size_t{1} << 20;
constexpr std::size_t kWorkPerTile = std::size_t{1} << 23;
constexpr std::size_t kTilesAimedAt = 32;  // so that threads end together also on a small image

/// Where sample `i` of a line that goes on as its mirror image is found in the `size` ones that there are.
std::size_t mirrored(std::ptrdiff_t i, std::size_t size) noexcept {
  if (size == 1) return 0;
  const auto period = static_cast<std::ptrdiff_t>(2 * (size - 1));
  const std::ptrdiff_t rest = ((i % period) + period) % period;
  return static_cast<std::size_t>(std::min(rest, period - rest));
}

/// weights[k] is that of the samples at distance k; all of them together are 1.
void fill_weights(float* weights, std::size_t radius, double sigma) noexcept {
  const auto gauss = [sigma](std::size_t k) {
    const double distance = static_cast<double>(k) / sigma;
    return k == 0 ? 1.0 : std::exp(-0.5 * distance * distance);
  };
  double sum = 1.0;
  for (std::size_t k = 1; k <= radius; ++k) sum += 2.0 * gauss(k);
  for (std::size_t k = 0; k <= radius; ++k) weights[k] = static_cast<float>(gauss(k) / sum);
}

/// What all threads share, and the room that each has for itself.
struct BlurJob {
  ConstImageView src;
  ImageView dst;
  std::size_t radius;
  std::size_t workers;
  std::unique_ptr<float[]> weights;             // radius + 1
  std::unique_ptr<float[]> lines;               // for each worker, line_floats()
  std::unique_ptr<const std::uint8_t*[]> rows;  // for each worker, line_rows()

  std::size_t samples() const noexcept { return src.width * src.channels; }
  std::size_t taps() const noexcept { return 2 * radius + 1; }
  std::size_t line_floats() const noexcept { return samples() + 2 * radius * src.channels; }

  bool allocate() noexcept {
    weights.reset(new (std::nothrow) float[radius + 1]);
    lines.reset(new (std::nothrow) float[workers * line_floats()]);
    rows.reset(new (std::nothrow) const std::uint8_t*[workers * taps()]);
    return weights && lines && rows;
  }
};

/// Blurs rows; one per worker and tile.
class RowBlur {
 public:
  RowBlur(const BlurJob& job, TileWorker& worker) noexcept
      : job_(job),
        worker_(worker),
        line_(job.lines.get() + worker.index() * job.line_floats() + job.radius * job.src.channels),
        rows_(job.rows.get() + worker.index() * job.taps() + job.radius) {}

  /// False when told to stop.
  bool blur_row(std::size_t y) noexcept {
    const auto radius = static_cast<std::ptrdiff_t>(job_.radius);
    for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
      rows_[k] = job_.src.row(mirrored(static_cast<std::ptrdiff_t>(y) + k, job_.src.height));
    }
    const bool down = in_spans([&](std::size_t first, std::size_t end) {
      down_columns_(rows_, job_.weights.get(), job_.radius, line_, first, end);
    });
    if (!down) return false;
    continue_line();
    return in_spans([&](std::size_t first, std::size_t end) {
      along_row_(line_, job_.weights.get(), job_.radius, job_.src.channels, job_.dst.row(y), first, end);
    });
  }

 private:
  template <typename Pass>
  bool in_spans(const Pass& pass) noexcept {
    const std::size_t span = std::max<std::size_t>(64, kWorkPerLook / job_.taps());
    for (std::size_t first = 0; first < job_.samples(); first += span) {
      const std::size_t end = std::min(first + span, job_.samples());
      pass(first, end);
      work_since_look_ += (end - first) * job_.taps();
      if (work_since_look_ < kWorkPerLook) continue;
      work_since_look_ = 0;
      if (!worker_.keep_going()) return false;
    }
    return true;
  }

  /// Sets the radius pixels on both sides of the line.
  void continue_line() noexcept {
    const auto channels = static_cast<std::ptrdiff_t>(job_.src.channels);
    const auto width = static_cast<std::ptrdiff_t>(job_.src.width);
    const auto set = [&](std::ptrdiff_t x) {
      const float* from = line_ + mirrored(x, job_.src.width) * job_.src.channels;
      std::copy(from, from + channels, line_ + x * channels);
    };
    for (std::ptrdiff_t k = 1; k <= static_cast<std::ptrdiff_t>(job_.radius); ++k) {
      set(-k);
      set(width - 1 + k);
    }
  }

  const BlurJob& job_;
  TileWorker& worker_;
  float* const line_;                // its first pixel
  const std::uint8_t** const rows_;  // the row itself; neighbours before and after it
  const decltype(choose_down_columns()) down_columns_ = choose_down_columns();
  const decltype(choose_along_row()) along_row_ = choose_along_row();
  std::size_t work_since_look_ = 0;
};

}  // namespace

TileOutcome blur(ConstImageView src, ImageView dst, double sigma, const TileOptions& options) noexcept {
  assert(src.channels >= 1 && src.channels <= 4 && dst.channels == src.channels);
  assert(dst.width == src.width && dst.height == src.height);
  assert(sigma >= 0 && sigma <= kMaxBlurSigma);
  if (src.width == 0 || src.height == 0) return TileOutcome::kDone;

  BlurJob job{src, dst, static_cast<std::size_t>(std::ceil(3.0 * sigma)), 0, {}, {}, {}};
  const std::size_t work_per_row = 2 * job.samples() * job.taps();
  const std::size_t rows = std::min(kWorkPerTile / work_per_row, src.height / kTilesAimedAt);
  const TileGrid grid{src.height, std::max<std::size_t>(1, rows)};
  job.workers = team_size(grid, options);
  if (!job.allocate()) return TileOutcome::kOutOfMemory;
  fill_weights(job.weights.get(), job.radius, sigma);

  // The threads that there is room for, also if more cores become free meanwhile.
  const TileOptions as_allocated{static_cast<int>(job.workers), options.watcher};
  return for_each_tile(grid, as_allocated, [&](const Tile& tile, TileWorker& worker) noexcept {
    RowBlur rows_of_tile(job, worker);
    for (std::size_t y = tile.first_row; y < tile.end_row; ++y) {
      if (!rows_of_tile.blur_row(y)) return false;
    }
    return true;
  });
}

}  // namespace gilscope::kernels
#endif
