// What a timeline cannot know from turns: facts about the run, its threads and its GILs, given with each
// snapshot, and kept in the trace file. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "embed/probe/clock.h"
#include "embed/probe/places.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

struct RunFacts {
  std::string gilscope_version;
  std::string python_version;
  std::string command;
  bool free_threaded = false;
  bool gil_enabled = true;
  bool gil_went_on = false;  ///< in mid-run
  int cores = 0;
  int exit_status = 0;
  bool verified = false;          ///< the probe's self-test passed
  std::string unverified_reason;  ///< why not: one sentence without a full stop
  double pair_cost_ns = 0;
  /// True while threads go on taking GILs: GilFacts may then be ahead of the turns. Read them after the pass.
  bool still_running = false;
  std::string
      lost_reason;         ///< why turns were lost, if it was not for memory: a clause, as "the disk is full"
  std::string ends_early;  ///< why a trace has no end, likewise; empty: it has one
  std::uint64_t started_unix_ns = 0;  ///< when the recording began, by the system's clock; 0: not known
  std::int64_t process_id = 0;
};

struct ThreadFacts {
  std::uint32_t index = 0;  ///< the `thread` of Timeline::add
  std::int64_t native_id = 0;
  std::string name;
  probe::Ticks begin = 0;  ///< not after the thread's first want; 0: not known, its first want is taken
  probe::Ticks end = 0;    ///< 0: alive
};

/// What the kernel says of a thread's time, or the process's (index kProcess): schedstat.
struct CpuFacts {
  static constexpr std::uint32_t kProcess = 0xffff'ffff;
  std::uint32_t thread = 0;
  std::uint64_t on_cpu_ns = 0;    ///< on a core
  std::uint64_t runnable_ns = 0;  ///< it could have run, but had no core
};

struct GilFacts {
  std::uint16_t id = 0;
  std::uint64_t takes_counted = 0;  ///< by a counter that is not the recorder's
  std::uint64_t lost_counted = 0;   ///< turns of this GIL that the recorder could not record
  std::uint64_t overlaps = 0;       ///< a take while another thread held it, as the probe saw it
};

/// A turn that has not ended: waiting (take = 0) or holding. One that was added as a record meanwhile is
/// recognised and not counted twice, so open turns may be read before the buffers are.
struct OpenTurn {
  std::uint32_t thread = 0;
  std::uint16_t gil = 0;
  probe::Ticks want = 0;  ///< 0: not known, the turn is passed over
  probe::Ticks take = 0;  ///< 0: still waiting
  probe::Ticks request = 0;
  std::uint8_t requests = 0;
  std::uint32_t sequence = 0;  ///< of a turn that has been taken; nothing for one that waits
};

/// A process of a run whose children were recorded, too. What its threads and GILs are: those in its ranges.
struct ProcessFacts {
  enum class End : std::uint8_t {
    kExited,    ///< with `exit_status`
    kKilled,    ///< its trace has no end: killed, crashed
    kRunning,   ///< its trace had none yet when the run ended
    kReplaced,  ///< it became another program (exec)
  };
  std::int64_t process_id = 0;
  std::int64_t parent_id = 0;
  std::string name;  ///< as multiprocessing calls it; may be empty
  std::string command;
  probe::Ticks begin = 0;
  probe::Ticks end = 0;
  End how = End::kExited;
  int exit_status = 0;
  std::uint32_t first_thread = 0;
  std::uint32_t thread_count = 0;
  std::uint16_t first_gil = 0;
  std::uint16_t gil_count = 0;
  bool cpu_known = false;
  std::uint64_t cpu_ns = 0;
  std::int64_t clock_error_ns = 0;  ///< by how much its clocks differ from those of the first process
  std::string lost_reason;
};

/// A process that was to be recorded, but was not.
struct UntracedProcess {
  std::int64_t process_id = 0;
  std::string why;  ///< a clause
};

/// All of it, at one moment.
struct TraceFacts {
  RunFacts run;
  std::vector<ThreadFacts> threads;
  std::vector<GilFacts> gils;
  std::vector<OpenTurn> open;
  std::vector<CpuFacts> cpu;         ///< since the recording began; of whom nothing is said it is not known
  std::vector<std::string> names;    ///< of regions, marks and kernels, by id; [0] is empty
  std::vector<probe::Place> places;  ///< by number; [0] is empty
  probe::Ticks begin = 0;
  probe::Ticks now = 0;
  probe::TickScale scale;
  probe::ClockSample clock;  ///< both clocks near the begin; 0: not known
  std::vector<ProcessFacts>
      processes;  ///< empty: there is one, and it is not told apart; else the first began the run
  std::vector<UntracedProcess> untraced;
};

}  // namespace gilscope::app
