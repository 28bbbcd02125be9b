// The report as JSON, for programs: the same numbers as every other view, in nanoseconds.
// Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// Keys in a fixed order: gilscope, python {version, free_threaded, gil_enabled}, cores, wall_ns,
/// exit_status, gils [...], threads [...], probe {verified, pair_cost_ns, own_cost_share}, regions [...],
/// marks [...]; and `laws`, sentences, only when one is broken. `probe.verified` is true when the self-test
/// passed and every law holds, else `probe.reason` says why not; where the probe could not see, gils and
/// threads are empty. Text that is not UTF-8 is written with replacement characters. Ends with a newline.
/// `indent` < 0 puts everything on one line.
std::string json_report(const Report& report, int indent = 2);

}  // namespace gilscope::app
