#include "kernels/grayscale.h"

#include <latch>
#include <thread>

#include "tests/kernels/guarded_bytes.h"
#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

std::uint8_t luma(const std::uint8_t* pixel) {
  const std::uint32_t sum = 19595u * pixel[0] + 38470u * pixel[1] + 7471u * pixel[2];
  return static_cast<std::uint8_t>((sum + 32768u) >> 16);
}

std::vector<std::uint8_t> naive(ConstImageView src) {
  std::vector<std::uint8_t> gray;
  for (std::size_t y = 0; y < src.height; ++y) {
    for (std::size_t x = 0; x < src.width; ++x) gray.push_back(luma(src.row(y) + x * src.channels));
  }
  return gray;
}

TEST(Grayscale, IsExactForEveryColorThereIs) {
  constexpr std::size_t kSide = 4096;
  std::vector<std::uint8_t> all(kSide * kSide * 3), gray;
  for (std::size_t i = 0; i < kSide * kSide; ++i) {
    all[3 * i] = static_cast<std::uint8_t>(i);
    all[3 * i + 1] = static_cast<std::uint8_t>(i >> 8);
    all[3 * i + 2] = static_cast<std::uint8_t>(i >> 16);
  }
  const ConstImageView src = packed(all, kSide, kSide, 3);
  const std::vector<std::uint8_t> expected = naive(src);
  for_each_simd_target([&] {
    EXPECT_EQ(grayscale(src, packed(gray, kSide, kSide, 1), threads(0)), TileOutcome::kDone);
    EXPECT_TRUE(gray == expected);
  });
}

// A few colors as Pillow 9.4 converts them: the weights themselves.
TEST(Grayscale, AgreesWithPillow) {
  const std::vector<std::uint8_t> rgb{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 12, 200, 99};
  std::vector<std::uint8_t> gray;
  grayscale(packed(rgb, 6, 1, 3), packed(gray, 6, 1, 1), threads(1));
  EXPECT_EQ(gray, (std::vector<std::uint8_t>{76, 150, 29, 255, 0, 132}));
}

TEST(Grayscale, TakesAnySizeOnAnyNumberOfThreads) {
  for_each_simd_target([] {
    for (const std::size_t channels : {3u, 4u}) {
      for (const std::size_t width : {0u, 1u, 7u, 15u, 16u, 17u, 31u, 33u, 63u, 64u, 65u, 129u, 5001u}) {
        for (const std::size_t height : {0u, 1u, 3u, 67u}) {
          const auto pixels = random_bytes(width * height * channels);
          const ConstImageView src = packed(pixels, width, height, channels);
          for (const int count : thread_counts()) {
            std::vector<std::uint8_t> gray;
            EXPECT_EQ(grayscale(src, packed(gray, width, height, 1), threads(count)), TileOutcome::kDone);
            EXPECT_TRUE(gray == naive(src)) << width << " x " << height << " x " << channels;
          }
        }
      }
    }
  });
}

TEST(Grayscale, LeavesTheGapsBetweenRowsAlone) {
  for_each_simd_target([] {
    for (const std::size_t channels : {3u, 4u}) {
      for (std::size_t width = 1; width <= 140; ++width) {
        const std::size_t height = 3, src_stride = width * channels + 5, dst_stride = width + 3;
        const auto pixels = random_bytes(src_stride * height);
        std::vector<std::uint8_t> gray(dst_stride * height, 0xEE);
        const ConstImageView src{pixels.data(), width, height, channels, src_stride};
        grayscale(src, {gray.data(), width, height, 1, dst_stride}, threads(1));
        const auto expected = naive(src);
        for (std::size_t i = 0; i < gray.size(); ++i) {
          const std::size_t y = i / dst_stride, x = i % dst_stride;
          ASSERT_EQ(gray[i], x < width ? expected[y * width + x] : 0xEE) << x << ", " << y;
        }
      }
    }
  });
}

TEST(Grayscale, TouchesNothingBesideItsPixels) {
  for_each_simd_target([] {
    for (const auto against : {GuardedBytes::Against::kStart, GuardedBytes::Against::kEnd}) {
      for (const std::size_t channels : {3u, 4u}) {
        for (std::size_t width = 1; width <= 200; ++width) {
          const GuardedBytes from(width * channels, against), to(width, against);
          const auto pixels = random_bytes(width * channels);
          std::copy(pixels.begin(), pixels.end(), from.data());
          const ConstImageView src{from.data(), width, 1, channels, width * channels};
          grayscale(src, {to.data(), width, 1, 1, width}, threads(1));
          ASSERT_TRUE(std::equal(to.data(), to.data() + width, naive(src).begin())) << width;
        }
      }
    }
  });
}

TEST(Grayscale, RunsOnManyThreadsAtOnce) {
  constexpr int kCallers = 8;
  const auto pixels = random_bytes(1920 * 1080 * 3);
  const ConstImageView src = packed(pixels, 1920, 1080, 3);
  const auto expected = naive(src);
  std::vector<std::vector<std::uint8_t>> grays(kCallers);
  std::latch start(kCallers);
  std::vector<std::jthread> callers;
  for (auto& gray : grays) {
    callers.emplace_back([&] {
      const ImageView dst = packed(gray, 1920, 1080, 1);
      start.arrive_and_wait();
      for (int i = 0; i < 5; ++i) grayscale(src, dst, threads(1 + i % 3));
    });
  }
  callers.clear();  // joins
  for (const auto& gray : grays) EXPECT_TRUE(gray == expected);
}

}  // namespace
}  // namespace gilscope::kernels
