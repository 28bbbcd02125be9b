// What each thread's tables of a Gecko profile are made from: its turns and other markers, kept until the
// thread's turn comes to be written. Not for any format. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "app/report/drawn_run.h"

namespace gilscope::app {

/// A turn, without what its lane says for all of them.
struct KeptTurn {
  std::uint64_t want_ns;
  std::uint64_t take_ns;
  std::uint64_t drop_ns;
  std::uint64_t obeyed_ns;
  std::uint32_t sequence;
  std::uint32_t place;
  std::uint16_t gil;
  std::uint8_t requests;
  probe::TurnEnd end;
  bool taken;

  bool waited() const { return want_ns < (taken ? take_ns : drop_ns); }
  std::uint64_t wait_end_ns() const { return taken ? take_ns : drop_ns; }
};

/// Turns in the order they came, in chunks: growing moves nothing.
class KeptTurns {
 public:
  void push_back(const KeptTurn& turn) {
    if (chunks_.empty() || chunks_.back().size() == kChunk) [[unlikely]] {
      chunks_.emplace_back().reserve(chunks_.size() == 1 ? kFirst : kChunk);
    }
    chunks_.back().push_back(turn);
  }
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (const auto& chunk : chunks_) {
      for (const KeptTurn& turn : chunk) visit(turn);
    }
  }

 private:
  static constexpr std::size_t kFirst = 64;  // most threads of many have few
  static constexpr std::size_t kChunk = 8192;
  std::vector<std::vector<KeptTurn>> chunks_;
};

struct KeptMark {
  std::uint64_t at_ns;
  std::uint32_t name;
};

struct GeckoLane {
  DrawnThread thread;
  KeptTurns turns;
  std::vector<DrawnSpan> spans;  // in the order of their ends
  std::vector<KeptMark> marks;
  std::vector<DrawnTile> tiles;
};

class GeckoLanes final : public Drawing {
 public:
  bool draws_gils() const override { return false; }
  void threads(const std::vector<DrawnThread>& threads) override;
  void turn(const DrawnTurn& turn) override {
    lane_of(turn.thread)
        .turns.push_back({turn.want_ns, turn.take_ns, turn.drop_ns, turn.obeyed_ns, turn.sequence, turn.place,
                          turn.gil, turn.requests, turn.end, turn.taken});
  }
  void span_end(const DrawnSpan& span) override { lane_of(span.thread).spans.push_back(span); }
  void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) override {
    lane_of(thread).marks.push_back({at_ns, name});
  }
  void tile(const DrawnTile& tile) override { lane_of(tile.thread).tiles.push_back(tile); }

  /// In the order of their indices.
  std::deque<GeckoLane>& lanes() { return lanes_; }

 private:
  GeckoLane& lane_of(std::uint32_t thread);

  std::deque<GeckoLane> lanes_;
  std::vector<GeckoLane*> by_index_;  // null: not known
};

}  // namespace gilscope::app
