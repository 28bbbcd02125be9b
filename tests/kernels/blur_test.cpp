#include "kernels/blur.h"

#include <cmath>
#include <cstdlib>

#include "tests/kernels/guarded_bytes.h"
#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

/// BORDER_REFLECT_101 by going there and back: gfedcb|abcdefgh|gfedcba.
std::size_t mirrored(long i, long size) {
  if (size == 1) return 0;
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
  return static_cast<std::size_t>(i);
}

std::vector<double> gauss(double sigma) {
  const long radius = std::lround(std::ceil(3 * sigma));
  std::vector<double> weights;
  double sum = 0;
  for (long k = -radius; k <= radius; ++k) {
    const auto distance = static_cast<double>(k);
    weights.push_back(k == 0 ? 1.0 : std::exp(-distance * distance / (2 * sigma * sigma)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// In double, one sample after the other, first down and then along.
std::vector<double> naive(ConstImageView src, double sigma) {
  const std::vector<double> weights = gauss(sigma);
  const auto radius = static_cast<long>(weights.size() / 2);
  const auto height = static_cast<long>(src.height), width = static_cast<long>(src.width);
  const std::size_t row = src.width * src.channels;
  std::vector<double> down(src.height * row), result(src.height * row);
  for (long y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < row; ++i) {
      for (long k = -radius; k <= radius; ++k) {
        down[static_cast<std::size_t>(y) * row + i] +=
            weights[static_cast<std::size_t>(k + radius)] * src.row(mirrored(y + k, height))[i];
      }
    }
  }
  for (std::size_t y = 0; y < src.height; ++y) {
    for (long x = 0; x < width; ++x) {
      for (std::size_t c = 0; c < src.channels; ++c) {
        for (long k = -radius; k <= radius; ++k) {
          result[y * row + static_cast<std::size_t>(x) * src.channels + c] +=
              weights[static_cast<std::size_t>(k + radius)] *
              down[y * row + mirrored(x + k, width) * src.channels + c];
        }
      }
    }
  }
  return result;
}

// A sample is rounded to nearest, half a level at most; the float sums add a hundredth at the very most.
constexpr double kTolerance = 0.51;

void expect_as_naive(const std::vector<std::uint8_t>& blurred, ConstImageView src, double sigma) {
  const std::vector<double> expected = naive(src, sigma);
  ASSERT_EQ(blurred.size(), expected.size());
  for (std::size_t i = 0; i < blurred.size(); ++i) {
    ASSERT_NEAR(blurred[i], expected[i], kTolerance)
        << src.width << " x " << src.height << " x " << src.channels << ", sigma " << sigma << ", sample "
        << i;
  }
}

TEST(Blur, IsAsThePlainLoopOnEveryInstructionSet) {
  for_each_simd_target([] {
    for (const std::size_t channels : {1u, 2u, 3u, 4u}) {
      for (const std::size_t width : {1u, 2u, 3u, 5u, 16u, 17u, 64u, 67u, 130u}) {
        for (const std::size_t height : {1u, 2u, 9u}) {
          for (const double sigma : {0.0, 0.3, 1.0, 2.7}) {
            const auto pixels = random_bytes(width * height * channels);
            const ConstImageView src = packed(pixels, width, height, channels);
            std::vector<std::uint8_t> blurred;
            EXPECT_EQ(blur(src, packed(blurred, width, height, channels), sigma, threads(1)),
                      TileOutcome::kDone);
            expect_as_naive(blurred, src, sigma);
          }
        }
      }
    }
  });
}

TEST(Blur, ReachesFarBeyondTheEdges) {
  const auto pixels = random_bytes(7 * 5 * 3);
  const ConstImageView src = packed(pixels, 7, 5, 3);
  std::vector<std::uint8_t> blurred;
  for (const double sigma : {5.0, 40.0, kMaxBlurSigma}) {
    EXPECT_EQ(blur(src, packed(blurred, 7, 5, 3), sigma, threads(2)), TileOutcome::kDone);
    expect_as_naive(blurred, src, sigma);
  }
}

TEST(Blur, CopiesWhenSigmaIsZero) {
  const auto pixels = random_bytes(301 * 40 * 4);
  std::vector<std::uint8_t> blurred;
  blur(packed(pixels, 301, 40, 4), packed(blurred, 301, 40, 4), 0, threads(2));
  EXPECT_TRUE(blurred == pixels);
}

TEST(Blur, KeepsAnEvenImageEven) {
  for (const int level : {0, 1, 127, 254, 255}) {
    const std::vector<std::uint8_t> pixels(90 * 31, static_cast<std::uint8_t>(level));
    std::vector<std::uint8_t> blurred;
    blur(packed(pixels, 90, 31, 1), packed(blurred, 90, 31, 1), 6.5, threads(1));
    EXPECT_TRUE(blurred == pixels) << level;
  }
}

TEST(Blur, TakesAnySizeOnAnyNumberOfThreads) {
  for (const std::size_t width : {0u, 1u, 641u}) {
    for (const std::size_t height : {0u, 1u, 480u}) {
      const auto pixels = random_bytes(width * height * 3);
      const ConstImageView src = packed(pixels, width, height, 3);
      std::vector<std::uint8_t> first, other;
      EXPECT_EQ(blur(src, packed(first, width, height, 3), 2, threads(1)), TileOutcome::kDone);
      for (const int count : thread_counts()) {
        EXPECT_EQ(blur(src, packed(other, width, height, 3), 2, threads(count)), TileOutcome::kDone);
        EXPECT_TRUE(first == other) << width << " x " << height << " on " << count;
      }
    }
  }
}

TEST(Blur, TouchesNothingBesideItsPixels) {
  for_each_simd_target([] {
    for (const auto against : {GuardedBytes::Against::kStart, GuardedBytes::Against::kEnd}) {
      for (std::size_t samples = 1; samples <= 150; ++samples) {
        const GuardedBytes from(samples, against), to(samples, against);
        const auto pixels = random_bytes(samples);
        std::copy(pixels.begin(), pixels.end(), from.data());
        const ConstImageView src{from.data(), samples, 1, 1, samples};
        blur(src, {to.data(), samples, 1, 1, samples}, 1.5, threads(1));
        expect_as_naive({to.data(), to.data() + samples}, src, 1.5);
      }
    }
  });
  const auto pixels = random_bytes(40 * 3);
  std::vector<std::uint8_t> blurred(40 * 3, 0xEE);  // rows of 33 with a gap of 7
  blur({pixels.data(), 33, 3, 1, 40}, {blurred.data(), 33, 3, 1, 40}, 1, threads(1));
  for (std::size_t i = 0; i < blurred.size(); ++i) {
    if (i % 40 >= 33) {
      EXPECT_EQ(blurred[i], 0xEE);
    }
  }
}

TEST(Blur, SaysWhenThereIsNoMemory) {
  // A row as long as no machine's memory; none of its pixels is touched.
  constexpr std::size_t kWidth = std::size_t{1} << 50;
  std::uint8_t pixel = 7, untouched = 9;
  EXPECT_EQ(blur({&pixel, kWidth, 1, 1, kWidth}, {&untouched, kWidth, 1, 1, kWidth}, 2, threads(1)),
            TileOutcome::kOutOfMemory);
  EXPECT_EQ(untouched, 9);
}

TEST(Blur, StopsInTheMiddleOfOneRow) {
  class Impatient : public TileWatcher {
    bool keep_going() noexcept override { return false; }
  } impatient;
  const std::vector<std::uint8_t> pixels(2'000'000, 1);
  std::vector<std::uint8_t> blurred;
  const ConstImageView src = packed(pixels, 2'000'000, 1, 1);  // 24 thousand million products
  EXPECT_EQ(blur(src, packed(blurred, 2'000'000, 1, 1), kMaxBlurSigma, {1, &impatient}),
            TileOutcome::kStopped);
}

}  // namespace
}  // namespace gilscope::kernels
