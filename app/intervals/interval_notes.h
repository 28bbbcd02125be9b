// What a run at one interval tells the sweep beside its report: which interval was in force when it ended,
// and who set another one. A file of JSON, from one gilscope to the one that started it. Thread rule: pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "app/intervals/interval_run.h"

namespace gilscope::app {

std::string interval_notes(const IntervalRun& run);

/// Fills what the notes and the report (--json) of that run tell. False: one of them is no such text.
bool read_interval_run(std::string_view notes, std::string_view report, IntervalRun& run);

}  // namespace gilscope::app
