// What follows `--live=web` on the command line. Plain data.
#pragma once

#include <cstdint>

namespace gilscope::app {

struct LiveWebOptions {
  std::uint16_t port = 0;  ///< 0: any that is free
  bool open = false;       ///< start a browser
  bool stay = false;       ///< serve the report until Ctrl-C
};

}  // namespace gilscope::app
