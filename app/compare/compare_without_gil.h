// What a comparison says of its threads without the GIL: the estimate beside what the free-threaded Python
// took, in words. Not for the numbers: without_gil.h. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/compare/compare_grid.h"
#include "app/compare/comparison.h"

namespace gilscope::app {

/// A row for each point whose threads were recorded; no rows: there is none.
Grid without_gil_grid(const Comparison& comparison);

/// What its columns mean, and what is known where estimate and measurement differ, a sentence each.
std::vector<std::string> without_gil_sentences(const Comparison& comparison);

/// What the free-threaded Python's threads took; 0: they were not measured.
std::uint64_t measured_without_gil_ns(const Point& point);

/// The estimate over the measurement, less 1; nothing: there is only one of them, or none.
std::optional<double> estimate_error(const Point& point);

/// Estimate and measurement agree when they differ by no more than this share.
inline constexpr double kAgrees = 0.15;

}  // namespace gilscope::app
