// One plain sentence that says what the numbers mean, for someone who has never seen such a report. Drawn
// from fixed thresholds on the report alone, so that equal numbers give an equal sentence; it claims nothing
// they do not show. Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// The first that applies, for the GIL that was contended longest (shares of wall time but where a life is
/// named):
///   several GILs, together held >= 120 %               they ran Python in parallel
///   contended >= 10 %, and one turn went on >= 100 ms (20 switch intervals) and >= 5 % of the contended time
///   after a
///     drop request                                     a turn that did not let go
///   a thread that waited >= 40 % of its life, 20 times as long as it held, gave >= 90 % of its >= 10 turns,
///     on a GIL with >= 10 drop requests                a convoy
///   held >= 90 %, contended >= 50 %, two or more threads that each held >= 5 % of that
///                                                      only one at a time ran Python
///   contended >= 10 %                                  waiting, and who waited most
///   held >= 90 %                                       busy, but nobody waits
///   otherwise                                          the GIL was free, and is not the limit
/// Empty when there is nothing to conclude from: no numbers, no turns, lost turns, or a broken law.
/// Spaces inside a value are kFixedSpace (text_layout.h).
std::string conclusion(const Report& report);

}  // namespace gilscope::app
