// Owns the pixels of one image, packed: rows follow one another without gaps. Not for views on others'
// pixels: see image_view.h, which image.h's views are made of. Thread rule: as any container; the pixels may
// be written from several threads where they do not overlap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "kernels/image_view.h"

namespace gilscope::kernels {

class Image {
 public:
  /// No pixels.
  Image() noexcept = default;

  /// An image whose pixels are not yet written; an empty one if there is no memory for it, or a size is zero.
  static Image allocate(std::size_t width, std::size_t height, std::size_t channels) noexcept {
    constexpr std::size_t kMax = std::numeric_limits<std::ptrdiff_t>::max();
    Image image;
    if (width == 0 || height == 0 || channels == 0) return image;
    if (width > kMax / channels || height > kMax / (width * channels)) return image;
    image.pixels_.reset(new (std::nothrow) std::uint8_t[width * height * channels]);
    if (!image.pixels_) return image;
    image.width_ = width;
    image.height_ = height;
    image.channels_ = channels;
    return image;
  }

  Image(Image&& other) noexcept { swap(other); }
  Image& operator=(Image&& other) noexcept {
    Image taken(std::move(other));
    swap(taken);
    return *this;
  }

  bool empty() const noexcept { return pixels_ == nullptr; }
  std::size_t width() const noexcept { return width_; }        ///< pixels
  std::size_t height() const noexcept { return height_; }      ///< rows
  std::size_t channels() const noexcept { return channels_; }  ///< bytes per pixel
  std::size_t size_bytes() const noexcept { return width_ * height_ * channels_; }

  std::uint8_t* data() noexcept { return pixels_.get(); }
  const std::uint8_t* data() const noexcept { return pixels_.get(); }

  ImageView view() noexcept { return {data(), width_, height_, channels_, width_ * channels_}; }
  ConstImageView view() const noexcept { return {data(), width_, height_, channels_, width_ * channels_}; }

 private:
  void swap(Image& other) noexcept {
    pixels_.swap(other.pixels_);
    std::swap(width_, other.width_);
    std::swap(height_, other.height_);
    std::swap(channels_, other.channels_);
  }

  std::unique_ptr<std::uint8_t[]> pixels_;
  std::size_t width_ = 0;
  std::size_t height_ = 0;
  std::size_t channels_ = 0;
};

}  // namespace gilscope::kernels
