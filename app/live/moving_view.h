// A view of lanes that moves: where in the run it is, how fast it goes on, what the keys change, and the
// frame that follows from it. The same for a run that is going on and for one in a file. Not for the terminal
// (view_process.h, replay_view.h). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/live/frame.h"
#include "app/live/keys.h"
#include "app/live/lane_window.h"
#include "app/live/playback.h"
#include "app/live/turn_history.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

/// What is known of the run by now.
struct ViewFacts {
  std::vector<ThreadFacts> threads;  ///< each at its index
  std::vector<probe::Place> places;  ///< by number
  probe::TickScale scale;
  probe::Ticks begin = 0;
  double switch_interval_s = 0;
  bool has_gil = true;
  std::optional<std::uint64_t> whole_ns;  ///< of a run in a file: its length
};

/// The threads, each at its index.
std::vector<ThreadFacts> by_index(std::vector<ThreadFacts> threads);

class MovingView {
 public:
  MovingView(const FrameOptions& look, Playback playback) : look_(look), playback_(playback) {}

  void resize(std::size_t columns, std::size_t lines);
  Playback& playback() noexcept { return playback_; }
  const Playback& playback() const noexcept { return playback_; }

  /// Pause, speed, help: true when it was one of those.
  bool key(Key key);

  /// Sentences and keys below the lanes, from now on.
  void say(std::vector<std::string> said) { said_ = std::move(said); }
  void offer_keys(std::vector<std::string> keys) { keys_ = std::move(keys); }
  /// Instead of "live", "paused" or the speed.
  void call_it(std::string playing) { called_ = std::move(playing); }

  /// The tick that the playback is at, and what has to be in the history to show it: turns that end from
  /// needs_from() on. Those that are too many to be there at once are shown by show_until() piece by piece.
  probe::Ticks at(const ViewFacts& facts) const;
  probe::Ticks needs_from(const ViewFacts& facts);
  void show_until(const TurnHistory& history, const ViewFacts& facts, probe::Ticks until);

  /// The frame at the playback's moment; in a run that is followed, at the latest that is known.
  std::vector<std::string> frame(const TurnHistory& history, const ViewFacts& facts);

 private:
  LaneWindow& window_for(const ViewFacts& facts);
  void choose_order(const TurnHistory& history, const ViewFacts& facts, std::size_t columns);
  std::string playing(std::uint64_t behind_ns) const;
  std::vector<std::string> said_lines() const;  // wrapped

  FrameOptions look_;
  Playback playback_;
  std::optional<LaneWindow> window_;
  std::vector<std::uint32_t> order_;
  std::optional<std::uint64_t> ordered_at_ns_;
  std::uint64_t frames_ = 0;
  std::vector<std::string> said_;
  std::vector<std::string> keys_;
  std::string called_;
};

/// A moment of a run, to be compared with another: `12.345 ms`, `3.214560 s`.
std::string moment_text(std::uint64_t ns);

}  // namespace gilscope::app
