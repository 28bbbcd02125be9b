// One plain sentence that says what the numbers mean, for someone who has never seen such a report. Drawn
// from fixed thresholds on the report alone, so that equal numbers give an equal sentence; it claims nothing
// they do not show. Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// The first that applies, for the GIL that was contended longest. Shares are of wall time but where a life
/// is named.
///   in parallel      several GILs, held >= 120 % together
///   kept             contended >= 10 %; a turn went on >= 100 ms (20 switch intervals) after a drop
///                    request, and that is >= 5 % of the contended time
///   convoy           >= 10 drop requests; a thread that waited >= 40 % of its life, 20 times as long as it
///                    held, in >= 10 waits with none a quarter of them all, and gave >= 90 % of its turns
///   one at a time    held >= 90 %, contended >= 50 %; two or more threads that each held a quarter of an
///                    equal share or more, and waited >= 10 % of their lives
///   waiting          contended >= 10 %
///   busy             held >= 90 %
///   free             otherwise
/// Empty when there is nothing to conclude from: no numbers, no turns, lost turns, or a broken law.
/// Spaces inside a value are kFixedSpace (text_layout.h).
std::string conclusion(const Report& report);

/// The GIL that is spoken of: the one that was contended longest, of equals the one that was held longest.
/// The report has at least one.
const GilReport& most_contended(const Report& report);

}  // namespace gilscope::app
