// Views on 8-bit pixels in memory that somebody else owns: rows of `width` pixels of `channels` interleaved
// bytes, `row_stride` bytes from one row to the next (at least width * channels). Not for owning pixels: see
// image.h. Plain values; safe to copy between threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gilscope::kernels {

/// Pixels to read.
struct ConstImageView {
  const std::uint8_t* data = nullptr;
  std::size_t width = 0;       ///< pixels
  std::size_t height = 0;      ///< rows
  std::size_t channels = 1;    ///< bytes per pixel
  std::size_t row_stride = 0;  ///< bytes

  const std::uint8_t* row(std::size_t y) const noexcept { return data + y * row_stride; }
};

/// Pixels to write.
struct ImageView {
  std::uint8_t* data = nullptr;
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 1;
  std::size_t row_stride = 0;

  std::uint8_t* row(std::size_t y) const noexcept { return data + y * row_stride; }
  operator ConstImageView() const noexcept { return {data, width, height, channels, row_stride}; }
};

}  // namespace gilscope::kernels
