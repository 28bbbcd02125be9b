// The latest turns of a run, in the order in which they were taken, and those that are still open: what the
// moving views draw from, now or in slow motion. Bounded: the oldest are forgotten. Not for numbers of the
// whole run (timeline/). Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "app/timeline/facts.h"
#include "app/timeline/gil_order.h"
#include "app/timeline/ordered_turns.h"
#include "embed/probe/collector.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

struct PastTurn {
  probe::Ticks want = 0;
  probe::Ticks take = 0;
  probe::Ticks drop = 0;
  probe::Ticks request = 0;
  std::uint32_t thread = 0;
  std::uint32_t sequence = 0;
  std::uint32_t place = 0;
  std::uint16_t gil = 0;
  std::uint8_t requests = 0;
  probe::TurnEnd end = probe::TurnEnd::kGave;
  bool hand_over = false;  ///< the GIL was handed over to it
  bool is_first = false;   ///< of its thread
};

/// Numbers go on counting while the oldest items are forgotten.
template <typename Item>
class NumberedItems {
 public:
  std::uint64_t begin() const noexcept { return base_ + first_; }
  std::uint64_t end() const noexcept { return base_ + items_.size(); }
  bool empty() const noexcept { return begin() == end(); }
  const Item& operator[](std::uint64_t number) const { return items_[number - base_]; }
  std::span<const Item> kept() const { return std::span(items_).subspan(first_); }
  void push(const Item& item) { items_.push_back(item); }
  void pop() {
    if (++first_ * 2 <= items_.size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
    base_ += first_;
    first_ = 0;
  }

 private:
  std::vector<Item> items_;
  std::uint64_t base_ = 0;  // the number of items_[0]
  std::size_t first_ = 0;   // those before it are forgotten
};

class TurnHistory final : public probe::TurnSink {
 public:
  /// Keeps `most` turns (about 64 bytes each), and forgets older ones.
  explicit TurnHistory(std::size_t most) : most_(most) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks oldest_open_want) override;

  /// When each thread took its first turn, by index, where what is added does not begin with that.
  void know_first_takes(std::span<const probe::Ticks> takes) noexcept { first_takes_ = takes; }

  /// What is open at `at`, after all that ended before it has been added.
  void set_open(probe::Ticks at, std::span<const OpenTurn> open);
  /// The moment of the last set_open(): what is later is not known.
  probe::Ticks known_until() const noexcept { return known_until_; }
  /// Turns that ended before are not all known any more.
  probe::Ticks forgotten_until() const noexcept { return forgotten_until_; }
  void forget_before(probe::Ticks moment);

  const NumberedItems<PastTurn>& turns() const noexcept { return turns_; }
  /// The number of the first turn that ends after `moment`.
  std::uint64_t first_after(probe::Ticks moment) const;

  std::uint32_t threads() const noexcept { return static_cast<std::uint32_t>(threads_.size()); }
  /// Of one thread: the first of its turns with this number or a later one.
  const PastTurn* turn_from(std::uint32_t thread, std::uint64_t number) const;
  /// The thread's turn that is open at known_until().
  const OpenTurn* open_turn(std::uint32_t thread) const;

 private:
  struct Thread {
    NumberedItems<std::uint64_t> numbers;  // of its turns, in turns_
    std::optional<OpenTurn> open;
    probe::Ticks last_drop = 0;
  };
  struct Gil final : OrderedTurnSink {
    explicit Gil(std::vector<PastTurn>& its_pass) : pass(its_pass) {}
    void ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool after_gap, bool hand_over) override;
    std::vector<PastTurn>& pass;
    GilOrder order{this};
  };
  Gil& gil_of(std::uint16_t id);
  Thread& thread_of(std::uint32_t thread);
  void forget_oldest();

  bool is_first(const PastTurn& turn, const Thread& thread) const {
    if (first_takes_.empty()) return thread.last_drop == 0;
    return turn.thread < first_takes_.size() && first_takes_[turn.thread] == turn.take;
  }

  std::size_t most_;
  std::span<const probe::Ticks> first_takes_;
  NumberedItems<PastTurn> turns_;
  std::vector<Thread> threads_;             // by index
  std::vector<std::unique_ptr<Gil>> gils_;  // by id
  std::vector<PastTurn> pass_;              // put in order, and not yet in turns_
  probe::Ticks known_until_ = 0;
  probe::Ticks forgotten_until_ = 0;
};

}  // namespace gilscope::app
