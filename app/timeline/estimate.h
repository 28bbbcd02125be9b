// What the run would take without the GIL on this machine: the threads' programs (thread_programs.h) replayed
// at once (program_replay.h), with what is known of who waited for whom. Not for measuring it: `gilscope
// compare`. Thread rule: pure function.
//
//   hold          work that may run at the same time as other threads', and takes as long as it took
//   wait          vanishes, and hand-overs with it
//   outside       stays as long as it was; where the kernel says how long the thread was on a core meanwhile,
//                 so much of it is work. But a stretch of it that
//                 - began in the standard library's locks, joins, queues or pools, or outside any Python
//                   code,
//                 - or ended within a millisecond after a thread's end, and within a twentieth of its own
//                   length, in a thread that does not spend most of its time outside on a core,
//                 lasts until the thread that held the GIL when it ended, or had held it last, has come as
//                 far as it had then, and until the threads that ended meanwhile have ended
//   a new thread  starts when the last thread that gave the GIL away before has come as far
//   the end       is there when the thread that let go last, and all that ended, have come to theirs
//
// Any other stretch during which another thread held the GIL may have been ended by it, too (a lock of the
// program's own), or not (I/O that came back): least_ns is what comes out if all of them were. Taken as it
// was: the load by other programs, caches, memory bandwidth. Not seen: native threads that never want the
// GIL, and locks that nobody had to wait for because the GIL kept others out. Not for a run of several
// processes: what they wait for in each other is not known.
#pragma once

#include <optional>
#include <span>

#include "app/report/report.h"
#include "app/timeline/facts.h"
#include "app/timeline/thread_programs.h"

namespace gilscope::app {

struct EstimateOptions {
  double cores = 0;  ///< 0: those of the machine that the run was on
  double price = 1;  ///< of code without the GIL on one thread, as a factor: 1.1 takes a tenth longer
};

/// `gils`: the programs by GIL, open turns included. `now`: the end of the recording. Fills what `report`,
/// the numbers without the estimate, allows to say; nothing if that is nothing.
std::optional<EstimateReport> estimate(std::vector<ThreadPrograms> gils, const TraceFacts& facts,
                                       probe::Ticks now, const Report& report,
                                       const EstimateOptions& options);

}  // namespace gilscope::app
