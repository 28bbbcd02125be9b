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

void GilOrder::Walk::step_aside(std::uint32_t thread, const probe::Turn& turn, OrderedTurnSink* sink) {
  const std::int32_t ahead = distance(turn.sequence, next);
  if (ahead < 0) {
    // Either two threads had the same turn, or this one comes after it was taken for lost.
    if (any && ahead == -1) {
      ++sums.overlaps;
    } else {
      ++sums.late;
      if (sums.missing > 0) --sums.missing;
    }
    if (turn.want < turn.take) waits.add(turn.want, turn.take);
    return;
  }
  sums.missing += static_cast<std::uint32_t>(ahead);
  if (any && turn.take < last_drop) ++sums.overlaps;
  // Who had the turn before is not known: no hand-over is claimed.
  if (sink != nullptr) sink->ordered_turn(thread, turn, true, false);
  go_on(thread, turn);
}

void GilOrder::put_in_order() {
  order_.clear();
  if (pending_.empty()) return;
  std::int32_t least = distance(pending_.front().turn.sequence, walk_.next);
  std::int32_t most = least;
  for (const Pending& pending : pending_) {
    const std::int32_t ahead = distance(pending.turn.sequence, walk_.next);
    least = std::min(least, ahead);
    most = std::max(most, ahead);
  }
  // Numbers lie dense, as a rule: then each place goes straight to its slot.
  const auto range = static_cast<std::uint64_t>(std::int64_t{most} - least) + 1;
  bool twice = false;
  if (range <= 4 * pending_.size() + 64) {
    order_.assign(range, kEmpty);
    for (std::uint32_t i = 0; i < pending_.size() && !twice; ++i) {
      auto& slot = order_[static_cast<std::size_t>(distance(pending_[i].turn.sequence, walk_.next) - least)];
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
    return distance(pending_[a].turn.sequence, walk_.next) < distance(pending_[b].turn.sequence, walk_.next);
  });
}

void GilOrder::end_of_pass(probe::Ticks oldest_open_want) {
  put_in_order();
  std::size_t walked = 0;
  for (; walked < order_.size(); ++walked) {
    const auto& [turn, thread] = pending_[order_[walked]];
    const bool in_turn = distance(turn.sequence, walk_.next) <= 0;
    const bool gap_is_lost = distance(turn.sequence, horizon_) < 0;
    if (!in_turn && !gap_is_lost) break;
    walk_.step(thread, turn, sink_);
  }

  probe::Ticks limit = oldest_open_want;
  rest_.clear();
  for (; walked < order_.size(); ++walked) {
    rest_.push_back(pending_[order_[walked]]);
    limit = std::min(limit, rest_.back().turn.want);
  }
  pending_.swap(rest_);
  horizon_ = pending_.empty() ? walk_.next : pending_.back().turn.sequence + 1;
  walk_.waits.fold_before(limit);
  if (sink_ != nullptr) sink_->settled_before(limit);
}

OrderTotals GilOrder::totals(std::span<const OpenUntil> open, OrderedTurnSink* sink) const {
  // A look ahead on a copy: turns whose predecessors are still to come are walked with gaps, which are not
  // called missing yet. The last turns are the open ones; of two that the reader saw at different moments,
  // neither is judged by when the other will have ended.
  Walk ahead = walk_;
  std::vector<Pending> turns = pending_;
  for (const auto& [turn, until] : open) {
    if (turn.take == 0) {
      ahead.waits.add(turn.want, until);
      continue;
    }
    probe::Turn held;
    held.want = turn.want;
    held.take = turn.take;
    held.drop = std::max(turn.take, until);
    held.request = turn.request;
    held.requests = turn.requests;
    held.sequence = turn.sequence;
    held.gil = turn.gil;
    held.end = probe::TurnEnd::kOpen;
    turns.push_back({held, turn.thread});
  }
  std::stable_sort(turns.begin(), turns.end(), [this](const Pending& a, const Pending& b) {
    return distance(a.turn.sequence, walk_.next) < distance(b.turn.sequence, walk_.next);
  });
  for (Pending& pending : turns) {
    ahead.step(pending.thread, pending.turn, sink);
    if (pending.turn.end == probe::TurnEnd::kOpen)
      ahead.last_drop = std::min(ahead.last_drop, pending.turn.take);
  }

  OrderTotals sums = ahead.sums;
  sums.missing = walk_.sums.missing;
  sums.contended = ahead.waits.total();
  return sums;
}

}  // namespace gilscope::app
