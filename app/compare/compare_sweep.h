// A sweep over threads or sizes as a table: how much faster each pattern is, at each point. Not for where it
// pays off: compare_text.h. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/compare/comparison.h"

namespace gilscope::app {

struct SweepRow {
  const Pattern* pattern = nullptr;
  std::vector<double> speed_ups;  ///< by point; 0: not measured there
};

struct Sweep {
  std::vector<std::string> points;  ///< their names: "4 threads", "L" or "L, 4 threads"
  std::vector<bool> begins;  ///< whether a point is not a step from the one before: its size is another, too
  std::vector<std::uint64_t> sequential_ns;
  std::vector<SweepRow> rows;  ///< without the sequential one; the fastest at the last point first
};

Sweep sweep_of(const Comparison& comparison);

/// Lines of at most `width` columns where that is possible, each ended by a newline.
std::string sweep_text(const Sweep& sweep, std::size_t width);

}  // namespace gilscope::app
