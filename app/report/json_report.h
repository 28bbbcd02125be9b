// The report as JSON, for programs: the same numbers as every other view, in nanoseconds.
// Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// Keys in this order; times are whole nanoseconds, counts whole numbers, shares 0 to 1:
///
///   gilscope         version
///   python           {version, free_threaded, gil_enabled}
///   cores, wall_ns, exit_status            exit_status is null in a trace that ends early
///   ends_early, lost_reason                each only when there is something to say
///   cpu_ns           of the process; only where the kernel tells
///   processes        only of a run whose children were traced: [{pid, parent_pid, name, command, ended,
///                    exit_status, begin_ns, wall_ns, turns, held_ns, lost, clock_error_ns, gils: [id]; where
///                    the kernel tells: cpu_ns}], the first of which began the run. ended: exited, killed
///                    (its trace has no end), running (it outlived the run), replaced (exec). Each of gils
///                    and threads then has `process`, an index of it, and each GIL `wall_ns`, its process's
///   untraced         likewise: [{pid, why}]
///   gils             [{id, turns, takes_counted, lost, held_ns, contended_ns, overlaps, hand_overs,
///                      drop_requests, requested_turns, obeyed_p99_ns, obeyed_max_ns, gave, asked,
///                      hand_over_p50_ns, hand_over_p99_ns, hand_over_max_ns, unattributed_ns}]
///   threads          [{index, name, native_id, gil, turns, life_ns, hold_ns, wait_ns, outside_ns,
///                      longest_wait_ns, wait_p50_ns, wait_p99_ns, hold_p50_ns, hold_p99_ns,
///                      longest_hold_ns, gave, asked; where the kernel tells: on_cpu_ns, runnable_ns,
///                      asleep_ns}]: one for each thread and GIL that it used
///   probe            {verified, pair_cost_ns, own_cost_share; if not verified: reason}
///   regions          [{name, count, wall_ns, hold_ns, wait_ns}]
///   marks            [{name, count}]
///   kernels          [{name, holds_gil, calls, bytes, wall_ns, hold_ns, wait_ns, most_threads, tiles,
///                      tiles_ns}]
///   collections      [{generation, count, objects, wall_ns, hold_ns, longest_ns}]
///   waited_for       [{gil, waiter, nobody_ns, holder_ns: {holder: ns}}]: a row adds up to the waiter's
///   wait_ns;
///                      the keys of holder_ns are thread indices, as text
///   blockers         [{place, turns, contended_ns, waited_ns, longest_hold_ns}], at most 10
///   longest_waits    [{gil, thread, at_ns, wait_ns, place, holder, holder_ns, holder_place}], at most 10
///   obeyed_latest    [{gil, thread, at_ns, after_ns, gave, place}], at most 10
///   giving           [{place, count, outside_ns, wait_ns, costs_more}]
///   laws             [sentence], only when one is broken
///
/// `waiter`, `holder` and `thread` are a thread's `index`; a `holder` of null is nobody. A place is null
/// where it is not known, or {file, line, function, callers: [{file, line, function}]}, innermost first. What
/// each number means is said in report.h. `probe.verified` is true when the self-test passed and every law
/// holds; where the probe could not see, the lists are empty. Text that is not UTF-8 is written with
/// replacement characters. Ends with a newline. `indent` < 0 puts everything on one line.
std::string json_report(const Report& report, int indent = 2);

}  // namespace gilscope::app
