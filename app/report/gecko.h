// The run as a profile for the Firefox Profiler (profiler.firefox.com): threads with markers "waiting for the
// GIL" and "has the GIL", regions, marks, kernels, tiles and collections; places as stacks, and for each turn
// a sample with its place, weighted with its hold, so that the call tree shows where the GIL was held. Not
// for numbers: those are the Report's. Thread rule: one thread at a time.
//
// It is a "processed profile", version 60 (docs-developer/processed-profile-format.md and
// CHANGELOG-formats.md in github.com/firefox-devtools/profiler): the first with tables that all threads
// share, so that each place is written once; the profiler upgrades it to its own version when it opens the
// file. Times are milliseconds with six decimals, whole nanoseconds, from the begin of the recording.
#pragma once

#include <ostream>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

/// Writes the whole file; whether the stream took it, the stream knows. As the format wants a thread's
/// columns one after the other, all turns are kept in memory meanwhile: 12 to 16 bytes each.
void write_gecko(const Report& report, const Trace& trace, std::ostream& stream);

}  // namespace gilscope::app
