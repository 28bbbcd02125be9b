#include "tests/kernels/png_fixture.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <png.h>
#include <zlib.h>

namespace gilscope::kernels {

void write_fixture(const std::string& path, const PngFixture& fixture) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  // Without a handler of its own libpng ends the program on an error: good enough for a fixture.
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, fixture.width, fixture.height, fixture.bit_depth, fixture.color_type,
               fixture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> colors;
  for (std::size_t i = 0; i + 2 < fixture.palette.size(); i += 3) {
    colors.push_back({fixture.palette[i], fixture.palette[i + 1], fixture.palette[i + 2]});
  }
  if (!colors.empty()) png_set_PLTE(png, info, colors.data(), static_cast<int>(colors.size()));
  if (!fixture.palette_alpha.empty()) {
    png_set_tRNS(png, info, fixture.palette_alpha.data(), static_cast<int>(fixture.palette_alpha.size()),
                 nullptr);
  }
  if (fixture.transparent_gray >= 0) {
    png_color_16 gray{};
    gray.gray = static_cast<png_uint_16>(fixture.transparent_gray);
    png_set_tRNS(png, info, nullptr, 1, &gray);
  }
  png_write_info(png, info);
  const std::size_t row_bytes = png_get_rowbytes(png, info);
  if (fixture.rows.size() != row_bytes * fixture.height)
    throw std::runtime_error("fixture of the wrong size");
  std::vector<png_bytep> rows;
  for (std::size_t y = 0; y < fixture.height; ++y) {
    rows.push_back(const_cast<png_bytep>(fixture.rows.data() + y * row_bytes));
  }
  png_write_image(png, rows.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

std::string png_header(std::uint32_t width, std::uint32_t height) {
  const auto big_endian = [](std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
  };
  using namespace std::string_literals;
  const std::string chunk = "IHDR" + big_endian(width) + big_endian(height) + "\x08\x02\0\0\0"s;
  const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(chunk.data()), static_cast<uInt>(chunk.size()));
  return "\x89PNG\r\n\x1a\n" + big_endian(13) + chunk + big_endian(static_cast<std::uint32_t>(crc));
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TestWithDirectory::TestWithDirectory() {
  std::string name = testing::TempDir() + "gilscope-png-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  directory_ = name;
}

TestWithDirectory::~TestWithDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> TestWithDirectory::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace gilscope::kernels
