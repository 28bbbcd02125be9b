// A thread that exists for a test only: a record that is driven by hand, and what it has recorded. Not for
// the recorder's own threads (recorder.h makes those). Thread rule: one thread drives it.
#pragma once

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "embed/probe/gil_watch.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe {

class FakeThread {
 public:
  FakeThread() = default;
  ~FakeThread() {
    new_turns();
    record.buffer.release();
  }
  FakeThread(const FakeThread&) = delete;
  FakeThread& operator=(const FakeThread&) = delete;

  /// What was published since the last call.
  std::vector<Turn> new_turns() {
    std::vector<Turn> turns;
    record.buffer.drain(
        [&](const Turn* first, std::size_t count) { turns.insert(turns.end(), first, first + count); });
    return turns;
  }

  /// The one turn published since the last call.
  Turn only_turn() {
    const std::vector<Turn> turns = new_turns();
    EXPECT_EQ(turns.size(), 1u);
    return turns.empty() ? Turn{} : turns.front();
  }

  ThreadRecord record;
  std::uint32_t switches_before = 0;  ///< of the timedwait that it is in
};

/// The calls that threads make on one GIL, as the hooks tell them to gil_watch.
struct ScriptedGil {
  Gil gil;

  /// take_gil, the GIL free: lock(M) signal(SC).
  void takes_at_once(FakeThread& thread, Ticks tick) {
    gil_watch::lock_free(thread.record);
    gil_watch::take(gil, thread.record, tick);
  }
  /// take_gil, the GIL held: lock(M) timedwait(C).
  void waits(FakeThread& thread, Ticks tick) {
    gil_watch::lock_free(thread.record);
    gil_watch::wait_begins(gil, thread.record, [tick] { return tick; });
    thread.switches_before = gil.switches;
  }
  /// ... it times out, and begins again.
  void times_out(FakeThread& thread, Ticks tick) {
    gil_watch::wait_timed_out(gil, thread.switches_before, tick);
    gil_watch::wait_begins(gil, thread.record, [] {
      ADD_FAILURE() << "a wait that goes on read the clock again";
      return Ticks{0};
    });
    thread.switches_before = gil.switches;
  }
  /// ... and it has the GIL: signal(SC).
  void gets(FakeThread& thread, Ticks tick) { gil_watch::take(gil, thread.record, tick); }
  /// drop_gil, called by PyEval_SaveThread.
  void gives(FakeThread& thread, Ticks tick) { gil_watch::drop(gil, thread.record, tick, false); }
  /// drop_gil, called by the eval loop.
  void drops_in_eval_loop(FakeThread& thread, Ticks tick) { gil_watch::drop(gil, thread.record, tick, true); }
};

}  // namespace gilscope::probe
