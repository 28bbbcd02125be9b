// PNG files for the tests, of kinds that write_png does not make, and a directory to keep them in.
// Not for checking what was written. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gilscope::kernels {

/// What libpng is to write: rows packed as PNG packs them, 16-bit samples with the high byte first.
struct PngFixture {
  std::uint32_t width = 1;
  std::uint32_t height = 1;
  int bit_depth = 8;
  int color_type = 0;  ///< PNG_COLOR_TYPE_*
  bool interlaced = false;
  std::vector<std::uint8_t> rows;
  std::vector<std::uint8_t> palette;        ///< red, green, blue, ...
  std::vector<std::uint8_t> palette_alpha;  ///< tRNS of a palette
  int transparent_gray = -1;                ///< tRNS of a gray image
};

void write_fixture(const std::string& path, const PngFixture& fixture);

/// A PNG's first bytes: the signature and a valid header for so many RGB pixels. No pixels follow.
std::string png_header(std::uint32_t width, std::uint32_t height);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A test with a directory of its own, which is removed with all that is in it.
class TestWithDirectory : public testing::Test {
 protected:
  TestWithDirectory();
  ~TestWithDirectory() override;
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  /// The names of all files in the directory.
  std::vector<std::string> names() const;

 private:
  std::string directory_;
};

}  // namespace gilscope::kernels
