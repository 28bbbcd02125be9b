#include <cerrno>

#include <gmock/gmock.h>
#include <png.h>
#include <sys/resource.h>

#include "kernels/png.h"
#include "tests/kernels/kernel_cases.h"
#include "tests/kernels/png_fixture.h"

namespace gilscope::kernels {
namespace {

using testing::HasSubstr;

std::vector<std::uint8_t> bytes_of(const Image& image) {
  return {image.data(), image.data() + image.size_bytes()};
}

class PngRead : public TestWithDirectory {
 protected:
  /// Reads `fixture` back, and says what came: channels, then the bytes.
  std::vector<std::uint8_t> read_back(const PngFixture& fixture, std::size_t channels) {
    write_fixture(path("in.png"), fixture);
    const PngResult result = read_png(path("in.png"));
    EXPECT_TRUE(result.ok()) << result.error.message;
    EXPECT_EQ(result.image.width(), fixture.width);
    EXPECT_EQ(result.image.height(), fixture.height);
    EXPECT_EQ(result.image.channels(), channels);
    return bytes_of(result.image);
  }
  PngError error_of(const std::string& bytes) {
    write_file(path("in.png"), bytes);
    PngResult result = read_png(path("in.png"));
    EXPECT_FALSE(result.ok());
    EXPECT_TRUE(result.image.empty());
    EXPECT_THAT(result.error.message, HasSubstr(path("in.png")));
    return result.error;
  }
};

TEST_F(PngRead, ReadsEightBitsInEveryColorTypeInterlacedAndNot) {
  const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                       PNG_COLOR_TYPE_RGB_ALPHA};
  for (std::size_t channels = 1; channels <= 4; ++channels) {
    for (const bool interlaced : {false, true}) {
      PngFixture fixture;
      fixture.width = 37;
      fixture.height = 21;
      fixture.color_type = types[channels - 1];
      fixture.interlaced = interlaced;
      fixture.rows = random_bytes(37 * 21 * channels);
      EXPECT_EQ(read_back(fixture, channels), fixture.rows);
    }
  }
}

TEST_F(PngRead, ScalesSixteenBitsToTheNearestOfEight) {
  PngFixture fixture;
  fixture.bit_depth = 16;
  fixture.width = 4096;
  std::vector<std::uint8_t> expected;
  for (int i = 0; i < 4096; ++i) {
    const int sample = i * 16 + i / 256;  // 0 to 65535
    fixture.rows.push_back(static_cast<std::uint8_t>(sample >> 8));
    fixture.rows.push_back(static_cast<std::uint8_t>(sample));
    expected.push_back(static_cast<std::uint8_t>((sample * 255 + 32767) / 65535));
  }
  EXPECT_EQ(read_back(fixture, 1), expected);

  fixture.color_type = PNG_COLOR_TYPE_RGB_ALPHA;
  fixture.width = 1024;
  EXPECT_EQ(read_back(fixture, 4), expected);
}

TEST_F(PngRead, WidensFewBitsToTheFullRange) {
  PngFixture fixture;
  fixture.width = 8;
  fixture.bit_depth = 1;
  fixture.rows = {0b10010110};
  EXPECT_EQ(read_back(fixture, 1), (std::vector<std::uint8_t>{255, 0, 0, 255, 0, 255, 255, 0}));
  fixture.width = 4;
  fixture.bit_depth = 2;
  fixture.rows = {0b00011011};
  EXPECT_EQ(read_back(fixture, 1), (std::vector<std::uint8_t>{0, 85, 170, 255}));
  fixture.width = 2;
  fixture.bit_depth = 4;
  fixture.rows = {0x3F};
  EXPECT_EQ(read_back(fixture, 1), (std::vector<std::uint8_t>{51, 255}));
}

TEST_F(PngRead, LooksUpPalettes) {
  PngFixture fixture;
  fixture.color_type = PNG_COLOR_TYPE_PALETTE;
  fixture.palette = {1, 2, 3, 40, 50, 60, 255, 0, 128};
  fixture.width = 3;
  fixture.rows = {2, 0, 1};
  EXPECT_EQ(read_back(fixture, 3), (std::vector<std::uint8_t>{255, 0, 128, 1, 2, 3, 40, 50, 60}));
  fixture.palette_alpha = {9, 77};  // the others are opaque
  EXPECT_EQ(read_back(fixture, 4), (std::vector<std::uint8_t>{255, 0, 128, 255, 1, 2, 3, 9, 40, 50, 60, 77}));
  fixture.bit_depth = 2;
  fixture.rows = {0b10000100};
  EXPECT_EQ(read_back(fixture, 4), (std::vector<std::uint8_t>{255, 0, 128, 255, 1, 2, 3, 9, 40, 50, 60, 77}));
}

TEST_F(PngRead, MakesATransparentGrayAnAlphaChannel) {
  PngFixture fixture;
  fixture.width = 3;
  fixture.transparent_gray = 5;
  fixture.rows = {4, 5, 6};
  EXPECT_EQ(read_back(fixture, 2), (std::vector<std::uint8_t>{4, 255, 5, 0, 6, 255}));
}

TEST_F(PngRead, ReadsBackWhatWasWritten) {
  for (std::size_t channels = 1; channels <= 4; ++channels) {
    for (const std::size_t width : {1u, 2u, 63u}) {
      const auto pixels = random_bytes(width * 17 * channels);
      ASSERT_FALSE(write_png(path("out.png"), packed(pixels, width, 17, channels)).failed());
      const PngResult result = read_png(path("out.png"));
      ASSERT_TRUE(result.ok());
      EXPECT_EQ(result.image.channels(), channels);
      EXPECT_EQ(bytes_of(result.image), pixels);
    }
  }
}

TEST_F(PngRead, SaysThatAFileIsMissing) {
  for (const std::string& missing : {path("none.png"), path("no/directory/none.png")}) {
    const PngResult result = read_png(missing);
    EXPECT_EQ(result.error.kind, PngErrorKind::kNotFound);
    EXPECT_EQ(result.error.system_errno, ENOENT);
    EXPECT_EQ(result.error.message, "cannot read '" + missing + "': No such file or directory");
  }
}

TEST_F(PngRead, SaysThatADirectoryIsNoFile) {
  const PngResult result = read_png(path(""));
  EXPECT_EQ(result.error.kind, PngErrorKind::kSystem);
  EXPECT_EQ(result.error.system_errno, EISDIR);
}

TEST_F(PngRead, SaysThatAFileIsNoPng) {
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string(1000, 'x'), std::string("\x89PNG")}) {
    const PngError error = error_of(bytes);
    EXPECT_EQ(error.kind, PngErrorKind::kFormat);
    EXPECT_THAT(error.message, HasSubstr("not a PNG file"));
  }
}

