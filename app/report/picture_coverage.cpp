#include "app/report/picture_coverage.h"

#include <algorithm>

namespace gilscope::app {

using probe::Ticks;

ColumnScale::ColumnScale(Ticks from, Ticks to, std::size_t columns)
    : columns_per_tick_(static_cast<double>(columns) / static_cast<double>(to - from)),
      wide_((to - from) / columns + 1) {
  const double width = static_cast<double>(to - from) / static_cast<double>(columns);
  edges_.reserve(columns + 1);
  for (std::size_t i = 0; i < columns; ++i) {
    edges_.push_back(from + static_cast<Ticks>(width * static_cast<double>(i)));
  }
  edges_.push_back(to);
}

std::size_t ColumnScale::column_of(Ticks tick) const noexcept {
  auto column = std::min(static_cast<std::size_t>(position(tick)), columns() - 1);
  // The product is rounded; the edges are not.
  while (edges_[column] > tick) --column;
  while (edges_[column + 1] <= tick) ++column;
  return column;
}

void Coverage::add(const ColumnScale& scale, Ticks begin, Ticks end) {
  begin = std::max(begin, scale.from());
  end = std::min(end, scale.to());
  if (begin >= end) return;
  if (end - begin >= scale.wide()) {
    slices_.push_back({begin, end});
  } else {
    add_to_columns(scale, begin, end);
  }
}

void Coverage::add_to_columns(const ColumnScale& scale, Ticks begin, Ticks end) {
  if (begin >= end) return;
  std::size_t column = scale.column_of(begin);
  if (columns_.empty()) columns_.resize(scale.columns());
  while (begin < end) {
    const Ticks edge = std::min(end, scale.edge(column + 1));
    columns_[column++] += edge - begin;
    begin = edge;
  }
}

Coverage Coverage::settled(const ColumnScale& scale, const std::vector<bool>& mixed) const {
  Coverage result;
  result.columns_ = columns_;
  for (auto [begin, end] : slices_) {
    // Columns in its middle are covered by it alone.
    const std::size_t first = scale.column_of(begin), last = scale.column_of(end - 1);
    if (mixed[first]) {
      const Ticks edge = std::min(end, scale.edge(first + 1));
      result.add_to_columns(scale, begin, edge);
      begin = edge;
    }
    if (mixed[last] && begin < end) {
      const Ticks edge = std::max(begin, scale.edge(last));
      result.add_to_columns(scale, edge, end);
      end = edge;
    }
    if (begin < end) result.slices_.push_back({begin, end});
  }
  return result;
}

std::vector<Coverage> settled(const ColumnScale& scale, const std::vector<const Coverage*>& coverages) {
  std::vector<bool> mixed(scale.columns());
  for (const Coverage* coverage : coverages) {
    for (std::size_t i = 0; i < coverage->columns().size(); ++i) {
      if (coverage->columns()[i] > 0) mixed[i] = true;
    }
  }
  std::vector<Coverage> result;
  for (const Coverage* coverage : coverages) result.push_back(coverage->settled(scale, mixed));
  return result;
}

}  // namespace gilscope::app
