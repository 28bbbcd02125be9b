// A span of a trace as columns: for each thread that is drawn, how much of each column's time it held a GIL,
// waited, and was in regions, kernels, tiles and collections. Memory grows with columns and lanes, not with
// turns. Not for where on a picture that goes. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/report/picture_coverage.h"
#include "app/trace_file/trace.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

struct LaneColumns {
  std::uint32_t thread = 0;
  std::string name;             ///< empty: the facts do not name it
  probe::Ticks begin = 0;       ///< of the thread's life
  probe::Ticks end = 0;         ///< likewise
  std::vector<Coverage> holds;  ///< by place in PictureColumns::gils; one more for all other GILs
  Coverage wait;
  Coverage region;  ///< only the outermost, as of the kernels
  Coverage kernel;
  Coverage tile;
  Coverage collection;
};

struct PictureColumns {
  std::vector<LaneColumns> lanes;    ///< in the order of thread index
  std::size_t more_threads = 0;      ///< with something to show in the span, for which there was no lane
  std::vector<std::uint16_t> gils;   ///< those that are shown, in order
  std::size_t more_gils = 0;         ///< used in the span, but not shown
  std::vector<Coverage> other_hold;  ///< by threads without a lane; by place in `gils`
};

/// Goes through the trace twice: first for who is busiest, then for their columns. At most `most_lanes`
/// threads and `most_gils` GILs are kept. Without a GIL all threads have something to show: their lives.
PictureColumns read_columns(const Trace& trace, const ColumnScale& scale, probe::Ticks end_of_run,
                            std::size_t most_lanes, std::size_t most_gils);

}  // namespace gilscope::app
