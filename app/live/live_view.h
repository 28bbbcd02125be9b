// `gilscope run --live`: a run's lanes, drawn twenty times a second while it goes on. Has a thread of its
// own, which never takes the GIL and waits for nothing but keys. Not for the terminal (view_process.h) nor
// for what a frame shows (moving_view.h). Thread rule: a RunWatcher; begin() once; finish() by any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/live/keys.h"
#include "app/live/moving_view.h"
#include "app/live/turn_history.h"
#include "app/live/view_process.h"
#include "app/run_watcher.h"

namespace gilscope::app {

/// What the live view asks of the run, from its own thread.
struct LiveSource {
  std::function<std::vector<ThreadFacts>()> threads;
  std::function<std::vector<probe::Place>(std::uint32_t first)> places_from;
  /// False: the GIL is off, and there are no turns to come.
  std::function<bool()> has_gil;
  /// The switch interval in force, in seconds; 0: not known.
  std::function<double()> switch_interval;
  /// Likewise when what was asked for last is in force: two keys may come before.
  std::function<double()> requested_switch_interval;
  /// Asks for another one; it may take a while until it is in force.
  std::function<void(double seconds)> set_switch_interval;
};

class LiveView final : public RunWatcher {
 public:
  LiveView(std::unique_ptr<ViewProcess> process, const FrameOptions& look, LiveSource source);
  ~LiveView() override;

  /// From now on it draws. GIL: any.
  void begin(probe::ClockSample begin);
  /// Draws the last frame as of `end`, which stays; the standard streams are the terminal's again. Once.
  void finish(probe::Ticks end, std::span<const OpenTurn> open);

  // RunWatcher
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks oldest_open_want) override;
  void open_at(probe::Ticks at, std::span<const OpenTurn> open) override;
  void look_away(bool away) override;

 private:
  void run();
  void take_keys();
  void key(Key key);
  void change_interval(bool longer);
  bool refresh_facts();  // false: not now
  std::vector<std::string> frame(std::uint64_t passed_ns);
  void offer_keys();

  std::unique_ptr<ViewProcess> process_;
  LiveSource source_;
  std::mutex looking_;  // while facts are read from the recorder
  bool is_away_ = false;
  std::mutex mutex_;  // of what the collector writes: history_ and next_open_
  TurnHistory history_;
  probe::Ticks next_open_at_ = 0;
  std::vector<OpenTurn> next_open_;
  // The view thread's.
  MovingView view_;
  KeyReader key_reader_;
  ViewFacts facts_;
  probe::ClockSample begin_;
  std::uint64_t threads_asked_ns_ = 0;  // when they may be asked for again
  std::vector<std::string> last_frame_;
  bool has_quit_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

}  // namespace gilscope::app
