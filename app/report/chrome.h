// The run in Chrome's trace event format (JSON), for chrome://tracing and whatever else reads it; Perfetto's
// format is half the size. Not for numbers: those are the Report's. Thread rule: one thread at a time.
//
// "ts" and "dur" are microseconds with three decimals, which is to say whole nanoseconds, from the begin of
// the recording. A thread's turns are on its own "tid". What need not nest with them has lanes of its own,
// whose tids are above any that Linux gives (2^22), named after the thread.
#pragma once

#include <ostream>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

/// Writes the whole file; whether the stream took it, the stream knows.
void write_chrome(const Report& report, const Trace& trace, std::ostream& stream);

}  // namespace gilscope::app
