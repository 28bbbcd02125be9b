// The laws that every trace obeys, checked on the numbers: one function for every test and for the summary.
// Not for mending anything: a broken law is a bug, and is told as one.
// Thread rule: pure function.
#pragma once

#include <string>
#include <vector>

#include "app/report/report.h"

namespace gilscope::app {

/// One sentence for each law that is broken, with the numbers; empty when all hold.
///   1. Two turns of one GIL never overlap.
///   2. want <= take <= drop, and a thread's turns follow one another.
///   3. hold + wait + outside = the thread's life.
///   4. Turns recorded + turns lost = takes counted by an independent counter (while the run goes on,
///      Report::still_running, the takes may be ahead).
/// Also that sums agree with their parts: a GIL's turns, gave, asked and held with those of its threads; each
/// thread's wait with its row of waited_for; and that no list tells of more than the totals.
std::vector<std::string> check_laws(const Report& report);

}  // namespace gilscope::app
