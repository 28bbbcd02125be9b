// The two pages that the live server serves: the one that follows the run, and the full report that it
// becomes. Thread rule: pure functions.
#pragma once

#include <iosfwd>
#include <string>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

std::string live_page();

/// `trace` may be null where nothing was recorded.
void write_final_page(const Report& report, const Trace* trace, std::ostream& out);

}  // namespace gilscope::app
