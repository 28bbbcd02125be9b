#include "kernels/mandelbrot.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "kernels/escape_color.h"
#include "tests/kernels/guarded_bytes.h"
#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

/// log2(1 + smoothed escape time), or -1 inside: the definition, point by point.
float naive_octaves(ConstImageView picture, const MandelbrotArea& area, std::size_t x, std::size_t y) {
  const double pixel = area.width / static_cast<double>(picture.width);
  const double left = area.center_x - 0.5 * area.width;
  const double top = area.center_y + 0.5 * pixel * static_cast<double>(picture.height);
  const double c_re = left + (static_cast<double>(x) + 0.5) * pixel;
  const double c_im = top - (static_cast<double>(y) + 0.5) * pixel;
  double re = 0, im = 0;
  for (int n = 1; n <= area.max_iterations; ++n) {
    const double re2 = re * re, im2 = im * im;
    im = (re + re) * im + c_im;
    re = (re2 - im2) + c_re;
    const double norm = re * re + im * im;
    if (norm > 65536.0) {
      const double time = n - std::log2(std::log2(norm) / 16.0);
      return static_cast<float>(std::log2(1.0 + std::max(time, 0.0)));
    }
  }
  return -1;
}

// Inside and outside must agree to the pixel: nothing outside is quite black. Shades may differ by as much as
// two neighbours in the palette do, since the logarithm may round either way between them.
constexpr int kShadeTolerance = 2;

void expect_as_naive(ConstImageView picture, const MandelbrotArea& area) {
  const EscapePalette palette;
  const float most = std::log2(1.0f + static_cast<float>(area.max_iterations));
  for (std::size_t y = 0; y < picture.height; ++y) {
    for (std::size_t x = 0; x < picture.width; ++x) {
      const std::uint8_t* pixel = picture.row(y) + x * picture.channels;
      const float octaves = naive_octaves(picture, area, x, y);
      std::array<std::uint8_t, 3> expected{0, 0, 0};
      if (octaves >= 0 && picture.channels == 3) expected = palette.color(octaves);
      if (octaves >= 0 && picture.channels == 1) expected[0] = EscapePalette::gray(octaves, most);
      bool black = true;
      for (std::size_t c = 0; c < picture.channels; ++c) {
        ASSERT_LE(std::abs(pixel[c] - expected[c]), kShadeTolerance) << x << ", " << y;
        black = black && pixel[c] == 0;
      }
      ASSERT_EQ(black, octaves < 0) << x << ", " << y;
    }
  }
}

TEST(Mandelbrot, IsAsThePlainLoopOnEveryInstructionSet) {
  for_each_simd_target([] {
    for (const std::size_t channels : {1u, 3u}) {
      for (const int max_iterations : {1, 7, 8, 9, 256}) {
        MandelbrotArea area;
        area.max_iterations = max_iterations;
        std::vector<std::uint8_t> pixels;
        const ImageView dst = packed(pixels, 131, 70, channels);
        EXPECT_EQ(mandelbrot(dst, area, threads(2)), TileOutcome::kDone);
        expect_as_naive(dst, area);
      }
    }
  });
}

TEST(Mandelbrot, FindsSmallThingsFarFromTheOrigin) {
  const MandelbrotArea area{-0.743643887, 0.131825904, 0.003, 20'000};  // more than one look at the watcher
  for_each_simd_target([&] {
    std::vector<std::uint8_t> pixels;
    const ImageView dst = packed(pixels, 64, 36, 3);
    EXPECT_EQ(mandelbrot(dst, area, threads(0)), TileOutcome::kDone);
    expect_as_naive(dst, area);
  });
}

TEST(Mandelbrot, TakesAnySizeOnAnyNumberOfThreads) {
  for (const std::size_t width : {0u, 1u, 31u, 32u, 33u, 500u}) {
    for (const std::size_t height : {0u, 1u, 2u, 65u}) {
      std::vector<std::uint8_t> first, other;
      EXPECT_EQ(mandelbrot(packed(first, width, height, 3), {}, threads(1)), TileOutcome::kDone);
      for (const int count : thread_counts()) {
        EXPECT_EQ(mandelbrot(packed(other, width, height, 3), {}, threads(count)), TileOutcome::kDone);
        EXPECT_TRUE(first == other) << width << " x " << height << " on " << count;
      }
    }
  }
}

TEST(Mandelbrot, TouchesNothingBesideItsPixels) {
  for (const auto against : {GuardedBytes::Against::kStart, GuardedBytes::Against::kEnd}) {
    for (const std::size_t channels : {1u, 3u}) {
      for (std::size_t width = 1; width <= 70; ++width) {
        const GuardedBytes to(width * channels, against);
        mandelbrot({to.data(), width, 1, channels, width * channels}, {}, threads(1));
      }
    }
  }
  std::vector<std::uint8_t> pixels(40 * 3, 0xEE);  // rows of 33 with a gap of 7
  mandelbrot({pixels.data(), 33, 3, 1, 40}, {}, threads(1));
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (i % 40 >= 33) {
      EXPECT_EQ(pixels[i], 0xEE);
    }
  }
}

TEST(Mandelbrot, StopsInTheMiddleOfOnePoint) {
  class Impatient : public TileWatcher {
    bool keep_going() noexcept override { return false; }
  } impatient;
  std::vector<std::uint8_t> pixels;
  const MandelbrotArea inside{0, 0, 0.01, 2'000'000'000};
  for (const int count : {1, 2}) {
    EXPECT_EQ(mandelbrot(packed(pixels, 64, 64, 1), inside, {count, &impatient}), TileOutcome::kStopped);
  }
}

}  // namespace
}  // namespace gilscope::kernels
