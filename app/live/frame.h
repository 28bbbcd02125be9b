// A moving view as lines of text: a pure function of what is to be shown. No terminal in it; the lines hold
// colours, and no other control sequence. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/live/lane_picture.h"

namespace gilscope::app {

struct FrameOptions {
  std::size_t width = 80;
  std::size_t height = 24;  ///< most lines
  bool colour = false;
  bool ascii = false;
  bool help = false;  ///< what the keys do
};

/// What is said beside the lanes.
struct FrameWords {
  std::string playing;           ///< "live", "paused", "1/10, 2.1 s behind"
  std::string time;              ///< "12.3 s", "12.345 ms of 3.21 s"
  double switch_interval_s = 0;  ///< 0: not known
  std::string no_turns = "no turn yet";
  std::vector<std::string> said;  ///< whole sentences, below the lanes
  std::vector<std::string> keys;  ///< "space pause", for the last line
  std::function<std::string(std::uint32_t place, std::size_t columns)> place_text;
};

/// How many columns a lane has in a frame so wide.
std::size_t lane_columns(std::size_t width);
/// How many lanes fit, of so many threads, in so many GILs, with so many lines of sentences.
std::size_t lanes_that_fit(const FrameOptions& options, std::size_t threads, std::size_t gils,
                           const FrameWords& words);

std::vector<std::string> frame_lines(const Picture& picture, const FrameWords& words,
                                     const FrameOptions& options);

}  // namespace gilscope::app
