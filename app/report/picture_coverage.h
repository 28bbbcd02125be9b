// A span of time cut into columns, and how much of each column's time intervals take. Memory grows with
// columns, not with intervals. Thread rule: values.
#pragma once

#include <cstddef>
#include <vector>

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

}  // namespace gilscope::app
