// Who looks on while a run is recorded: the live views. Thread rule: called with the collector's lock held,
// by one thread at a time; must not wait for anything that holds a GIL.
#pragma once

#include <span>

#include "app/timeline/facts.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

/// Gets the records as a TurnSink does.
class RunWatcher : public probe::TurnSink {
 public:
  /// After each end_of_pass(): what was open at `at`. What ended before `at` has been added by the end of the
  /// next pass.
  virtual void open_at(probe::Ticks at, std::span<const OpenTurn> open) = 0;
};

}  // namespace gilscope::app
