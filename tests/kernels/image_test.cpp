#include "kernels/image.h"

#include <cstdint>
#include <utility>

#include <gtest/gtest.h>

namespace gilscope::kernels {
namespace {

TEST(Image, IsPacked) {
  Image image = Image::allocate(5, 3, 4);
  ASSERT_FALSE(image.empty());
  EXPECT_EQ(image.size_bytes(), 60u);
  const ImageView view = image.view();
  EXPECT_EQ(view.data, image.data());
  EXPECT_EQ(view.width, 5u);
  EXPECT_EQ(view.height, 3u);
  EXPECT_EQ(view.channels, 4u);
  EXPECT_EQ(view.row_stride, 20u);
}

TEST(Image, IsEmptyWhenASizeIsZero) {
  EXPECT_TRUE(Image().empty());
  EXPECT_TRUE(Image::allocate(0, 3, 1).empty());
  EXPECT_TRUE(Image::allocate(3, 0, 1).empty());
  EXPECT_TRUE(Image::allocate(3, 3, 0).empty());
}

TEST(Image, IsEmptyWhenThereIsNoMemory) {
  EXPECT_TRUE(Image::allocate(std::size_t{1} << 40, std::size_t{1} << 15, 3).empty());
  EXPECT_TRUE(Image::allocate(SIZE_MAX, SIZE_MAX, 4).empty());  // the product overflows
  EXPECT_TRUE(Image::allocate(std::size_t{1} << 32, std::size_t{1} << 32, 1).empty());
}

TEST(Image, MovesItsPixels) {
  Image first = Image::allocate(2, 2, 1);
  std::uint8_t* const pixels = first.data();
  Image second = std::move(first);
  EXPECT_EQ(second.data(), pixels);
  Image third;
  third = std::move(second);
  EXPECT_EQ(third.data(), pixels);
  EXPECT_EQ(third.width(), 2u);
}

}  // namespace
}  // namespace gilscope::kernels
