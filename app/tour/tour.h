// Performs the tour: asks, runs, shows, step by step, and ends with the comparison. Not for what the steps
// are (tour_step.h) nor how it looks (tour_text.h). Thread rule: one thread at a time.
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
#include "app/compare/workspace.h"
#include "app/tour/step_sizes.h"
#include "app/tour/tour_step.h"
#include "app/tour/tour_text.h"

namespace gilscope::app {

struct TourPlan {
  std::vector<const TourStep*> steps;
  double seconds = 3;  ///< what a step's first run is to take
  std::string free_threaded;
  bool waits = true;  ///< for the speaker, before each step
  TourLook look;
  bool shows_progress = false;
};

class Tour {
 public:
  Tour(const TourPlan& plan, SignalWatch& signals);
  ~Tour();
  Tour(const Tour&) = delete;
  Tour& operator=(const Tour&) = delete;

  /// Until its end, the speaker's, or a signal's. Throws UserError.
  void perform();
  /// Whether something that should have run has failed.
  bool has_failed() const noexcept { return has_failed_; }
  /// All that was measured of one workload at one size: of the one with most ways. Nothing: of none there
  /// are two.
  std::optional<Comparison> comparison() const;
  const std::vector<TourRow>& rows() const noexcept { return rows_; }

 private:
  struct Bench;
  struct Done;
  Bench& bench_of(std::string_view workload);
  bool calibrate(const TourRun& run);
  TourSize size_of(const TourStep& step, const TourRun& run) const;
  std::string why_not(const TourStep& step);
  Measured measured_as_planned(const TourStep& step, const TourRun& run, TourSize& size);
  Done run(const TourStep& step, const TourRun& run, bool with_trace);
  void perform(const TourStep& step, const StepPlace& place);
  std::vector<PatternResult> results_of(const std::vector<const Done*>& group) const;
  std::vector<std::string> lanes_of(const TourStep& step, const std::vector<Done>& done,
                                    std::string& why_none) const;
  void show_progress(std::string_view what, double expected_s);
  void end_progress() const;
  bool is_over();

  const TourPlan& plan_;
  SignalWatch& signals_;
  std::map<std::string, std::unique_ptr<Bench>, std::less<>> benches_;
  Paces paces_;
  std::vector<Done> done_;
  std::vector<TourRow> rows_;
  bool has_failed_ = false;
  bool wants_end_ = false;
};

}  // namespace gilscope::app
