// A span of a trace as columns: for each thread that is drawn, how much of each column's time it held a GIL,
// waited, and was in regions, kernels, tiles and collections. Memory grows with columns and lanes, not with
// turns. Not for where on a picture that goes. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/trace_file/trace.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// A span of time cut into equal columns; their edges are whole ticks.
class ColumnScale {
 public:
  /// `from` < `to`; at least one column.
  ColumnScale(probe::Ticks from, probe::Ticks to, std::size_t columns);

  probe::Ticks from() const noexcept { return edges_.front(); }
  probe::Ticks to() const noexcept { return edges_.back(); }
  std::size_t columns() const noexcept { return edges_.size() - 1; }
  /// The first tick of a column; of columns(): to().
  probe::Ticks edge(std::size_t column) const noexcept { return edges_[column]; }
  /// The column that a tick of [from, to) lies in.
  std::size_t column_of(probe::Ticks tick) const noexcept;
  /// In columns from `from`, with fractions.
  double position(probe::Ticks tick) const noexcept {
    return static_cast<double>(tick - from()) * columns_per_tick_;
  }
  /// So many ticks are at least a column: wide enough to be drawn as they are.
  probe::Ticks wide() const noexcept { return wide_; }

 private:
  std::vector<probe::Ticks> edges_;
  double columns_per_tick_;
  probe::Ticks wide_;
};

/// Intervals of one kind on one lane. Together, slices and columns are exactly what was added, to the tick.
class Coverage {
 public:
  struct Slice {
    probe::Ticks begin = 0;
    probe::Ticks end = 0;
  };

  /// Adds the part of [begin, end) that the scale shows.
  void add(const ColumnScale& scale, probe::Ticks begin, probe::Ticks end);

  /// The wide ones, in the order in which they were added.
  const std::vector<Slice>& slices() const noexcept { return slices_; }
  /// Ticks of the shorter ones in each column; empty: there are none.
  const std::vector<probe::Ticks>& columns() const noexcept { return columns_; }
  /// In `mixed` columns, what lies there of the wide ones is counted with the short ones.
  Coverage settled(const ColumnScale& scale, const std::vector<bool>& mixed) const;
  bool empty() const noexcept { return slices_.empty() && columns_.empty(); }

 private:
  void add_to_columns(const ColumnScale& scale, probe::Ticks begin, probe::Ticks end);

  std::vector<Slice> slices_;
  std::vector<probe::Ticks> columns_;
};

/// Intervals that are drawn on one lane, and never overlap: where one of them has short ones in a column, all
/// show their shares of it.
std::vector<Coverage> settled(const ColumnScale& scale, const std::vector<const Coverage*>& coverages);

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
/// threads and `most_gils` GILs are kept.
PictureColumns read_columns(const Trace& trace, const ColumnScale& scale, probe::Ticks end_of_run,
                            std::size_t most_lanes, std::size_t most_gils);

}  // namespace gilscope::app
