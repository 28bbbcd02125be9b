#include "kernels/grayscale.h"

#include <algorithm>
#include <cassert>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/grayscale.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h includes this file once per instruction set; it comes before highway.h.
#include <hwy/highway.h>

#include "kernels/tile_loop.h"

// The weights do not fit 16-bit products, but each is 256 times a byte plus a byte:
//
//     19595 = 256 * 76 + 139      38470 = 256 * 150 + 70      7471 = 256 * 29 + 47
//
// and with  high = 76 R + 150 G + 29 B <= 65025  and  low = 139 R + 70 G + 47 B <= 65280  this is exact, as
// 32768 is a whole number of 256s and the floor of a floor is one floor:
//
//     (19595 R + 38470 G + 7471 B + 32768) >> 16  =  (256 high + low + 32768) >> 16
//                                                 =  (high + (low >> 8) + 128) >> 8
//
// The last sum is at most 65408: everything fits unsigned 16-bit lanes.

HWY_BEFORE_NAMESPACE();
namespace gilscope::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <std::size_t kChannels>
HWY_INLINE void gray_one_by_one(const uint8_t* HWY_RESTRICT src, uint8_t* HWY_RESTRICT dst,
                                std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; ++i, src += kChannels) {
    dst[i] = static_cast<uint8_t>((src[0] * 19595u + src[1] * 38470u + src[2] * 7471u + 32768u) >> 16);
  }
}

#if HWY_TARGET == HWY_SCALAR  // lanes that cannot be seen as two bytes each

template <std::size_t kChannels>
HWY_INLINE void gray_run(const uint8_t* HWY_RESTRICT src, uint8_t* HWY_RESTRICT dst, std::size_t pixels) {
  gray_one_by_one<kChannels>(src, dst, pixels);
}

#else

/// A weight in every lane. What its value is the compiler is not to know: GCC would take each product apart
/// into shifts and sums of shifts, which takes twice as long as the multiplication.
template <class D>
HWY_INLINE hn::Vec<D> weight(D d, uint16_t value) {
  asm("" : "+r"(value));
  return hn::Set(d, value);
}

template <class D>
struct Weights {
  explicit Weights(D d)
      : red_high(weight(d, 76)),
        green_high(weight(d, 150)),
        blue_high(weight(d, 29)),
        red_low(weight(d, 139)),
        green_low(weight(d, 70)),
        blue_low(weight(d, 47)) {}
  hn::Vec<D> red_high, green_high, blue_high, red_low, green_low, blue_low;
};

/// 256 times the luma, plus a fraction below 256.
template <class D, class V = hn::Vec<D> >
HWY_INLINE V scaled_luma(D d, const Weights<D>& w, V red, V green, V blue) {
  const V high =
      hn::Add(hn::Add(hn::Mul(red, w.red_high), hn::Mul(green, w.green_high)), hn::Mul(blue, w.blue_high));
  const V low =
      hn::Add(hn::Add(hn::Mul(red, w.red_low), hn::Mul(green, w.green_low)), hn::Mul(blue, w.blue_low));
  return hn::Add(hn::Add(high, hn::ShiftRight<8>(low)), hn::Set(d, uint16_t{128}));
}

using Tag8 = hn::ScalableTag<uint8_t>;
using Tag16 = hn::RepartitionToWide<Tag8>;

template <std::size_t kChannels>
HWY_INLINE void gray_vector(const Weights<Tag16>& weights, const uint8_t* HWY_RESTRICT src,
                            uint8_t* HWY_RESTRICT dst) {
  const Tag8 d8;
  const Tag16 d16;
  hn::Vec<Tag8> red, green, blue;
  if constexpr (kChannels == 3) {
    hn::LoadInterleaved3(d8, src, red, green, blue);
  } else {
    hn::Vec<Tag8> alpha;
    hn::LoadInterleaved4(d8, src, red, green, blue, alpha);
  }
  // Two pixels share a 16-bit lane: compute the ones in the low bytes and the ones in the high bytes apart.
  const auto low_byte = hn::Set(d16, uint16_t{0x00FF});
  const auto wide_red = hn::BitCast(d16, red), wide_green = hn::BitCast(d16, green);
  const auto wide_blue = hn::BitCast(d16, blue);
  const auto even = scaled_luma(d16, weights, hn::And(wide_red, low_byte), hn::And(wide_green, low_byte),
                                hn::And(wide_blue, low_byte));
  const auto odd = scaled_luma(d16, weights, hn::ShiftRight<8>(wide_red), hn::ShiftRight<8>(wide_green),
                               hn::ShiftRight<8>(wide_blue));
  const auto gray = hn::Or(hn::ShiftRight<8>(even), hn::AndNot(low_byte, odd));
  hn::StoreU(hn::BitCast(d8, gray), d8, dst);
}

template <std::size_t kChannels>
HWY_INLINE void gray_run(const uint8_t* HWY_RESTRICT src, uint8_t* HWY_RESTRICT dst, std::size_t pixels) {
  const std::size_t step = hn::Lanes(Tag8());
  if (pixels < step) {
    gray_one_by_one<kChannels>(src, dst, pixels);
    return;
  }
  const Weights<Tag16> weights{Tag16()};
  std::size_t i = 0;
  for (; i + step <= pixels; i += step) gray_vector<kChannels>(weights, src + i * kChannels, dst + i);
  // The rest: once more a whole vector, which ends where the run ends.
  if (i < pixels) gray_vector<kChannels>(weights, src + (pixels - step) * kChannels, dst + (pixels - step));
}

#endif

// NOLINTNEXTLINE(misc-definitions-in-headers): once per instruction set, in a namespace of its own
void gray_pixels(const uint8_t* src, std::size_t channels, uint8_t* dst, std::size_t pixels) {
  if (channels == 3) {
    gray_run<3>(src, dst, pixels);
  } else {
    gray_run<4>(src, dst, pixels);
  }
}

}  // namespace gilscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gilscope::kernels {

namespace {

HWY_EXPORT(gray_pixels);

// About 50 microseconds of work: long beside what a tile costs, short beside what a watcher may wait for.
constexpr std::size_t kPixelsPerTile = std::size_t{1} << 18;

}  // namespace

TileOutcome grayscale(ConstImageView src, ImageView dst, const TileOptions& options) noexcept {
  assert(src.channels == 3 || src.channels == 4);
  assert(dst.channels == 1 && dst.width == src.width && dst.height == src.height);
  if (src.width == 0 || src.height == 0) return TileOutcome::kDone;

  const bool packed = src.row_stride == src.width * src.channels && dst.row_stride == dst.width;
  const auto gray = HWY_DYNAMIC_DISPATCH(gray_pixels);
  const TileGrid grid{src.height, std::max<std::size_t>(1, kPixelsPerTile / src.width)};
  return for_each_tile(grid, options, [&](const Tile& tile, TileWorker&) noexcept {
    if (packed) {  // one run, so that narrow rows do not each end in a part of a vector
      gray(src.row(tile.first_row), src.channels, dst.row(tile.first_row),
           (tile.end_row - tile.first_row) * src.width);
    } else {
      for (std::size_t y = tile.first_row; y < tile.end_row; ++y) {
        gray(src.row(y), src.channels, dst.row(y), src.width);
      }
    }
    return true;
  });
}

}  // namespace gilscope::kernels
#endif
