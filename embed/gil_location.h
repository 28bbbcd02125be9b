// Asks CPython where its GIL is, and proves that the probe reads it rightly. The only file that does: one
// pair of PyEval_SaveThread and PyEval_RestoreThread shows the addresses, because the order of the pthread
// calls is fixed (embed/probe/gil_watch.h draws it). Not for recording: that begins when this has ended.
// Thread rule: on the main thread, with the GIL held, while no other thread runs Python.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace gilscope::py {

enum class GilSight {
  kWatched,  ///< found, and the self-test held
  kOff,      ///< a free-threaded Python that runs without its GIL: there is nothing to see
  kBlind,    ///< the calls are not those that are known; no number may be shown
};

struct GilLocation {
  GilSight sight = GilSight::kBlind;
  std::string reason;  ///< one sentence for people, unless watched
  /// Where a GIL keeps the thread state that took it last, in bytes from its mutex; nothing if it was not
  /// found.
  std::optional<std::ptrdiff_t> last_holder_offset;
  double pair_cost_ns = 0;  ///< what watching adds to one save/restore pair: the cost of one turn
};

/// Finds the GIL, watches it, and tests that known turns (given, and asked for by a thread that waits) are
/// read as what they are. On success the watch is on, with nothing recorded yet. GIL: held before and after.
GilLocation locate_gil();

/// Tests that turns are read as what they are when threads fight for the GIL: one that is given away while
/// another thread has asked for it, and one that is taken away. To be called once, before the program's
/// second thread starts (this needs one itself), also during a recording, which does not see it (no collector
/// may run meanwhile). Returns what was wrong, in a sentence; empty when all is well. Throws PyError when a
/// signal's handler raises meanwhile. GIL: held before and after.
std::string rehearse_contention();

/// Starts a recording: no threads, no turns, counters at zero; the calling thread's next take is number 0.
/// GIL: held before and after.
void start_recording();

/// Whether this is a free-threaded build: its GIL can be off.
bool is_free_threaded() noexcept;

/// Whether the free-threaded Python's GIL is on now (always, for the others).
bool gil_enabled();

}  // namespace gilscope::py
