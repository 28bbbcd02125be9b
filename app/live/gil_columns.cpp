#include "app/live/gil_columns.h"

#include <algorithm>

namespace gilscope::app {

void GilColumns::add_wait(probe::Ticks want, probe::Ticks take) {
  if (want >= take) return;
  // From the latest interval backwards: the gaps that this wait fills. `end` is the end of the next gap.
  Interval whole{want, take};
  probe::Ticks end = take;
  std::size_t i = waits_.size();
  std::size_t touched_end = i;
  while (i > 0 && waits_[i - 1].end >= want) {
    const Interval& other = waits_[i - 1];
    if (other.begin > take) {
      touched_end = --i;
      continue;
    }
    if (other.end < end) contended_.add(other.end, end);
    end = std::min(end, other.begin);
    whole.begin = std::min(whole.begin, other.begin);
    whole.end = std::max(whole.end, other.end);
    --i;
  }
  if (want < end) {
    contended_.add(std::max(want, std::min(known_from_, end)), end);
    if (want < known_from_) contended_.fill(want, std::min(known_from_, end));
  }
  const auto first = waits_.begin() + static_cast<std::ptrdiff_t>(i);
  const auto last = waits_.begin() + static_cast<std::ptrdiff_t>(touched_end);
  if (first != last) {
    *first = whole;
    waits_.erase(first + 1, last);
  } else {
    waits_.insert(first, whole);
  }
  if (waits_.size() > kMostIntervals) {
    const auto half = waits_.begin() + static_cast<std::ptrdiff_t>(kMostIntervals / 2);
    known_from_ = (half - 1)->end;
    waits_.erase(waits_.begin(), half);
  }
}

}  // namespace gilscope::app
