// The run as a Perfetto trace (protobuf), for ui.perfetto.dev: a process with its threads' lanes of hold and
// wait slices, with places and reasons as annotations; arrows for hand-overs; regions, kernels, collections
// and tiles; each GIL's own lane with its holder, and counters of waiting threads and of the share of time it
// is held. Not for numbers: those are the Report's. Thread rule: one thread at a time.
//
// Time stamps are nanoseconds from the begin of the recording, on the trace's own (default) clock.
#pragma once

#include <ostream>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

/// Writes the whole trace; whether the stream took it, the stream knows. About 170 bytes a turn where half of
/// them waited.
void write_perfetto(const Report& report, const Trace& trace, std::ostream& stream);

}  // namespace gilscope::app
