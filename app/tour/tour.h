// Performs the tour: asks, has it run, shows, step by step. Not for what the steps are (tour_step.h), how one
// is run (step_runner.h), nor how it looks (tour_text.h). Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/compare/child_process.h"
#include "app/compare/comparison.h"
#include "app/tour/step_runner.h"
#include "app/tour/tour_step.h"
#include "app/tour/tour_text.h"

namespace gilscope::app {

struct TourPlan {
  std::vector<const TourStep*> steps;
  RunnerPlan runner;
  bool waits = true;  ///< for the speaker, before each step
  TourLook look;
};

class Tour {
 public:
  Tour(const TourPlan& plan, SignalWatch& signals)
      : plan_(plan), signals_(signals), runner_(plan.runner, signals) {}

  /// Until its end, the speaker's, or a signal's. Throws UserError.
  void perform();
  /// Whether something that should have run has failed.
  bool has_failed() const noexcept { return has_failed_; }
  /// Of all that was performed.
  std::optional<Comparison> comparison() const { return runner_.comparison(); }
  const std::vector<TourRow>& rows() const noexcept { return rows_; }

 private:
  void perform(const TourStep& step, const StepPlace& place);
  bool tell_faults(const TourStep& step, const std::vector<StepDone>& done);
  std::vector<std::string> lanes_of(const TourStep& step, const std::vector<StepDone>& done,
                                    std::string& why_none) const;
  bool is_over();

  const TourPlan& plan_;
  SignalWatch& signals_;
  StepRunner runner_;
  std::vector<TourRow> rows_;
  bool has_failed_ = false;
  bool wants_end_ = false;
};

}  // namespace gilscope::app
