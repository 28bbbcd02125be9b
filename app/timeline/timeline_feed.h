// A timeline as what receives records: from the collector, or from a trace. Thread rule: the timeline's.
#pragma once

#include "app/timeline/timeline.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

class TimelineFeed final : public probe::TurnSink {
 public:
  explicit TimelineFeed(Timeline& timeline) : timeline_(timeline) {}
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    timeline_.add(thread, records);
  }
  void end_of_pass(probe::Ticks oldest_open_want) override { timeline_.end_of_pass(oldest_open_want); }

 private:
  Timeline& timeline_;
};

}  // namespace gilscope::app
