// What a picture is made of: boxes and labels in pixels of a 1920 x 1080 page, in the order in which they are
// drawn (labels over boxes). The writers turn it into files; whoever lays out knows no file format. Thread
// rule: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

inline constexpr double kPageWidth = 1920;
inline constexpr double kPageHeight = 1080;

/// 0xRRGGBB.
using Colour = std::uint32_t;

/// The palette: that of Okabe and Ito ("Color Universal Design", 2008), which people with any kind of colour
/// vision can tell apart, and grays.
namespace colours {
inline constexpr Colour kPaper = 0xffffff;
inline constexpr Colour kInk = 0x1a1a1a;
inline constexpr Colour kFaintInk = 0x595959;
inline constexpr Colour kGrid = 0xc8c8c8;
inline constexpr Colour kOutside = 0xe9ebee;
inline constexpr Colour kOthers = 0x9a9a9a;
inline constexpr Colour kVermillion = 0xd55e00;
inline constexpr Colour kBlue = 0x0072b2;
inline constexpr Colour kGreen = 0x009e73;
inline constexpr Colour kPurple = 0xcc79a7;
inline constexpr Colour kSky = 0x56b4e9;
inline constexpr Colour kOrange = 0xe69f00;
inline constexpr Colour kDark = 0x4d4d4d;
}  // namespace colours

enum class Fill : std::uint8_t { kSolid, kHatched };

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
  Colour colour = 0;
  Fill fill = Fill::kSolid;
};

enum class Align : std::uint8_t { kLeft, kMiddle, kRight };

struct Font {
  double size = 28;
  bool bold = false;
};

struct Label {
  double x = 0;  ///< of its left end, middle or right end
  double y = 0;  ///< of the line that letters stand on
  std::string text;
  Font font;
  Colour colour = colours::kInk;
  Align align = Align::kLeft;
};

struct Scene {
  std::vector<Box> boxes;
  std::vector<Label> labels;
};

/// How wide a text is, in pixels.
using Measure = std::function<double(std::string_view text, Font font)>;

/// `text` without control characters, in at most `width` pixels, what is too much taken out of its middle.
std::string fitted(std::string_view text, double width, Font font, const Measure& measure);

/// Lines of at most `width` pixels, at most `most_lines`, broken at spaces; what is too much is cut off.
std::vector<std::string> wrapped(std::string_view text, double width, Font font, std::size_t most_lines,
                                 const Measure& measure);

}  // namespace gilscope::app
