// What is drawn of one GIL: its own lane, how many threads wait for it, and how much of the time it is held.
// Not for a thread's own lane. Thread rule: one thread at a time.
//
// Turns come as each thread's buffer is read. Those of one thread whose numbers follow one another are one
// piece; only pieces have to be put in the order of takes.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "app/report/drawn_run.h"

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

class GilDrawing {
 public:
  GilDrawing(std::uint16_t gil, std::uint64_t run_ns, Drawing& drawing);

  /// A turn, or a wait; those of a thread in its order.
  void add(const DrawnTurn& turn) {
    add_wait(turn.want_ns, turn.taken ? turn.take_ns : turn.drop_ns);
    if (!turn.taken) return;
    add_hold(turn.take_ns, turn.drop_ns);
    add_to_piece(turn);
  }
  /// Every thread's buffer was read since the last call; no wait is still to come that began earlier.
  void end_of_pass(std::uint64_t settled_ns);
  /// The end of what it says.
  void finish(std::uint64_t end_ns);

 private:
  struct Piece {
    DrawnHolder holder;
    std::uint32_t first = 0;  // sequence numbers
    std::uint32_t next = 0;   // one past the last
  };

  void add_wait(std::uint64_t want_ns, std::uint64_t wait_end_ns) {
    if (want_ns >= wait_end_ns) return;
    changes_.push_back(want_ns * 2 + 1);
    changes_.push_back(wait_end_ns * 2);
  }
  void add_hold(std::uint64_t take_ns, std::uint64_t drop_ns) {
    if (take_ns >= bucket_begin_ns_ && drop_ns < bucket_end_ns_) [[likely]] {
      held_ns_[bucket_] += drop_ns - take_ns;
    } else {
      add_to_buckets(take_ns, drop_ns);
    }
  }
  void add_to_piece(const DrawnTurn& turn) {
    if (turn.thread < open_.size()) [[likely]] {
      Piece& piece = open_[turn.thread];
      const bool follows = piece.holder.turns != 0 && turn.sequence == piece.next &&
                           turn.take_ns - piece.holder.end_ns <= DrawnHolder::kMostFreeNs;
      if (follows) {
        piece.holder.end_ns = turn.drop_ns;
        piece.holder.held_ns += turn.drop_ns - turn.take_ns;
        ++piece.holder.turns;
        ++piece.next;
        return;
      }
    }
    begin_piece(turn);
  }
  void add_to_buckets(std::uint64_t take_ns, std::uint64_t drop_ns);
  void begin_piece(const DrawnTurn& turn);
  void say_pieces(bool all);
  void say_piece(const Piece& piece);
  void say_holder();
  void sort_changes();
  void say_waiting_before(std::uint64_t limit_ns);

  const std::uint16_t gil_;
  Drawing& drawing_;

  std::vector<Piece> open_;    // by thread, what may still grow in this pass; 0 turns: none
  std::vector<Piece> pieces_;  // not said yet
  std::uint32_t next_ = 0;     // the sequence number that comes next
  std::uint32_t horizon_ = 0;  // one past the largest that was seen by the end of the pass before
  Piece said_;                 // the last one, to which the next may belong
  std::uint64_t said_end_ns_ = 0;

  // A moment x 2, + 1 where a wait begins: what changes the number of waiting threads, and is not said yet.
  std::vector<std::uint64_t> changes_;
  std::vector<std::uint64_t> merged_;  // these two are kept to allocate once
  std::vector<std::size_t> runs_;
  std::uint64_t said_until_ns_ = 0;
  std::uint32_t waiting_ = 0;
  std::uint32_t said_waiting_ = 0;

  const std::uint64_t bucket_ns_;
  std::vector<std::uint64_t> held_ns_;  // by bucket
  std::size_t bucket_ = 0;              // the last one that a hold was added to, and where it is
  std::uint64_t bucket_begin_ns_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t bucket_end_ns_ = 0;
};

}  // namespace gilscope::app
