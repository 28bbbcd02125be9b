#include "app/timeline/wait_union.h"

#include <algorithm>

namespace gilscope::app {

namespace {
constexpr std::size_t kFoldAbove = 1024;
constexpr std::ptrdiff_t kKeep = 512;
}  // namespace

void WaitUnion::insert(probe::Ticks begin, probe::Ticks end) {
  // All that touch [begin, end) become one with it.
  const auto first =
      std::lower_bound(intervals_.begin(), intervals_.end(), begin,
                       [](const Interval& interval, probe::Ticks moment) { return interval.end < moment; });
  auto last = first;
  while (last != intervals_.end() && last->begin <= end) {
    begin = std::min(begin, last->begin);
    end = std::max(end, last->end);
    ++last;
  }
  intervals_.insert(intervals_.erase(first, last), {begin, end});
}

void WaitUnion::fold_before(probe::Ticks limit) {
  if (intervals_.size() <= kFoldAbove) return;
  auto last = intervals_.begin();
  const auto keep_from = intervals_.end() - kKeep;
  while (last != keep_from && last->end <= limit) {
    folded_ += last->end - last->begin;
    folded_until_ = last->end;
    ++last;
  }
  intervals_.erase(intervals_.begin(), last);
}

probe::Ticks WaitUnion::total() const noexcept {
  probe::Ticks total = folded_;
  for (const Interval& interval : intervals_) total += interval.end - interval.begin;
  return total;
}

}  // namespace gilscope::app
