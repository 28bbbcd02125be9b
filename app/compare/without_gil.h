// From recorded runs of a workload's threads: what they would take without the GIL. Not for how that is
// worked out: timeline/estimate.h. Thread rule: pure function of files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/compare/comparison.h"

namespace gilscope::app {

struct TracedRun {
  std::string trace;          ///< the file
  std::uint64_t wall_ns = 0;  ///< of the run, what the clock saw
  std::uint64_t hold_ns = 0;  ///< likewise, the sum over the threads
};

/// Of the runs of `point`'s threads, with the price and the cores that were measured there, as far as they
/// were; `cores` are the machine's. An unreadable trace is a reason, no exception.
WithoutGil without_gil(const std::vector<TracedRun>& runs, const Point& point, int cores);

}  // namespace gilscope::app
