#include "app/trace_file/trace.h"

#include "app/timeline/timeline_feed.h"

namespace gilscope::app {

Report report_of(const Trace& trace, HandOvers* hand_overs, const EstimateOptions& estimate) {
  Timeline timeline(hand_overs);
  TimelineFeed feed(timeline);
  trace.replay(feed);
  return timeline.snapshot(trace.facts(), estimate);
}

}  // namespace gilscope::app
