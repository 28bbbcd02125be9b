// A sweep over switch intervals as a table for a person, and as JSON for a program. Thread rule: pure
// functions.
#pragma once

#include <string>

#include "app/intervals/interval_run.h"

namespace gilscope::app {

/// A row for each run, and what must be known not to misread them. Lines of at most `width` columns.
std::string interval_table(const IntervalSweep& sweep, int width, bool ascii);

/// Who set another interval than the one that was asked for, a sentence a line; empty: nobody did.
std::string interval_warnings(const IntervalRun& run);

/// {gilscope, command, interrupted, switch_intervals: [{switch_interval_ns, final_interval_ns, changes:
/// [{interval_ns, file, line, function}], exit_status, reason (of a run without numbers), speed, wall_ns,
/// longest_wait_ns, wait_p99_ns, wait_ns, hand_overs, drop_requests, lost, report: what --json says of a
/// run}]}. Speed is the first run's wall time as a multiple of this one's; null where there is none.
std::string interval_json(const IntervalSweep& sweep);

}  // namespace gilscope::app
