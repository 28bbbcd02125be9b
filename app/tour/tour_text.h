// What the tour says, as lines for a terminal or a file. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/report/paint.h"
#include "app/tour/run_figures.h"
#include "app/tour/tour_step.h"

namespace gilscope::app {

struct TourLook {
  std::size_t width = 80;
  bool colour = false;
  bool ascii = false;
  Paint paint() const { return {colour, ascii}; }
};

/// Where a step is among those that are performed.
struct StepPlace {
  std::size_t number = 1;
  std::size_t count = 1;
};

/// Lines that each end with a newline, here as below. What the calibration found: `pace` in numbers per
/// second.
std::string calibrated_text(double took_s, double pace, double step_s, const TourLook& look);

std::string steps_text();
std::string question_text(const TourStep& step, const StepPlace& place, const TourLook& look);

/// In its place, for a step that cannot be run here.
std::string skipped_text(const TourStep& step, const StepPlace& place, const std::string& reason,
                         const TourLook& look);

/// The lanes, the one figure in large digits, a row for each run, and what was learned.
std::string result_text(const TourStep& step, const StepFigures& figures,
                        const std::vector<std::string>& lanes, std::string_view why_no_lanes,
                        const TourLook& look);

/// Of all that was performed, the figure and the sentence.
struct TourRow {
  const TourStep* step = nullptr;
  std::string figure;   ///< "1.98 x"; empty: it was skipped
  std::string learned;  ///< or why it was skipped
};
std::string closing_text(const std::vector<TourRow>& rows, const TourLook& look);

/// The figure of a step: "1.98 x", or "4.01 s" where nothing is compared.
std::string key_figure(const TourStep& step, const StepFigures& figures);

/// Five lines of digits that are five lines high: 0 to 9, '.', 'x', 's', 'm' and spaces.
std::vector<std::string> large(std::string_view text, bool ascii);

}  // namespace gilscope::app
