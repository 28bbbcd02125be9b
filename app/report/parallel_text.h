// The summary of a run without a GIL: what its threads did, and what kept them from running. Not for runs
// with one: thread_table.h and waits_text.h. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/report/paint.h"
#include "app/report/report.h"

namespace gilscope::app {

/// How much ran at once, in a sentence.
std::string cores_sentence(const Report& report);

/// A line a thread: its life, and where that went. At most `max_threads` (0: as many as are easily read);
/// the rest is summed up.
std::vector<std::string> parallel_table(const Report& report, std::size_t width, std::size_t max_threads,
                                        const Paint& paint);

/// The places where threads were blocked for longest. Empty where they were not.
std::vector<std::string> blocked_at_lines(const Report& report, std::size_t width, const Paint& paint);

}  // namespace gilscope::app
