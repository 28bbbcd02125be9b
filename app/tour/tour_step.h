// The steps of the tour: what each one asks, what is likely guessed, which patterns of which workloads answer
// it, and what follows from the figures. One table. Not for running them: tour.h. Thread rule: constants.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/tour/run_figures.h"

namespace gilscope::app {

/// One run of a step: a pattern of `gilscope compare`.
struct TourRun {
  std::string_view label;
  std::string_view workload;
  std::string_view pattern;
  int workers = 1;           ///< threads or processes; 0: as many as there are cores, at least 2
  std::string_view paced;    ///< the pattern whose speed on one thread sets the size of the work
  std::size_t base = 0;      ///< which run of the step it is compared with; itself: with none
  bool dispensable = false;  ///< where what it needs is not here, the step goes on without it
};

inline constexpr std::size_t kFastest = ~std::size_t{0};

struct TourStep {
  std::string_view name;
  std::string_view title;
  std::string_view question;
  std::string_view guess;
  std::vector<TourRun> runs;
  std::size_t key;    ///< the run whose figure is shown large; kFastest: the fastest one
  std::size_t lanes;  ///< the run whose lanes are drawn
  double share;       ///< of the seconds that a step has: what the first run takes
  std::string (*learned)(const StepFigures& figures);
};

std::span<const TourStep> tour_steps();

/// The steps that are called, in the tour's order: those of `only` (empty: all) without those of `skip`.
/// Throws UserError, which names the nearest step, for a name that no step has, and when none is left.
std::vector<const TourStep*> chosen_steps(const std::vector<std::string>& only,
                                          const std::vector<std::string>& skip);

}  // namespace gilscope::app
