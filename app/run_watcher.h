// Who looks on while a run is recorded: the live views, and what they may ask meanwhile. Thread rule: called
// with the collector's lock held, by one thread at a time; must not wait for anything that holds a GIL.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/report/report.h"
#include "app/timeline/facts.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

/// What a watcher may ask in pass_ended().
class RunView {
 public:
  virtual ~RunView() = default;
  /// The run so far, its threads and open turns, and the scale of its ticks; no CPU times, names or places.
  virtual TraceFacts moment_now() const = 0;
  /// All names; [0] is empty.
  virtual std::vector<std::string> names() const = 0;
  /// The places from number `first` on.
  virtual std::vector<probe::Place> places_from(std::uint32_t first) const = 0;
  /// The numbers so far. Costs more the more threads there are.
  virtual Report report_now() = 0;
};

/// Gets the records as a TurnSink does.
class RunWatcher : public probe::TurnSink {
 public:
  /// After each end_of_pass(): what was open at `at`. What ended before `at` has been added by the end of the
  /// next pass.
  virtual void open_at(probe::Ticks at, std::span<const OpenTurn> open) = 0;
  /// Then: the moment to ask for more.
  virtual void pass_ended(RunView&) {}
  /// While set, what the recorder says of threads and the like is no part of the run. Any thread.
  virtual void look_away(bool) {}
};

}  // namespace gilscope::app
