// Shows the probe where a Python without a GIL sleeps, and proves that it sees it: the counterpart of
// gil_location for a free-threaded Python that runs with its GIL off. Not for reading frames:
// code_location.h. Thread rule: on the main thread, attached, while no other thread runs Python.
#pragma once

#include <string>

namespace gilscope::py {

/// From now on the sleeps of Python's threads on its locks are recorded; nothing is recorded yet. Returns
/// what was wrong, in a sentence, and then watches nothing; empty when all is well. `locations`: each carries
/// where in Python it was.
std::string watch_lock_waits(bool locations);

/// Where there is a GIL: no sleep is recorded, but a signal that comes just before one is not lost. Any
/// failure leaves everything as it is.
void watch_signals_before_sleeps() noexcept;

}  // namespace gilscope::py
