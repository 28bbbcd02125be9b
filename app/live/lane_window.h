// The last columns of time of every thread and GIL, up to a moment that moves on: exact sums of hold and
// wait, turns that are still open included. Not for how it looks (frame.h) nor for how the moment moves
// (playback.h). Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "app/live/column_ring.h"
#include "app/live/gil_columns.h"
#include "app/live/lane_picture.h"
#include "app/live/turn_history.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

class LaneWindow {
 public:
  /// As many columns as the widest terminal shows.
  static constexpr std::size_t kColumns = 512;

  /// Columns are `column` ticks wide, counted from the begin of the run.
  LaneWindow(probe::Ticks begin_of_run, probe::Ticks column);

  probe::Ticks column_ticks() const noexcept { return column_; }

  /// What ended before this is not needed to go on to `until`.
  probe::Ticks needs_from(probe::Ticks until) const;

  /// Goes on to `until`, a tick of the clock. To an earlier moment, or one so far on that nothing of what is
  /// shown stays, it begins anew. `threads` are in the order of their indices, each at its own.
  void advance(const TurnHistory& history, std::span<const ThreadFacts> threads, probe::Ticks until);

  /// Which part of it to show.
  struct Shown {
    std::size_t columns = 0;
    std::span<const std::uint32_t> order;  ///< threads, those to be seen first
    std::size_t most_lanes = 0;            ///< of the others there is only a sum
    probe::TickScale scale;
  };
  /// The last columns, as of the last advance().
  Picture picture(const TurnHistory& history, std::span<const ThreadFacts> threads, const Shown& shown) const;

  /// The threads that have been alive in the last `columns`, those that held and waited most first.
  std::vector<std::uint32_t> busiest(const TurnHistory& history, std::span<const ThreadFacts> threads,
                                     std::size_t columns) const;

 private:
  // A turn that has not ended at the moment that is shown; moments since the begin of the run.
  struct Open {
    std::uint16_t gil = 0;
    probe::Ticks want = 0;
    probe::Ticks take = 0;  // not before `until_`: it still waits
  };
  // The GIL that a thread of several interpreters held longest at a stretch in a column.
  struct HeldGil {
    std::uint64_t column = 0;
    std::uint16_t gil = 0;
    probe::Ticks longest = 0;
  };
  struct Lane {
    explicit Lane(probe::Ticks width)
        : hold(width, kColumns), wait(width, kColumns), cells(kColumns), held_gils(kColumns) {}
    ColumnRing hold;
    ColumnRing wait;
    std::vector<LaneCell> cells;  // a ring like the others
    // What has been done and not been drawn yet, in columns.
    double hold_credit = 0;
    double wait_credit = 0;
    double outside_credit = 0;
    std::vector<HeldGil> held_gils;  // a ring like the others
    std::uint32_t last_place = 0;
    std::uint16_t gil = 0;        // of its last turn
    std::uint16_t drawn_gil = 0;  // that it held last in the column that is drawn
  };
  // What a thread did in a span.
  struct Did {
    probe::Ticks life = 0;
    probe::Ticks hold = 0;
    probe::Ticks wait = 0;
  };

  Lane& lane_of(std::uint32_t thread);
  const Lane* find_lane(std::uint32_t thread) const {
    return thread < lanes_.size() ? lanes_[thread].get() : nullptr;
  }
  GilColumns& gil_of(std::uint16_t gil);
  std::optional<Open> open_of(const TurnHistory& history, std::uint32_t thread) const;
  Did did(const TurnHistory& history, const ThreadFacts& thread, std::uint64_t first,
          std::uint64_t last) const;
  LaneState state_of(const TurnHistory& history, const ThreadFacts& thread) const;
  LanePicture lane_picture(const TurnHistory& history, const ThreadFacts& thread, std::size_t columns) const;
  void add_gils(const TurnHistory& history, std::span<const ThreadFacts> threads, const Shown& shown,
                Picture& picture) const;
  bool goes_on_to(probe::Ticks until) const {
    return started_ && until >= until_ && until / column_ - until_ / column_ < kColumns;
  }
  void restart();
  void commit(const PastTurn& turn);
  void draw_columns(const TurnHistory& history, std::span<const ThreadFacts> threads, std::uint64_t from,
                    std::uint64_t end);
  void note_held(Lane& lane, std::uint16_t gil, probe::Ticks take, probe::Ticks drop);
  void choose_gil(Lane& lane, const std::optional<Open>& open, std::uint64_t column);
  void draw_column(std::span<Lane* const> alive, std::uint64_t column);
  void forget_ended(std::span<const ThreadFacts> threads);
  probe::Ticks since_begin(probe::Ticks moment) const { return moment > begin_ ? moment - begin_ : 0; }
  std::uint64_t newest() const { return until_ / column_; }
  std::uint64_t first_of(std::size_t columns) const {
    return newest() + 1 > columns ? newest() + 1 - columns : 0;
  }

  const probe::Ticks begin_;
  const probe::Ticks column_;
  bool started_ = false;
  probe::Ticks until_ = 0;                    // since the begin
  std::uint64_t next_ = 0;                    // the number of the turn that comes next
  std::vector<std::unique_ptr<Lane>> lanes_;  // by thread; null: nothing to show
  std::vector<GilColumns> gils_;
  std::vector<double> nobody_;  // by GIL: the columns in which nobody held it, and that are not drawn so yet
};

}  // namespace gilscope::app
