// `gilscope replay`: the lanes of a run in a file, in motion or step by step, on a terminal; or its steps as
// sentences. Not for the command line. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

#include "app/live/bottom_screen.h"
#include "app/live/happening.h"
#include "app/live/keys.h"
#include "app/live/moving_view.h"
#include "app/live/replay_feed.h"
#include "app/live/tty_device.h"

namespace gilscope::app {

struct ReplayOptions {
  double speed = 1;
  bool step = false;  ///< stands still, and goes on to the next hand-over at a key
  std::uint64_t from_ns = 0;
  std::uint64_t to_ns = 0;
  FrameOptions look;
};

class ReplayView {
 public:
  ReplayView(const TraceReader& trace, const ReplayOptions& options);

  bool is_empty() const noexcept { return feed_.turns() == 0; }
  /// Until the end, or until the person has seen enough. Returns the exit status.
  int play(TtyDevice& tty);
  /// Every step, a sentence a line.
  void tell(std::FILE* out);

 private:
  void key(Key key);
  void step_forward();
  void step_back();
  void jump(double frames);
  void draw(TtyDevice& tty, BottomScreen& screen);
  void offer_keys();
  void say_what_happened();
  void show_turn(std::uint64_t number);
  void bring(probe::Ticks from, probe::Ticks until);
  Telling telling() const;
  std::uint64_t ns_at(probe::Ticks tick) const {
    return tick > facts_.begin ? facts_.scale.ns(tick - facts_.begin) : 0;
  }
  probe::Ticks tick_at(std::uint64_t ns) const;

  const TraceReader& trace_;
  ReplayOptions options_;
  ReplayFeed feed_;
  ViewFacts facts_;
  MovingView view_;
  KeyReader key_reader_;
  std::string note_;  // what is wrong with the file
  bool is_stepping_;
  bool has_ended_ = false;
  bool wants_end_ = false;
};

}  // namespace gilscope::app
