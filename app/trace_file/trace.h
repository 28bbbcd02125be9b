// A recorded run that can be gone through again and again: what the views that draw it read, beside the
// numbers of the Report. In a file it is a TraceReader. Thread rule: one thread at a time.
#pragma once

#include "app/report/report.h"
#include "app/timeline/estimate.h"
#include "app/timeline/facts.h"
#include "app/timeline/hand_overs.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

class Trace {
 public:
  virtual ~Trace() = default;
  /// What is known at its end, open turns included.
  virtual const TraceFacts& facts() const = 0;
  /// Gives `sink` the records as the collector gave them when they were recorded: those of a thread in that
  /// thread's order, threads in any interleaving, end_of_pass() after each pass.
  virtual void replay(probe::TurnSink& sink) const = 0;
  /// The hand-overs, where it was gone through for them already; null: report_of() finds them.
  virtual const HandOvers* hand_overs() const { return nullptr; }
};

/// Of a run that was not recorded.
class NoTrace final : public Trace {
 public:
  const TraceFacts& facts() const override { return facts_; }
  void replay(probe::TurnSink&) const override {}

 private:
  TraceFacts facts_;
};

/// The numbers of it, and which takes were hand-overs if that is not null.
Report report_of(const Trace& trace, HandOvers* hand_overs = nullptr, const EstimateOptions& estimate = {});

}  // namespace gilscope::app
