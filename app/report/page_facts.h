// What the page knows of a run beside its records, as JSON: its clock, names, places, threads, open turns,
// and the sentences that other views print. Not for numbers: those are the report's, as --json has them.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "app/report/report.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

/// Moments are in ticks from the begin of the recording; null where they are not known.
///
///   ns_per_tick, now          the end of what is known
///   still_running
///   command, process_id, started_unix_ns (as text: it is beyond what a JSON reader keeps)
///   first_name, names         [text]: of regions, marks and kernels; the first of them has this id
///   first_place, places       [[file, line, function, caller]]: likewise, by number
///   threads                   [{index, native_id, name, begin, end}]; end is null of one that is alive
///   open                      [{thread, gil, want, take, request, requests, sequence}]; take is null of one
///                             that waits
///   conclusion, proof, warnings
///
/// Names and places before `first_name` and `first_place` are left out: whoever reads a run as it goes on has
/// them already.
std::string page_facts(const Report& report, const TraceFacts& facts, std::size_t first_name = 0,
                       std::size_t first_place = 0);

}  // namespace gilscope::app
