// What the kernels' tests vary: instruction sets, numbers of threads, pixels. Not for expectations.
// Thread rule: for_each_simd_target changes what the whole process runs on; call it with no kernel running.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include "kernels/image_view.h"
#include "kernels/tiles.h"

namespace gilscope::kernels {

/// Calls `body` once for each instruction set that was compiled and that this processor has.
template <typename Body>
void for_each_simd_target(const Body& body) {
  const auto use = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    use(target);
    body();
  }
  use(0);
}

inline std::vector<int> thread_counts() { return {1, 2, 3, available_cores(), 0}; }

inline TileOptions threads(int count) { return {count, nullptr}; }

inline std::vector<std::uint8_t> random_bytes(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size) + 1);
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Views on packed pixels in a vector, made to measure.
inline ConstImageView packed(const std::vector<std::uint8_t>& pixels, std::size_t width, std::size_t height,
                             std::size_t channels) {
  EXPECT_EQ(pixels.size(), width * height * channels);
  return {pixels.data(), width, height, channels, width * channels};
}
inline ImageView packed(std::vector<std::uint8_t>& pixels, std::size_t width, std::size_t height,
                        std::size_t channels) {
  pixels.assign(width * height * channels, 0xA5);
  return {pixels.data(), width, height, channels, width * channels};
}

}  // namespace gilscope::kernels
