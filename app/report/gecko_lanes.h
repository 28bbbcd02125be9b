// What each thread's tables of a Gecko profile are made from: its turns and other markers, kept until the
// thread's turn comes to be written. Not for any format. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "app/report/drawn_run.h"

namespace gilscope::app {

/// What many turns have in common.
struct TurnKind {
  std::uint32_t place = 0;
  std::uint16_t gil = 0;
  probe::TurnEnd end = probe::TurnEnd::kGave;
};

/// Numbers for the kinds of turns that there are: few, also of millions of turns.
class TurnKinds {
 public:
  std::uint32_t id_of(const DrawnTurn& turn) {
    const std::uint64_t key =
        std::uint64_t{turn.place} << 24 | std::uint32_t{turn.gil} << 8 | static_cast<std::uint8_t>(turn.end);
    Known& known = known_[(turn.place * 4 + static_cast<std::uint8_t>(turn.end)) % known_.size()];
    if (known.key != key) [[unlikely]]
      known = {key, look_up(key, turn)};
    return known.id;
  }
  const std::vector<TurnKind>& all() const { return kinds_; }

 private:
  struct Known {
    std::uint64_t key = ~std::uint64_t{0};  // of no turn
    std::uint32_t id = 0;
  };
  std::uint32_t look_up(std::uint64_t key, const DrawnTurn& turn);

  std::vector<TurnKind> kinds_;
  std::unordered_map<std::uint64_t, std::uint32_t> ids_;
  std::array<Known, 64> known_;
};

/// A turn, without what its lane and its kind say. wait_end_ns is the take of a turn that was taken.
struct KeptTurn {
  std::uint64_t want_ns = 0;
  std::uint64_t wait_end_ns = 0;
  std::uint64_t drop_ns = 0;
  std::uint64_t obeyed_ns = 0;
  std::uint32_t kind = 0;
  std::uint8_t requests = 0;
  bool waited = false;
  bool taken = false;
};

/// Turns in the order they came: 12 bytes each, and 4 for a wait.
class KeptTurns {
 public:
  void push_back(const DrawnTurn& turn, std::uint32_t kind);

  template <typename Visit>
  void for_each(Visit&& visit) const {
    auto wait = waits_.begin();
    auto long_one = long_ones_.begin();
    auto request = requests_.begin();
    const auto length = [&long_one](std::uint32_t kept) { return kept == kLong ? *long_one++ : kept; };
    KeptTurn turn;
    for (const auto& chunk : chunks_) {
      for (const Entry& entry : chunk) {
        turn.want_ns = turn.drop_ns + length(entry.before);
        turn.waited = (entry.what & kWaited) != 0;
        turn.wait_end_ns = turn.want_ns + (turn.waited ? length(*wait++) : 0);
        turn.taken = (entry.what & kTaken) != 0;
        turn.drop_ns = turn.wait_end_ns + length(entry.hold);
        turn.kind = entry.what & kKindBits;
        turn.requests = 0;
        if ((entry.what & kRequested) != 0) {
          turn.requests = request->count;
          turn.obeyed_ns = request->obeyed_ns;
          ++request;
        }
        visit(static_cast<const KeptTurn&>(turn));
      }
    }
  }

  std::size_t waits() const { return waits_.size(); }
  std::size_t holds() const { return holds_; }

 private:
  static constexpr std::uint32_t kLong = 0xffff'ffff;  // the next of long_ones_
  static constexpr std::uint32_t kWaited = 1u << 31;
  static constexpr std::uint32_t kTaken = 1u << 30;
  static constexpr std::uint32_t kRequested = 1u << 29;
  static constexpr std::uint32_t kKindBits = kRequested - 1;
  // In nanoseconds, and a kind with the flags.
  struct Entry {
    std::uint32_t before;  // from the drop before to the want
    std::uint32_t hold;
    std::uint32_t what;
  };
  struct Requests {
    std::uint64_t obeyed_ns;
    std::uint8_t count;
  };

  std::uint32_t kept(std::uint64_t length_ns) {
    if (length_ns < kLong) [[likely]]
      return static_cast<std::uint32_t>(length_ns);
    long_ones_.push_back(length_ns);
    return kLong;
  }

  static constexpr std::size_t kFirst = 64;  // most threads of many have few
  static constexpr std::size_t kChunk = 16384;
  std::vector<std::vector<Entry>> chunks_;  // growing moves nothing
  std::deque<std::uint32_t> waits_;         // of the turns that waited
  std::deque<std::uint64_t> long_ones_;
  std::deque<Requests> requests_;
  std::uint64_t last_drop_ns_ = 0;
  std::size_t holds_ = 0;
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
    lane_of(turn.thread).turns.push_back(turn, kinds_.id_of(turn));
  }
  void span_end(const DrawnSpan& span) override { lane_of(span.thread).spans.push_back(span); }
  void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) override {
    lane_of(thread).marks.push_back({at_ns, name});
  }
  void tile(const DrawnTile& tile) override { lane_of(tile.thread).tiles.push_back(tile); }

  /// In the order of their indices.
  std::deque<GeckoLane>& lanes() { return lanes_; }
  /// By the numbers that turns have for them.
  const std::vector<TurnKind>& kinds() const { return kinds_.all(); }

 private:
  GeckoLane& lane_of(std::uint32_t thread) {
    if (thread < by_index_.size() && by_index_[thread] != nullptr) [[likely]]
      return *by_index_[thread];
    return unknown_lane(thread);
  }
  GeckoLane& unknown_lane(std::uint32_t thread);

  std::deque<GeckoLane> lanes_;
  std::vector<GeckoLane*> by_index_;  // null: not known
  TurnKinds kinds_;
};

}  // namespace gilscope::app
