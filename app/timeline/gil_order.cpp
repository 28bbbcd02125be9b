#include "app/timeline/gil_order.h"

#include <algorithm>
#include <numeric>

namespace gilscope::app {

namespace {

constexpr std::uint32_t kEmpty = 0xffff'ffff;

// How far `sequence` lies ahead of `base`, negative behind it: right across the wrap of the 32 bits.
std::int32_t distance(std::uint32_t sequence, std::uint32_t base) {
  return static_cast<std::int32_t>(sequence - base);
}

}  // namespace

void GilOrder::Walk::step_aside(const Place& place) {
  const std::int32_t ahead = distance(place.sequence, next);
  if (ahead < 0) {
    // Either two threads had the same turn, or this one comes after it was taken for lost.
    if (any && ahead == -1) {
      ++sums.overlaps;
    } else {
      ++sums.late;
      if (sums.missing > 0) --sums.missing;
    }
    if (place.want < place.take) waits.add(place.want, place.take);
    return;
  }
  sums.missing += static_cast<std::uint32_t>(ahead);
  if (any && place.take < last_drop) ++sums.overlaps;
  go_on(place);  // who had the turn before is not known: no hand-over is claimed
}

void GilOrder::put_in_order() {
  order_.clear();
  if (pending_.empty()) return;
  std::int32_t least = distance(pending_.front().sequence, walk_.next);
  std::int32_t most = least;
  for (const Place& place : pending_) {
    const std::int32_t ahead = distance(place.sequence, walk_.next);
    least = std::min(least, ahead);
    most = std::max(most, ahead);
  }
  // Numbers lie dense, as a rule: then each place goes straight to its slot.
  const auto range = static_cast<std::uint64_t>(std::int64_t{most} - least) + 1;
  bool twice = false;
  if (range <= 4 * pending_.size() + 64) {
    order_.assign(range, kEmpty);
    for (std::uint32_t i = 0; i < pending_.size() && !twice; ++i) {
      auto& slot = order_[static_cast<std::size_t>(distance(pending_[i].sequence, walk_.next) - least)];
      twice = slot != kEmpty;
      slot = i;
    }
    if (!twice) {
      order_.erase(std::remove(order_.begin(), order_.end(), kEmpty), order_.end());
      return;
    }
  }
  order_.resize(pending_.size());
  std::iota(order_.begin(), order_.end(), 0u);
  std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return distance(pending_[a].sequence, walk_.next) < distance(pending_[b].sequence, walk_.next);
  });
}

void GilOrder::end_of_pass(probe::Ticks oldest_open_want) {
  put_in_order();
  std::size_t walked = 0;
  for (; walked < order_.size(); ++walked) {
    const Place& place = pending_[order_[walked]];
    const bool in_turn = distance(place.sequence, walk_.next) <= 0;
    const bool gap_is_lost = distance(place.sequence, horizon_) < 0;
    if (!in_turn && !gap_is_lost) break;
    walk_.step(place);
  }

  probe::Ticks limit = oldest_open_want;
  rest_.clear();
  for (; walked < order_.size(); ++walked) {
    rest_.push_back(pending_[order_[walked]]);
    limit = std::min(limit, rest_.back().want);
  }
  pending_.swap(rest_);
  horizon_ = pending_.empty() ? walk_.next : pending_.back().sequence + 1;
  walk_.waits.fold_before(limit);
}

OrderTotals GilOrder::totals(std::span<const OpenUntil> open) const {
  // A look ahead on a copy: turns whose predecessors are still to come are walked with gaps, which are not
  // called missing yet. The last turns are the open ones; of two that the reader saw at different moments,
  // neither is judged by when the other will have ended.
  Walk ahead = walk_;
  std::vector<Place> places = pending_;
  for (const auto& [turn, until] : open) {
    if (turn.take != 0) {
      places.push_back({turn.want, turn.take, turn.take, turn.sequence, turn.thread});
    } else {
      ahead.waits.add(turn.want, until);
    }
  }
  std::stable_sort(places.begin(), places.end(), [this](const Place& a, const Place& b) {
    return distance(a.sequence, walk_.next) < distance(b.sequence, walk_.next);
  });
  for (const Place& place : places) ahead.step(place);

  OrderTotals sums = ahead.sums;
  sums.missing = walk_.sums.missing;
  sums.contended = ahead.waits.total();
  return sums;
}

}  // namespace gilscope::app
