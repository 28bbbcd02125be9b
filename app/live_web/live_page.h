// The two pages that the live server serves: the one that follows the run, and the full report that it
// becomes. Thread rule: pure functions.
#pragma once

#include <iosfwd>

#include "app/live_web/web_server.h"
#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

WebPage live_page();

/// `trace` may be null where nothing was recorded.
void write_final_page(const Report& report, const Trace* trace, std::ostream& out);

}  // namespace gilscope::app
