// One recorded run: the collector and the timeline on one side, the `gilscope` module's questions on the
// other, and the report of all of it at the end. Thread rule: begin and end on the main thread; the rest as
// ModuleHost says.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/cpu_sampler.h"
#include "app/report/report.h"
#include "app/run_watcher.h"
#include "app/timeline/facts.h"
#include "app/timeline/timeline.h"
#include "app/timeline/timeline_feed.h"
#include "app/trace_file/trace_recording.h"
#include "embed/module_host.h"
#include "embed/probe/clock.h"
#include "embed/probe/collector.h"
#include "embed/probe/lane_events.h"

namespace gilscope::app {

/// What is recorded.
struct Recorded {
  bool trace = true;      ///< false: only the wall time is taken
  bool locations = true;  ///< where in Python each turn ended
};

class Session final : public py::ModuleHost, private probe::TurnSink, private FactSource, private RunView {
 public:
  Session();

  /// Finds the GIL, proves that it is seen, and records from now on. Never fails: a probe that cannot see
  /// says why in the report. GIL: held before and after.
  void begin(const Recorded& recorded, const std::string& command);

  /// To be called before begin(): the records are kept in `output`, too, which is called `name`. The
  /// collector then has a thread of its own from the begin, so that they get there while the run goes on.
  void keep_in(TraceOutput output, const std::string& name);
  /// Where they are kept; null: they are not.
  const TraceOutput* kept_in() const noexcept { return kept_ ? &kept_->output() : nullptr; }

  /// To be called before begin(): `watcher` gets the records, too, while the run goes on, from a thread of
  /// the collector's own. It must outlive the recording.
  void watch(RunWatcher& watcher) noexcept { watcher_ = &watcher; }
  /// Instead of begin(), in a forked child of a process that `parent` records, while the child has one
  /// thread: the child is recorded from now on. GIL: held before and after.
  void begin_in_forked_child(const Session& parent);
  /// What was recorded so far is in the file then, to be read should nothing follow.
  void write_so_far() noexcept;
  /// Leaves what a forked child has of its parent's file to the parent.
  void abandon_file() noexcept;

  /// The threads so far. Any thread.
  static std::vector<ThreadFacts> threads();
  /// When the recording began, on both clocks.
  probe::ClockSample begun() const noexcept { return begin_; }
  /// What was known when it ended; null before.
  const TraceFacts* final_facts() const noexcept { return final_facts_ ? &*final_facts_ : nullptr; }

  /// What the estimate in the report is made for.
  void estimate_for(const EstimateOptions& options) noexcept { estimate_ = options; }
  /// To be called while Python can still be asked: what is to be known of the run from it. GIL: held.
  void python_ends();

  /// Ends the recording. `exit_status` goes into the report. GIL: any; no thread may run Python any more, or
  /// none that counts.
  void end(int exit_status);

  /// Likewise, where the run does not end: `why` is a clause, as "the script became another program".
  void end_early(const std::string& why);

  /// The numbers: of the whole run after end(), until now before. GIL: any; held for exact numbers.
  Report report();

  /// Whether turns are recorded: the probe sees the GIL, and was asked to.
  bool is_recording() const noexcept { return recording_; }

  /// To be called before a second thread starts, with the GIL held: the collector then gets a thread, too,
  /// and the probe proves that it reads contention rightly. Calls after the first do nothing. Throws PyError
  /// when a signal's handler raises.
  void expect_threads() override;

  /// Whether the collector has a thread of its own, on which on_terminate's function will be called.
  bool has_collector_thread() const noexcept { return collector_.has_thread(); }

  /// Calls `done` from the collector's thread, at most once, after `terminate` was set: the chance to report
  /// before the process dies of a signal. `done` gets its numbers from snapshot_from_collector().
  void on_terminate(std::atomic<bool>& terminate, std::function<void()> done);

  /// For `done`: ends the recording as it stands, with this exit status.
  Report end_from_collector(int exit_status);

  /// In a copy of the process that was made while it may have been draining: drains the rest, if it was not.
  void drain_in_copy() noexcept { collector_.try_pass(); }

  // ModuleHost
  std::optional<py::ThreadPlace> thread_place() const noexcept override;
  py::RecordedRegion region_begin(std::string_view name) noexcept override;
  void region_end(py::RecordedRegion region) noexcept override;
  void mark(std::string_view name) noexcept override;
  py::RecordedKernel kernel_begin(std::string_view name, bool holds_gil,
                                  std::uint64_t bytes) noexcept override;
  void kernel_end(py::RecordedKernel kernel) noexcept override;
  std::uint64_t tile_begun() noexcept override { return probe::lane_events::tile_begun(); }
  void tile(py::RecordedKernel kernel, std::uint64_t index, std::uint64_t begun_ticks,
            bool own_thread) noexcept override;
  std::string stats_json() override;
  bool interrupt_requested() const noexcept override;

 private:
  // TurnSink: from the collector.
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks oldest_open_want) override;
  // FactSource
  TraceFacts moment(probe::ClockSample& clock) const override;
  std::vector<std::string> names() const override;
  std::vector<probe::Place> places_from(std::uint32_t first) const override;
  // RunView: for the watcher
  TraceFacts moment_now() const override;
  Report report_now() override;

  void begin_without_gil(bool locations);
  void note_process();
  void begin_clocks();
  void start_collector();
  void rehearse();
  void stop_watching() noexcept;
  void tell_watcher();
  void settle();
  TraceFacts moment_without_cpu(probe::ClockSample& now) const;
  TraceFacts facts() const;
  Report look() const;

  const std::thread::id main_thread_ = std::this_thread::get_id();
  RunFacts facts_;
  mutable CpuSampler cpu_;  // with the collector's lock held, or after the end
  Timeline timeline_;
  EstimateOptions estimate_;
  TimelineFeed to_timeline_{timeline_};
  std::string kept_name_;
  std::optional<TraceRecording> kept_;
  RunWatcher* watcher_ = nullptr;
  std::uint64_t watcher_told_ns_ = 0;
  volatile std::sig_atomic_t in_pass_ = 0;  // what the collector gave is being taken in
  probe::Collector collector_{*this};
  bool recording_ = false;
  bool has_gil_ = true;  // false: a free-threaded Python began with its GIL off
  bool threads_expected_ = false;
  bool ended_ = false;
  bool terminating_ = false;  // terminated_ is called with the next pass
  std::optional<TraceFacts> final_facts_;
  probe::ClockSample begin_;
  probe::ClockSample end_;
  std::atomic<bool>* terminate_ = nullptr;
  std::function<void()> terminated_;
};

}  // namespace gilscope::app
