// The processes of a run as lines of text: one for each, or for many that are alike. Thread rule: any thread.
#pragma once

#include <string>
#include <vector>

#include "app/report/paint.h"
#include "app/report/report.h"

namespace gilscope::app {

/// Empty where processes are not told apart. `full`: each by itself.
std::vector<std::string> process_table(const Report& report, std::size_t width, bool full,
                                       const Paint& paint);

/// Sentences about the processes as a whole: those that were not traced, and whether the clocks agree.
std::vector<std::string> process_sentences(const Report& report);

/// Clocks of two processes may differ by this: how well each was read.
inline constexpr std::uint64_t kClocksAgreeNs = 1'000'000;

}  // namespace gilscope::app
