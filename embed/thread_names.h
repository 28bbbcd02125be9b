// Tells the recorder what Python calls its threads: threads that `threading` starts say so themselves when
// they begin and when they end (a name may be given in between), and those that are alive are asked once more
// at the end of a run. Thread rule: GIL held.
#pragma once

#include <functional>

namespace gilscope::py {

/// From now on threads that Python code of this interpreter starts are named, and `before_start` is called
/// before each starts, with the GIL held; it may throw PyError. Call before the script's first line. Throws
/// PyError.
void watch_thread_starts(std::function<void()> before_start);

/// Only what is called before a thread starts is another now: for a forked child, whose parent watches.
void expect_thread_starts(std::function<void()> before_start);

/// Names the threads that are alive, from threading.enumerate(); nothing if `threading` was never imported.
/// Never throws: names are no reason to fail.
void refresh_thread_names() noexcept;

}  // namespace gilscope::py
