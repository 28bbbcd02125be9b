// A run whose children are traced, as the process that began it sees it: where they write, and the one trace
// that is made of all at the end. Not for what a child does: traced_child.h. Thread rule: one thread at a
// time.
#pragma once

#include <optional>
#include <string>

#include "app/children/process_board.h"
#include "app/report/report.h"
#include "app/trace_file/trace_reader.h"

namespace gilscope::app {

class Session;

class Children {
 public:
  /// Makes the folder that they write to: beside `trace_file`, or, where that is empty, for temporary files.
  /// Throws UserError.
  Children(const std::string& trace_file, const BoardSettings& settings);

  ProcessBoard& board() noexcept { return board_; }

  /// The run has ended, as `session` recorded it: all that was recorded, in one trace, which is then what
  /// stands in the trace file. Nothing where it could not be made, which is told on standard error: the trace
  /// file is then the first process's, and the others' stay beside it.
  std::optional<TraceReader> gather(const Session& session);

 private:
  std::string trace_file_;
  ProcessBoard board_;
};

/// The trace in `file`, with those of children that lie beside it, when the run was killed before it could
/// merge them. `report` as TraceReader::open gives it. Throws UserError.
TraceReader open_run(const std::string& file, std::optional<Report>& report);

}  // namespace gilscope::app