TEST_F(PngRead, RefusesAPngCutOffAnywhere) {
  for (const bool interlaced : {false, true}) {
    PngFixture fixture;
    fixture.width = fixture.height = 16;
    fixture.interlaced = interlaced;
    fixture.rows = random_bytes(256);
    write_fixture(path("whole.png"), fixture);
    const std::string whole = read_file(path("whole.png"));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_EQ(error_of(whole.substr(0, length)).kind, PngErrorKind::kFormat) << length;
    }
  }
}

// One byte changed: either it is refused, or, in a chunk that does not matter, the pixels come out whole.
TEST_F(PngRead, SurvivesAnyDamagedByte) {
  PngFixture fixture;
  fixture.width = fixture.height = 16;
  fixture.rows = random_bytes(256);
  write_fixture(path("whole.png"), fixture);
  const std::string whole = read_file(path("whole.png"));
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0xFF}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      write_file(path("in.png"), damaged);
      const PngResult result = read_png(path("in.png"));
      if (result.ok()) {
        EXPECT_EQ(bytes_of(result.image), fixture.rows) << at;
      } else {
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()));
}

TEST_F(PngRead, RefusesHugeImagesBeforeTakingMemory) {
  // Hardly any room, so that taking it would fail in another way.
  rlimit old_limit{};
  getrlimit(RLIMIT_AS, &old_limit);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they need terabytes of addresses
  rlimit limit = old_limit;
  limit.rlim_cur = rlim_t{1} << 31;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
#endif
  const PngError square = error_of(png_header(100'000, 100'000));
  EXPECT_EQ(square.kind, PngErrorKind::kTooLarge);
  EXPECT_THAT(square.message, HasSubstr("100000 x 100000 pixels; at most 268435456"));
  EXPECT_EQ(error_of(png_header(0x7FFFFFFF, 0x7FFFFFFF)).kind, PngErrorKind::kTooLarge);
  EXPECT_EQ(error_of(png_header((1u << 28) + 1, 1)).kind, PngErrorKind::kTooLarge);
  EXPECT_EQ(error_of(png_header(1u << 28, 1)).kind,
            PngErrorKind::kFormat);  // small enough, but ends too early
  EXPECT_EQ(error_of(png_header(0, 5)).kind, PngErrorKind::kFormat);
  setrlimit(RLIMIT_AS, &old_limit);
}

TEST_F(PngRead, KeepsLibpngsWarningsToItself) {
  PngFixture fixture;
  fixture.rows = {7};
  write_fixture(path("whole.png"), fixture);
  std::string bytes = read_file(path("whole.png"));
  // A time chunk with a wrong checksum after the header: libpng warns, and goes on.
  bytes.insert(33, std::string("\0\0\0\7tIME\x07\xE6\1\1\0\0\0bad!", 19));
  write_file(path("in.png"), bytes);
  testing::internal::CaptureStderr();
  const PngResult result = read_png(path("in.png"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_TRUE(result.ok()) << result.error.message;
  error_of(bytes.substr(0, bytes.size() - 5));
}

}  // namespace
}  // namespace gilscope::kernels
