#include "app/report/text_layout.h"

#include <algorithm>
#include <cstdint>

namespace gilscope::app {

namespace {

struct Character {
  std::string_view bytes;
  std::uint32_t code = 0;
  bool valid = true;
};

std::size_t length_from_first_byte(unsigned char byte) {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xf0 && byte < 0xf5) return 4;
  return 0;
}

// The character at the begin of `text`, which is not empty. A byte that begins none stands alone, not valid.
Character first_character(std::string_view text) {
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Character broken{text.substr(0, 1), 0xfffd, false};
  const std::size_t length = length_from_first_byte(byte_at(0));
  if (length == 1) return {text.substr(0, 1), byte_at(0), true};
  if (length == 0 || length > text.size()) return broken;
  std::uint32_t code = byte_at(0) & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(i) & 0xc0u) != 0x80u) return broken;
    code = (code << 6) | (byte_at(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool no_character = code > 0x10ffff || (code >= 0xd800 && code < 0xe000);
  return overlong || no_character ? broken : Character{text.substr(0, length), code, true};
}

template <typename Visit>
void for_each_character(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const Character character = first_character(text);
    visit(character);
    text.remove_prefix(character.bytes.size());
  }
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
bool in_any(std::uint32_t code, std::initializer_list<Range> ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](Range range) { return range.first <= code && code <= range.last; });
}

// The blocks that matter for names, after Unicode's East Asian Width (UAX 11).
std::size_t columns_of_code(std::uint32_t code) {
  if (code < 0x300) return 1;
  if (in_any(code, {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}})) return 0;
  if (in_any(code, {{0x1100, 0x115f},
                    {0x2e80, 0xa4cf},
                    {0xac00, 0xd7a3},
                    {0xf900, 0xfaff},
                    {0xfe30, 0xfe6f},
                    {0xff00, 0xff60},
                    {0xffe0, 0xffe6},
                    {0x1f300, 0x1f64f},
                    {0x1f680, 0x1f6ff},
                    {0x1f900, 0x1f9ff},
                    {0x20000, 0x3fffd}})) {
    return 2;
  }
  return 1;
}

// Control characters (C0, DEL, C1), and those that turn the writing direction of what follows.
bool acts_on_terminal(std::uint32_t code) {
  return in_any(code, {{0x00, 0x1f}, {0x7f, 0x9f}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}});
}

// As much from the begin, or from the end, as fits.
std::string prefix(std::string_view text, std::size_t columns) {
  std::string result;
  bool full = false;
  for_each_character(text, [&](const Character& character) {
    const std::size_t width = columns_of_code(character.code);
    full = full || width > columns;
    if (full) return;
    columns -= width;
    result += character.bytes;
  });
  return result;
}

std::string suffix(std::string_view text, std::size_t columns) {
  std::size_t width = columns_of(text);
  while (width > columns) {
    const Character character = first_character(text);
    width -= columns_of_code(character.code);
    text.remove_prefix(character.bytes.size());
  }
  return std::string(text);
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for_each_character(text, [&](const Character& character) { columns += columns_of_code(character.code); });
  return columns;
}

std::string printable(std::string_view text, bool ascii) {
  std::string result;
  for_each_character(text, [&](const Character& character) {
    const bool shown =
        character.valid && !acts_on_terminal(character.code) && (!ascii || character.code < 0x80);
    result += shown ? character.bytes : std::string_view("?");
  });
  return result;
}

std::string elided(std::string_view text, std::size_t columns, bool ascii) {
  if (columns_of(text) <= columns) return std::string(text);
  const std::string_view dots = ascii ? ".." : "…";
  const std::size_t dots_width = columns_of(dots);
  if (columns <= dots_width) return prefix(text, columns);
  const std::size_t end = (columns - dots_width) / 2;
  return prefix(text, columns - dots_width - end) + std::string(dots) + suffix(text, end);
}

std::string left(std::string_view text, std::size_t columns) {
  const std::size_t width = columns_of(text);
  return std::string(text) + std::string(columns - std::min(columns, width), ' ');
}

std::string right(std::string_view text, std::size_t columns) {
  const std::size_t width = columns_of(text);
  return std::string(columns - std::min(columns, width), ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 2);  // a wide character must fit
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&] {
    std::replace(line.begin(), line.end(), kFixedSpace, ' ');
    lines.push_back(std::move(line));
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!line.empty() && columns_of(line) + 1 + columns_of(word) > columns) end_line();
    if (!line.empty()) line += ' ';
    while (columns_of(word) > columns) {
      line = prefix(word, columns);
      word.remove_prefix(line.size());
      end_line();
    }
    line += word;
  }
  if (!line.empty()) end_line();
  return lines;
}

std::string unbroken(std::string text) {
  std::replace(text.begin(), text.end(), ' ', kFixedSpace);
  return text;
}

}  // namespace gilscope::app
