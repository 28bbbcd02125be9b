// What a stream can show: its width, colour, UTF-8. The one answer to "may I use colour?".
#pragma once

namespace gilscope::app {

struct Terminal {
  bool is_terminal = false;
  int width = 80;       ///< columns
  bool colour = false;  ///< a terminal, and neither NO_COLOR nor TERM=dumb says otherwise
  bool utf8 = false;    ///< from the locale
};

Terminal describe_terminal(int file_descriptor);

/// Whether it is a terminal on which one can draw: TERM names one, and not "dumb".
bool can_move_cursor(int file_descriptor);

}  // namespace gilscope::app
