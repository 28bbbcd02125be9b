#include "app/trace_file/trace.h"

#include "app/timeline/timeline.h"

namespace gilscope::app {

Report report_of(const Trace& trace) {
  struct Feed final : probe::TurnSink {
    Timeline timeline;
    void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
      timeline.add(thread, records);
    }
    void end_of_pass(probe::Ticks oldest_open_want) override { timeline.end_of_pass(oldest_open_want); }
  } feed;
  trace.replay(feed);
  return feed.timeline.snapshot(trace.facts());
}

}  // namespace gilscope::app
