// A run in a file, brought into a TurnHistory around the moment that is shown. Goes through the file once, to
// know where what is; after that it reads on from one of the marks made there. Memory does not grow with the
// file. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "app/live/turn_history.h"
#include "app/trace_file/trace_cursor.h"

namespace gilscope::app {

class ReplayFeed {
 public:
  /// Throws UserError when the file changes meanwhile, here as below.
  explicit ReplayFeed(const TraceReader& trace);

  std::uint64_t turns() const noexcept { return turns_; }
  const TurnHistory& history() const noexcept { return *history_; }

  /// Makes the history hold what ended from `from` on up to `until`, and a good deal more, so that turns
  /// that are open then are known. Before more comes in than it can keep, `shown` is called with a moment up
  /// to which all is there.
  void bring(probe::Ticks from, probe::Ticks until, const std::function<void(probe::Ticks)>& shown);

  /// Brings more of what follows; false: the history holds all up to the end.
  bool bring_more();

 private:
  struct Mark {
    TraceCursor::Mark place;
    probe::Ticks complete_until = 0;
  };
  void index();
  void go_to(const Mark& mark);
  bool step();
  void add_turns_in_progress();
  std::uint64_t ahead_of(probe::Ticks moment) const {
    return history_->turns().end() - history_->first_after(moment);
  }

  const TraceReader& trace_;
  TraceCursor cursor_;
  std::vector<Mark> marks_;
  std::vector<probe::Ticks> first_takes_;  // by thread; 0: none
  std::uint64_t turns_ = 0;

  std::optional<TurnHistory> history_;
  probe::Ticks loaded_from_ = 0;
  // All that ended until then is in the history. A pass may miss what ended while it went on: the one after
  // it tells.
  probe::Ticks complete_until_ = 0;
  probe::Ticks latest_drop_ = 0;
  bool at_end_ = false;
};

}  // namespace gilscope::app
