// Sums in columns of equal time, the latest of them: of what spans are in them, or of counts. Column n is
// [n, n + 1) x width, in ticks. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

class ColumnRing {
 public:
  ColumnRing(probe::Ticks width, std::size_t count) : width_(width), sums_(count) {}

  /// The columns up to `newest` are there from now on, the new ones empty.
  void reach(std::uint64_t newest) {
    if (newest <= newest_) return;
    const std::uint64_t fresh = std::min<std::uint64_t>(newest - newest_, sums_.size());
    for (std::uint64_t i = 0; i < fresh; ++i) sums_[(newest - i) % sums_.size()] = 0;
    newest_ = newest;
  }
  std::uint64_t oldest() const noexcept {
    return newest_ + 1 > sums_.size() ? newest_ + 1 - sums_.size() : 0;
  }
  probe::Ticks width() const noexcept { return width_; }

  probe::Ticks sum(std::uint64_t column) const noexcept {
    return is_there(column) ? sums_[column % sums_.size()] : 0;
  }
  /// Adds the span [begin, end), as far as it lies in columns that are there.
  void add(probe::Ticks begin, probe::Ticks end) {
    for_each_part(begin, end, [](probe::Ticks& sum, probe::Ticks part) { sum += part; });
  }
  /// Likewise, though no column gets fuller than full: how much of it is in there already is not known.
  void fill(probe::Ticks begin, probe::Ticks end) {
    for_each_part(begin, end, [this](probe::Ticks& sum, probe::Ticks part) {
      sum = std::min(sum + part, std::max(sum, width_));
    });
  }
  void count(std::uint64_t column) {
    if (is_there(column)) ++sums_[column % sums_.size()];
  }

 private:
  bool is_there(std::uint64_t column) const noexcept { return column <= newest_ && column >= oldest(); }

  template <typename Add>
  void for_each_part(probe::Ticks begin, probe::Ticks end, Add&& add_part) {
    begin = std::max(begin, oldest() * width_);
    end = std::min(end, (newest_ + 1) * width_);
    while (begin < end) {
      const std::uint64_t column = begin / width_;
      const probe::Ticks until = std::min(end, (column + 1) * width_);
      add_part(sums_[column % sums_.size()], until - begin);
      begin = until;
    }
  }

  probe::Ticks width_;
  std::uint64_t newest_ = 0;
  std::vector<probe::Ticks> sums_;
};

}  // namespace gilscope::app
