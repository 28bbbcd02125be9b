#include "app/report/gil_drawing.h"

#include <algorithm>
#include <limits>

namespace gilscope::app {

namespace {

constexpr std::uint64_t kBuckets = 2000;
constexpr std::uint64_t kMostBuckets = 2 * kBuckets;

}  // namespace

std::uint64_t held_bucket_ns(std::uint64_t run_ns) {
  constexpr std::uint64_t kMillisecond = 1'000'000;
  return std::max(kMillisecond, (run_ns + kBuckets - 1) / kBuckets);
}

GilDrawing::GilDrawing(std::uint16_t gil, const RunClock& clock, std::uint64_t run_ns, Drawing& drawing)
    : gil_(gil), clock_(clock), drawing_(drawing), order_(this), bucket_ns_(held_bucket_ns(run_ns)) {
  holder_.gil = gil;
}

void GilDrawing::ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool, bool hand_over) {
  if (hand_over) hand_overs_.insert(turn.sequence);
  const std::uint64_t begin_ns = std::max(clock_.at(turn.take), holder_.end_ns);
  const bool follows =
      holder_.turns != 0 && thread == holder_.thread && begin_ns - holder_.end_ns <= DrawnHolder::kMostFreeNs;
  if (!follows) {
    say_holder();
    holder_.thread = thread;
    holder_.begin_ns = begin_ns;
  }
  holder_.end_ns = std::max(begin_ns, clock_.at(turn.drop));
  holder_.held_ns += holder_.end_ns - begin_ns;
  ++holder_.turns;
}

void GilDrawing::say_holder() {
  if (holder_.turns != 0) drawing_.holder(holder_);
  holder_.turns = holder_.held_ns = 0;
}

void GilDrawing::settled_before(probe::Ticks moment) { say_waiting_before(clock_.at(moment)); }

void GilDrawing::add_hold(std::uint64_t take_ns, std::uint64_t drop_ns) {
  while (take_ns < drop_ns) {
    const std::size_t bucket = take_ns / bucket_ns_;
    if (bucket > kMostBuckets) return;  // long after the recording's end: no trace of ours says so
    const std::uint64_t part_ns = std::min(drop_ns, (bucket + 1) * bucket_ns_) - take_ns;
    if (bucket >= held_ns_.size()) held_ns_.resize(bucket + 1);
    held_ns_[bucket] += part_ns;
    take_ns += part_ns;
  }
}

// Each thread brings its changes in order, so there are few ascending runs: merging neighbours sorts them.
void GilDrawing::sort_changes() {
  runs_.clear();
  for (auto at = changes_.begin(); at != changes_.end();) {
    runs_.push_back(static_cast<std::size_t>(at - changes_.begin()));
    at = std::is_sorted_until(at, changes_.end());
  }
  runs_.push_back(changes_.size());
  while (runs_.size() > 2) {
    merged_.resize(changes_.size());
    std::size_t kept = 0;
    std::size_t run = 0;
    const auto at = [&](std::size_t number) {
      return changes_.begin() + static_cast<std::ptrdiff_t>(runs_[std::min(number, runs_.size() - 1)]);
    };
    for (; run + 1 < runs_.size(); run += 2) {
      std::merge(at(run), at(run + 1), at(run + 1), at(run + 2),
                 merged_.begin() + static_cast<std::ptrdiff_t>(runs_[run]));
      runs_[kept++] = runs_[run];
    }
    runs_[kept++] = changes_.size();
    runs_.resize(kept);
    changes_.swap(merged_);
  }
}

void GilDrawing::say_waiting_before(std::uint64_t limit_ns) {
  if (changes_.empty()) return;
  sort_changes();
  std::size_t done = 0;
  while (done < changes_.size() && changes_[done] / 2 < limit_ns) {
    const std::uint64_t at_ns = changes_[done] / 2;
    for (; done < changes_.size() && changes_[done] / 2 == at_ns; ++done) {
      waiting_ += changes_[done] % 2 == 1 ? 1u : ~0u;
    }
    if (waiting_ == said_waiting_) continue;
    said_until_ns_ = std::max(said_until_ns_, at_ns);
    said_waiting_ = waiting_;
    drawing_.waiting(gil_, said_until_ns_, waiting_);
  }
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(done));
}

void GilDrawing::finish(std::span<const OpenUntil> open, std::uint64_t end_ns) {
  order_.totals(open, this);
  say_holder();
  for (const auto& [turn, until] : open) {
    const std::uint64_t until_ns = clock_.at(until);
    const std::uint64_t take_ns = turn.take == 0 ? until_ns : clock_.at(turn.take);
    add_wait(clock_.at(turn.want), take_ns);
    add_hold(take_ns, until_ns);
  }
  say_waiting_before(std::numeric_limits<std::uint64_t>::max());

  for (std::size_t bucket = 0; bucket * bucket_ns_ < end_ns; ++bucket) {
    const std::uint64_t begin_ns = bucket * bucket_ns_;
    const std::uint64_t length_ns = std::min(end_ns - begin_ns, bucket_ns_);
    const std::uint64_t held_ns = bucket < held_ns_.size() ? held_ns_[bucket] : 0;
    drawing_.held_percent(gil_, begin_ns,
                          100.0 * static_cast<double>(held_ns) / static_cast<double>(length_ns));
  }
  drawing_.held_percent(gil_, end_ns, 0);
}

}  // namespace gilscope::app
