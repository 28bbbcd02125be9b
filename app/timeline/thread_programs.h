// What each thread did with one GIL, on a clock of its own that stands still while it waits for the GIL:
// holds and stretches outside, and which thread may have ended a stretch. What the estimate replays. Memory
// is flat: when there are too many steps, short ones are merged. Not for what that means: estimate.h. Thread
// rule: one thread at a time; copying costs a megabyte or two at most.
//
//     recorded     outside | wait |  hold  | outside | wait | hold |
//     own time     outside |  hold  | outside | hold |
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

/// A moment of another thread: who held the GIL then, or had held it last.
struct OtherMoment {
  static constexpr std::uint32_t kNobody = 0xffff'ffff;
  std::uint32_t thread = kNobody;
  probe::Ticks own = 0;    ///< on that thread's own time, while it held or when it let go
  probe::Ticks after = 0;  ///< the moment is so long after that
};

struct ProgramStep {
  probe::Ticks work = 0;     ///< held
  probe::Ticks outside = 0;  ///< spread over the step, when there is work, too
  /// Set of a stretch outside that is kept as one: when and where it began, and who held when it ended.
  probe::Ticks gave_at = 0;
  std::uint32_t place = 0;
  OtherMoment end = {};

  probe::Ticks own() const noexcept { return work + outside; }
  bool is_stretch() const noexcept { return gave_at != 0; }
};

struct ThreadProgram {
  std::vector<ProgramStep> steps;
  OtherMoment start;  ///< of its first want: the last thread to give the GIL away before
  bool begun = false;
  probe::TurnEnd last_end = probe::TurnEnd::kOpen;
  std::uint32_t last_place = 0;
  probe::Ticks first_want = 0;
  probe::Ticks last_drop = 0;
  probe::Ticks own = 0;  ///< from the first want on
  probe::Ticks held = 0;
  probe::Ticks last_hold = 0;  ///< of the last turn
};

class ThreadPrograms {
 public:
  /// Steps of all threads together, before short ones are merged.
  static constexpr std::size_t kMostSteps = std::size_t{1} << 15;

  explicit ThreadPrograms(std::size_t most_steps = kMostSteps) : most_steps_(most_steps) {}

  /// The turns of the GIL in order.
  void add(std::uint32_t thread, const probe::Turn& turn) {
    if (thread >= programs_.size()) [[unlikely]]
      programs_.resize(thread + std::size_t{1});
    ThreadProgram& program = programs_[thread];
    if (!program.begun) [[unlikely]] {
      begin(program, turn);
    } else if (turn.want > program.last_drop) {
      add_outside(program, thread, turn);
    }
    const Held held{turn.take, turn.drop, program.own, thread, turn.end == probe::TurnEnd::kGave};
    if (added_ < kRecent) [[unlikely]] {
      recent_.push_back(held);
    } else {
      recent_[added_ % kRecent] = held;
    }
    ++added_;
    program.last_hold = turn.drop > turn.take ? turn.drop - turn.take : 0;
    if (program.last_hold > 0) add_work(program, program.last_hold);
    program.last_drop = turn.drop;
    program.last_end = turn.end;
    program.last_place = turn.location;
  }

  const std::vector<ThreadProgram>& programs() const noexcept { return programs_; }  ///< by thread
  /// Stretches outside that are shorter may be merged with what is around them.
  probe::Ticks grain() const noexcept { return grain_; }
  std::size_t steps() const noexcept { return steps_; }

  /// Merges until there are at most so many, or one for each thread.
  void coarsen(std::size_t most_steps);

 private:
  static constexpr std::size_t kRecent = 1024;
  struct Held {
    probe::Ticks take = 0;
    probe::Ticks drop = 0;
    probe::Ticks own = 0;  // the thread's, at the take
    std::uint32_t thread = OtherMoment::kNobody;
    bool gave = false;
  };

  void begin(ThreadProgram& program, const probe::Turn& turn);
  void add_outside(ThreadProgram& program, std::uint32_t thread, const probe::Turn& turn);
  void add_work(ThreadProgram& program, probe::Ticks held) {
    program.own += held;
    program.held += held;
    if (!program.steps.empty()) {
      ProgramStep& last = program.steps.back();
      if (!last.is_stretch() && (last.outside == 0 || last.own() + held <= grain_)) {
        last.work += held;
        return;
      }
    }
    push(program, {.work = held});
  }
  void push(ThreadProgram& program, const ProgramStep& step);
  const Held* held_at(probe::Ticks moment) const;
  const Held* before(const Held* held) const;
  static OtherMoment moment_of(const Held& held, probe::Ticks moment);

  std::vector<ThreadProgram> programs_;
  std::vector<Held> recent_;  // a ring once it has kRecent
  std::uint64_t added_ = 0;
  std::size_t most_steps_;
  std::size_t steps_ = 0;
  probe::Ticks grain_ = 0;
};

}  // namespace gilscope::app
