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

GilDrawing::GilDrawing(std::uint16_t gil, std::uint64_t run_ns, Drawing& drawing)
    : gil_(gil), drawing_(drawing), bucket_ns_(held_bucket_ns(run_ns)) {}

void GilDrawing::begin_piece(const DrawnTurn& turn) {
  if (turn.thread >= open_.size()) open_.resize(turn.thread + std::size_t{1});
  Piece& piece = open_[turn.thread];
  if (piece.holder.turns != 0) pieces_.push_back(piece);
  piece.holder = {gil_, turn.thread, turn.take_ns, turn.drop_ns, 1, turn.drop_ns - turn.take_ns};
  piece.first = turn.sequence;
  piece.next = turn.sequence + 1;
}

void GilDrawing::end_of_pass(std::uint64_t settled_ns) {
  say_pieces(false);
  say_waiting_before(settled_ns);
}

// As for the turns themselves (GilOrder), a pass may bring a piece without the one before it: then the next
// pass brings that, or it was lost.
void GilDrawing::say_pieces(bool all) {
  for (Piece& piece : open_) {
    if (piece.holder.turns != 0) pieces_.push_back(piece);
    piece.holder.turns = 0;
  }
  if (pieces_.empty()) return;
  // Right across the wrap of the 32 bits.
  const auto ahead = [this](std::uint32_t sequence) { return static_cast<std::int32_t>(sequence - next_); };
  std::stable_sort(pieces_.begin(), pieces_.end(),
                   [&](const Piece& a, const Piece& b) { return ahead(a.first) < ahead(b.first); });
  const std::uint32_t first_unseen = pieces_.back().next;
  std::size_t done = 0;
  for (; done < pieces_.size(); ++done) {
    const Piece& piece = pieces_[done];
    const bool in_turn = ahead(piece.first) <= 0;
    const bool gap_is_lost = static_cast<std::int32_t>(piece.first - horizon_) < 0;
    if (!all && !in_turn && !gap_is_lost) break;
    say_piece(piece);
    if (ahead(piece.next) > 0) next_ = piece.next;
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
  horizon_ = first_unseen;
}

void GilDrawing::say_piece(const Piece& piece) {
  DrawnHolder holder = piece.holder;
  // Turns that overlap, which none of ours do, are told one after the other.
  holder.begin_ns = std::max(holder.begin_ns, said_end_ns_);
  holder.end_ns = said_end_ns_ = std::max(holder.begin_ns, holder.end_ns);
  const bool follows = said_.holder.turns != 0 && holder.thread == said_.holder.thread &&
                       piece.first == said_.next &&
                       holder.begin_ns - said_.holder.end_ns <= DrawnHolder::kMostFreeNs;
  if (follows) {
    said_.holder.end_ns = holder.end_ns;
    said_.holder.turns += holder.turns;
    said_.holder.held_ns += holder.held_ns;
  } else {
    say_holder();
    said_.holder = holder;
  }
  said_.next = piece.next;
}

void GilDrawing::say_holder() {
  if (said_.holder.turns != 0) drawing_.holder(said_.holder);
  said_.holder.turns = 0;
}

void GilDrawing::add_to_buckets(std::uint64_t take_ns, std::uint64_t drop_ns) {
  while (take_ns < drop_ns) {
    const std::size_t bucket = take_ns / bucket_ns_;
    if (bucket > kMostBuckets) return;  // long after the recording's end: no trace of ours says so
    bucket_ = bucket;
    bucket_begin_ns_ = bucket * bucket_ns_;
    bucket_end_ns_ = bucket_begin_ns_ + bucket_ns_;
    const std::uint64_t part_ns = std::min(drop_ns, bucket_end_ns_) - take_ns;
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

void GilDrawing::finish(std::uint64_t end_ns) {
  say_pieces(true);
  say_holder();
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
