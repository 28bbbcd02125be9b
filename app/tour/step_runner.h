// Runs what a step of the tour needs, in child processes, as `gilscope compare` does: how much work there is
// to be, what is not here, the measurements, and all of them as a comparison. Not for what is asked and
// shown: tour.h. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/compare/comparison.h"
#include "app/compare/measurement.h"
#include "app/tour/step_sizes.h"
#include "app/tour/tour_step.h"

namespace gilscope::app {

struct RunnerPlan {
  double seconds = 3;  ///< what a step's first run is to take
  std::string free_threaded;
  bool shows_progress = false;  ///< on standard error, in one line
  std::size_t width = 80;       ///< of that
  bool ascii = false;
};

/// What became of a run.
struct StepDone {
  const TourRun* run = nullptr;
  TourSize size;
  Measured measured;
  std::string trace;  ///< the file; empty: none
};

class StepRunner {
 public:
  StepRunner(const RunnerPlan& plan, SignalWatch& signals);
  ~StepRunner();
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;

  /// What the step needs and is not here; empty: nothing. Builds what has to be built for it. Throws
  /// UserError.
  std::string why_not(const TourStep& step);
  /// How fast this machine is at what sets the size of the run. False: it cannot be run, or not any more.
  bool calibrate(const TourRun& run);
  /// What one thread does of it in a second; 0: not calibrated.
  double pace_of(const TourRun& run) const { return paces_.of(run.workload, run.paced); }
  TourSize size_of(const TourStep& step, const TourRun& run) const;
  StepDone run(const TourStep& step, const TourRun& run, bool with_trace);
  /// Takes the line about the progress away.
  void end_progress() const;

  /// All that was measured of one workload at one size: of the one with most ways. Nothing: of none there
  /// are two.
  std::optional<Comparison> comparison() const;

 private:
  struct Bench;
  Bench& bench_of(std::string_view workload);
  Measured measured_as_planned(const TourStep& step, const TourRun& run, const std::string& trace,
                               TourSize& size);
  std::vector<PatternResult> results_of(const std::vector<const StepDone*>& group) const;
  void show_progress(std::string_view what, double expected_s);

  const RunnerPlan plan_;
  SignalWatch& signals_;
  std::map<std::string, std::unique_ptr<Bench>, std::less<>> benches_;
  Paces paces_;
  std::vector<StepDone> done_;
};

}  // namespace gilscope::app
