// A script run again and again, each time at another switch interval and in a process of its own. Not for one
// run at one interval: command_run.cpp. Thread rule: main thread; no Python in this process.
#pragma once

#include "app/command_line.h"

namespace gilscope::app {

/// Runs it at each of the intervals in turn, and shows the table. What the script prints goes where ours
/// does; it has nothing to read. Ctrl-C ends the run that is going on, and shows what is there. Returns the
/// exit status: that of the first run that failed, 130 after Ctrl-C.
int run_sweep(const RunOptions& options);

}  // namespace gilscope::app
