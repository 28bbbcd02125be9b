#include "app/live/bottom_screen.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace gilscope::app {

namespace {

constexpr std::string_view kSave =
    "\x1b"
    "7";
constexpr std::string_view kRestore =
    "\x1b"
    "8";
constexpr std::string_view kHideCursor = "\x1b[?25l";
constexpr std::string_view kShowCursor = "\x1b[?25h";
constexpr std::string_view kWholeScreenScrolls = "\x1b[r";
constexpr std::string_view kEraseBelow = "\x1b[J";
constexpr std::string_view kPlain = "\x1b[0m";
// Terminals that know these show all in between at once; others pass over them.
constexpr std::string_view kBeginUpdate = "\x1b[?2026h";
constexpr std::string_view kEndUpdate = "\x1b[?2026l";

constexpr std::size_t kMostKeptBack = 256;

// How many bytes at the end begin a UTF-8 character that is not complete.
std::size_t open_character(std::string_view bytes) {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

// Likewise a control sequence: ESC and one character, ESC [ parameters letter, or ESC ] text BEL.
std::size_t open_sequence(std::string_view bytes) {
  const std::size_t tail = bytes.size() > kMostKeptBack ? bytes.size() - kMostKeptBack : 0;
  const std::size_t escape = bytes.find_last_of('\x1b');
  if (escape == bytes.npos || escape < tail) return 0;
  const std::string_view rest = bytes.substr(escape + 1);
  const std::size_t length = bytes.size() - escape;
  if (rest.empty()) return length;
  const auto is_final = [](char c) { return c >= 0x40 && c <= 0x7e; };
  if (rest[0] == '[') return std::any_of(rest.begin() + 1, rest.end(), is_final) ? 0 : length;
  if (rest[0] == ']' || rest[0] == 'P') return rest.find('\a') != rest.npos ? 0 : length;
  return rest[0] >= 0x20 && rest[0] <= 0x2f && rest.size() == 1 ? length : 0;
}

}  // namespace

std::string BottomScreen::text(std::string_view bytes) {
  std::string all = kept_back_ + std::string(bytes);
  kept_back_.clear();
  if (const std::size_t open = std::max(open_character(all), open_sequence(all));
      open > 0 && open <= kMostKeptBack && !bytes.empty()) {
    kept_back_ = all.substr(all.size() - open);
    all.resize(all.size() - open);
  }
  if (!all.empty()) at_line_begin_ = all.back() == '\n' || all.back() == '\r';
  return all;
}

std::size_t BottomScreen::most_lines(std::size_t rows) {
  const std::size_t for_text = std::max<std::size_t>(rows / 4, 1);
  return rows > for_text ? rows - for_text : 0;
}

// The cursor stays with the text; the frame's rows are made free below it.
std::string BottomScreen::lay_out(std::size_t height) {
  std::string out;
  out.append(kSave).append(kWholeScreenScrolls).append(kRestore).append(kEraseBelow);
  // "Index" goes down a row, and scrolls at the bottom, without a change of column.
  for (std::size_t i = 0; i < height; ++i)
    out +=
        "\x1b"
        "D";
  out += fmt::format("\x1b[{}A", height);
  return out;
}

std::string BottomScreen::frame(const std::vector<std::string>& lines, std::size_t rows,
                                std::size_t columns) {
  if (rows < 2 || lines.empty()) return {};
  std::string out;
  const bool changed = rows != rows_ || columns != columns_;
  const std::size_t wanted = std::min(lines.size(), rows - 1);
  // A frame that grows and shrinks would make the text jump.
  const std::size_t height = changed ? wanted : std::max(wanted, height_);
  out.append(kBeginUpdate).append(kHideCursor);
  if (changed || height != height_) out += lay_out(height);
  rows_ = rows;
  columns_ = columns;
  height_ = height;
  out.append(kSave).append(kPlain);
  // Each time: a program above may have reset it.
  out += fmt::format("\x1b[1;{}r", rows - height);
  for (std::size_t i = 0; i < height; ++i) {
    const std::string& line = i < wanted ? lines[i] : std::string();
    out += fmt::format("\x1b[{};1H", rows - height + 1 + i);
    out += line;
    out += "\x1b[K";
  }
  out.append(kRestore).append(kEndUpdate);
  return out;
}

std::string BottomScreen::suspend() {
  std::string out;
  if (rows_ != 0) out.append(kSave).append(kWholeScreenScrolls).append(kRestore).append(kEraseBelow);
  out.append(kShowCursor);
  rows_ = 0;
  height_ = 0;
  return out;
}

std::string BottomScreen::finish(const std::vector<std::string>& lines) {
  std::string out = std::exchange(kept_back_, {});
  out += suspend();
  out.append(kPlain);
  if (!at_line_begin_) out += "\n";
  for (const std::string& line : lines) out += "\r" + line + "\n";
  at_line_begin_ = true;
  return out;
}

}  // namespace gilscope::app
