// What is learned from a step, in a sentence that is made from its figures: also where they are not what is
// usually seen. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "app/tour/run_figures.h"

namespace gilscope::app {

/// From this on, and from its reciprocal down, a difference is more than chance.
inline constexpr double kFaster = 1.1;

/// `Two threads ran 1.92 times as fast as one`, `... took 1.21 times as long as one`, `... took as long as
/// one (0.99 times as fast)`.
std::string pace(std::string_view who, double times, std::string_view than);

std::string learned_of_countdown(const StepFigures& figures);
std::string learned_of_threads(const StepFigures& figures);
std::string learned_of_io(const StepFigures& figures);
std::string learned_of_processes(const StepFigures& figures);
std::string learned_of_asyncio(const StepFigures& figures);
std::string learned_of_held(const StepFigures& figures);
std::string learned_of_released(const StepFigures& figures);
std::string learned_of_prange(const StepFigures& figures);
std::string learned_of_grayscale(const StepFigures& figures);
std::string learned_of_subinterpreters(const StepFigures& figures);
std::string learned_of_free_threaded(const StepFigures& figures);

}  // namespace gilscope::app
