// The first way through a trace: what needs the order of the turns of one GIL. Its hand-overs, its own lane,
// how many threads wait for it, and how much of the time it is held. Not for a thread's own lane. Thread
// rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "app/report/drawn_run.h"
#include "app/timeline/gil_order.h"

namespace gilscope::app {

/// Ticks to nanoseconds from the begin of the recording.
class RunClock {
 public:
  explicit RunClock(const TraceFacts& facts) : begin_(facts.begin), scale_(facts.scale) {}
  std::uint64_t at(probe::Ticks moment) const { return moment > begin_ ? scale_.ns(moment - begin_) : 0; }
  std::uint64_t span(probe::Ticks begin, probe::Ticks end) const {
    return end > begin ? scale_.ns(end - begin) : 0;
  }

 private:
  probe::Ticks begin_;
  probe::TickScale scale_;
};

/// Which numbers of a sequence of 32 bits are marked.
class SequenceSet {
 public:
  void insert(std::uint32_t number) {
    const std::size_t page = number / kPageBits;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) pages_[page] = std::make_unique<Page>();
    (*pages_[page])[number % kPageBits / 64] |= std::uint64_t{1} << (number % 64);
  }
  bool contains(std::uint32_t number) const {
    const std::size_t page = number / kPageBits;
    if (page >= pages_.size() || pages_[page] == nullptr) return false;
    return ((*pages_[page])[number % kPageBits / 64] >> (number % 64) & 1) != 0;
  }

 private:
  static constexpr std::uint32_t kPageBits = 1u << 16;
  using Page = std::array<std::uint64_t, kPageBits / 64>;
  std::vector<std::unique_ptr<Page>> pages_;
};

class GilDrawing final : public OrderedTurnSink {
 public:
  GilDrawing(std::uint16_t gil, const RunClock& clock, std::uint64_t run_ns, Drawing& drawing);

  void add(std::uint32_t thread, const probe::Turn& turn) {
    order_.add(thread, turn);
    const std::uint64_t take_ns = clock_.at(turn.take);
    add_wait(clock_.at(turn.want), take_ns);
    add_hold(take_ns, clock_.at(turn.drop));
  }
  void end_of_pass(probe::Ticks oldest_open_want) { order_.end_of_pass(oldest_open_want); }
  /// The open turns of this GIL, and the end of what it says.
  void finish(std::span<const OpenUntil> open, std::uint64_t end_ns);

  bool handed_over(std::uint32_t sequence) const { return hand_overs_.contains(sequence); }

  void ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool after_gap, bool hand_over) override;
  void settled_before(probe::Ticks moment) override;

 private:
  void add_wait(std::uint64_t want_ns, std::uint64_t take_ns) {
    if (want_ns >= take_ns) return;
    changes_.push_back(want_ns * 2 + 1);
    changes_.push_back(take_ns * 2);
  }
  void add_hold(std::uint64_t take_ns, std::uint64_t drop_ns);
  void say_holder();
  void sort_changes();
  void say_waiting_before(std::uint64_t limit_ns);

  const std::uint16_t gil_;
  const RunClock& clock_;
  Drawing& drawing_;
  GilOrder order_;
  SequenceSet hand_overs_;
  DrawnHolder holder_;  // the turns in a row that are not said yet
  // A moment x 2, + 1 where a wait begins: what changes the number of waiting threads, and is not said yet.
  std::vector<std::uint64_t> changes_;
  std::vector<std::uint64_t> merged_;  // these two are kept to allocate once
  std::vector<std::size_t> runs_;
  std::uint64_t said_until_ns_ = 0;
  std::uint32_t waiting_ = 0;
  std::uint32_t said_waiting_ = 0;
  const std::uint64_t bucket_ns_;
  std::vector<std::uint64_t> held_ns_;  // by bucket
};

}  // namespace gilscope::app
