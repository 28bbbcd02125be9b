// Makes one trace of the traces of several processes of one machine: threads, GILs, names and places are
// numbered anew, the ticks stay as they are, and the records come in the order of time, about. Not for where
// the traces lie, nor for who the processes are: app/children. Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/timeline/facts.h"
#include "app/trace_file/trace_output.h"
#include "app/trace_file/trace_reader.h"

namespace gilscope::app {

/// A process's trace, and what is known of the process beside it: all but what its trace says (command,
/// begin, end, threads, GILs, CPU time, clocks, an exit status that `how` leaves open).
struct MergePart {
  std::string path;
  int descriptor = -1;  ///< read instead of `path`, unless -1
  ProcessFacts process;
};

struct MergeResult {
  std::optional<TraceReader> trace;  ///< what was written; nothing: it could not be
  std::string failure;               ///< why not: a clause
};

/// Writes to `output` what the first part, whose run it is, and all others hold. A part that cannot be read
/// is added to `untraced`. Throws UserError when the first cannot be read.
MergeResult merge_traces(const std::vector<MergePart>& parts, std::vector<UntracedProcess> untraced,
                         TraceOutput output);

}  // namespace gilscope::app
