// The lower part of a terminal, kept for frames, while text scrolls above it: as control sequences, which
// somebody else writes. Between two calls the terminal's cursor is where the text above goes on, so lines
// that are not complete, colours and carriage returns work as without a frame. Not for reading keys or the
// terminal's size. Thread rule: a value.
//
// The rows of the frame are outside of the scrolling region (DECSTBM), and drawn between DECSC and DECRC;
// what scrolls out of a region that begins in the first row goes into the terminal's history.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

class BottomScreen {
 public:
  /// Text that goes above the frame. What a frame must not come in between is kept back until more comes:
  /// the first bytes of a character or of a control sequence.
  std::string text(std::string_view bytes);

  /// Draws `lines` at the bottom of a terminal of this size, at most all rows but one.
  std::string frame(const std::vector<std::string>& lines, std::size_t rows, std::size_t columns);
  /// The terminal's size has changed: nothing on it is where it was.
  void forget_layout() { rows_ = 0; }

  /// Gives the terminal back as it was, the frame taken away; the next frame() takes it again.
  std::string suspend();
  /// Likewise, and `lines` stay behind, below the text.
  std::string finish(const std::vector<std::string>& lines);

  /// Rows for a frame, of a terminal with so many: some are left for the text.
  static std::size_t most_lines(std::size_t rows);

 private:
  static std::string lay_out(std::size_t height);

  std::size_t rows_ = 0;     // of the terminal; 0: nothing is laid out
  std::size_t columns_ = 0;  // likewise
  std::size_t height_ = 0;   // of the frame
  std::string kept_back_;
  bool at_line_begin_ = true;
};

}  // namespace gilscope::app
