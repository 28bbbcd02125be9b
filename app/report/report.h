// The numbers of a run, in nanoseconds: what every view prints, and nothing that a view would have to work
// out differently from another. Plain data. Filled by Timeline::snapshot; not for intervals (that is the
// trace's matter). Thread rule: a value; share it by copying.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gilscope::app {

/// One line of a function.
struct PlaceLine {
  std::string file;
  std::uint32_t line = 0;  ///< 0: not known
  std::string function;
};

/// Where in Python: the innermost line, then its callers, as far as they are known. Empty: not known.
using PlaceReport = std::vector<PlaceLine>;

/// One GIL.
struct GilReport {
  std::uint16_t id = 0;
  std::uint64_t turns = 0;          ///< recorded, the open one included
  std::uint64_t open_turns = 0;     ///< of these, not ended when the numbers were taken: 0 or 1
  std::uint64_t takes_counted = 0;  ///< by a counter that is not the recorder's
  std::uint64_t lost = 0;           ///< turns that could not be recorded, by the recorder's counter
  std::uint64_t missing =
      0;  ///< numbers that the sequence of turns skips; a part of `lost` unless law 4 broke
  std::uint64_t held_ns = 0;       ///< the sum of hold_ns of its threads
  std::uint64_t contended_ns = 0;  ///< at least one thread was waiting
  std::uint64_t overlaps = 0;      ///< turns that began before the one before had ended (law 1)
  std::uint64_t disorders = 0;   ///< turns that break want <= take <= drop <= the thread's next want (law 2)
  std::uint64_t late = 0;        ///< turns that came after their place in the order had been given up
  std::uint64_t hand_overs = 0;  ///< a drop followed by the take of another thread that was waiting by then
  std::uint64_t drop_requests = 0;    ///< waits that ran out; at most 255 are known of one turn
  std::uint64_t requested_turns = 0;  ///< turns that got at least one drop request
  std::uint64_t obeyed_p99_ns = 0;    ///< first drop request to drop, over the turns that got one
  std::uint64_t obeyed_max_ns = 0;    ///< an open turn's request counts as far as it has gone
  std::uint64_t gave = 0;             ///< gave + asked + (ended open) = turns
  std::uint64_t asked = 0;
  std::uint64_t hand_over_p50_ns = 0;  ///< latency of hand-overs: drop to take
  std::uint64_t hand_over_p99_ns = 0;
  std::uint64_t hand_over_max_ns = 0;
  /// What waited_for gives to nobody since the turns that a wait overlapped were too many to keep.
  std::uint64_t unattributed_ns = 0;
};

/// One thread's use of one GIL: a thread that used two has two rows, in each of which the time spent with the
/// other GIL is outside.
struct ThreadReport {
  std::uint32_t index = 0;
  std::int64_t native_id = 0;
  std::string name;
  std::uint16_t gil = 0;
  std::uint64_t turns = 0;         ///< the open one included
  std::uint64_t life_ns = 0;       ///< hold_ns + wait_ns + outside_ns (law 3)
  std::uint64_t hold_ns = 0;       ///< an open turn counts as far as it has gone
  std::uint64_t wait_ns = 0;       ///< likewise
  std::uint64_t outside_ns = 0;    ///< neither: native code, I/O, sleep, or not running
  std::uint64_t waited_turns = 0;  ///< turns that had to wait
  std::uint64_t longest_wait_ns = 0;
  std::uint64_t wait_p50_ns = 0;  ///< over all its turns: a take that did not have to wait is a wait of 0
  std::uint64_t wait_p99_ns = 0;
  std::uint64_t hold_p50_ns = 0;
  std::uint64_t hold_p99_ns = 0;
  std::uint64_t longest_hold_ns = 0;
  std::uint64_t gave = 0;
  std::uint64_t asked = 0;
  bool regions_overlap = false;  ///< one ended before another that began in it
  // What the kernel says of the thread's time since the recording began, whichever GIL it used.
  bool cpu_known = false;
  std::uint64_t on_cpu_ns = 0;
  std::uint64_t runnable_ns = 0;  ///< it could have run, but had no core
  std::uint64_t asleep_ns = 0;    ///< the rest of its life
  // Where there is no GIL (`gil` is kNoGil): sleeps on Python's own locks, parts of outside_ns. One that has
  // not ended is not counted.
  std::uint64_t blocked_count = 0;
  std::uint64_t blocked_ns = 0;
  std::uint64_t longest_blocked_ns = 0;
  std::uint64_t paused_count = 0;  ///< another thread had stopped the world
  std::uint64_t paused_ns = 0;
  std::uint64_t longest_paused_ns = 0;

  static constexpr std::uint16_t kNoGil = 0xffff;
};

/// All spans of one name, on all threads. Each span counts for itself, also inside another of the same name,
/// so the sums of nested spans can exceed the wall time. A span that is still open counts as far as it has
/// gone.
struct RegionReport {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t wall_ns = 0;
  std::uint64_t hold_ns = 0;  ///< with any GIL, by the thread that the span is on
  std::uint64_t wait_ns = 0;
};

struct MarkReport {
  std::string name;
  std::uint64_t count = 0;
};

/// The calls of one kernel in one way.
struct KernelReport {
  std::string name;
  bool holds_gil = false;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;  ///< read and written
  std::uint64_t wall_ns = 0;
  std::uint64_t hold_ns = 0;  ///< by the calling thread, meanwhile
  std::uint64_t wait_ns = 0;
  std::uint64_t most_threads = 0;  ///< native threads that ran tiles of one call
  std::uint64_t tiles = 0;
  std::uint64_t tiles_ns = 0;  ///< the sum of the tiles' times, on all threads
};

/// The collections of one generation of the garbage collector.
struct CollectionReport {
  int generation = 0;
  std::uint64_t count = 0;
  std::uint64_t objects = 0;  ///< collected
  std::uint64_t wall_ns = 0;
  std::uint64_t hold_ns = 0;
  std::uint64_t longest_ns = 0;
};

/// How long one thread waited for a GIL while another held it. The rows of one waiter and GIL add up to its
/// wait_ns.
struct WaitedForReport {
  /// Nobody held it: hand-overs, and the turns that were lost.
  static constexpr std::uint32_t kNobody = 0xffff'ffff;
  std::uint16_t gil = 0;
  std::uint32_t waiter = 0;  ///< thread index
  std::uint32_t holder = 0;  ///< thread index, or kNobody
  std::uint64_t ns = 0;
};

/// The turns that ended at one place and during which others waited.
struct BlockerReport {
  PlaceReport place;
  std::uint64_t turns = 0;         ///< of these
  std::uint64_t contended_ns = 0;  ///< held while at least one other thread waited
  std::uint64_t waited_ns = 0;     ///< likewise, summed over the threads that waited
  std::uint64_t longest_hold_ns = 0;
};

struct LongWaitReport {
  std::uint16_t gil = 0;
  std::uint32_t thread = 0;
  std::uint64_t at_ns = 0;  ///< when it began, from the begin of the recording
  std::uint64_t wait_ns = 0;
  PlaceReport place;         ///< where it let go before; empty for a thread's first turn
  std::uint32_t holder = 0;  ///< who held the GIL longest meanwhile; WaitedForReport::kNobody: nobody did
  std::uint64_t holder_ns = 0;
  PlaceReport holder_place;  ///< of that holder's longest part
};

/// A drop request that was obeyed late.
struct ObeyedReport {
  std::uint16_t gil = 0;
  std::uint32_t thread = 0;
  std::uint64_t at_ns = 0;     ///< when the request came, from the begin of the recording
  std::uint64_t after_ns = 0;  ///< first request to drop
  bool gave = false;           ///< the thread gave the GIL away by itself in the end
  PlaceReport place;           ///< where it dropped the GIL
};

/// The ledger of giving: what the turns that were given away at one place won and lost. Of a thread's last
/// turn nothing is known yet.
struct GivingReport {
  PlaceReport place;
  std::uint64_t count = 0;
  std::uint64_t outside_ns = 0;  ///< won: the drop to the thread's next want
  std::uint64_t wait_ns = 0;     ///< lost: that want to its take
  bool costs_more = false;       ///< the verdict: it lost more than it won
};

/// Where there is no GIL: sleeps on Python's own locks at one place.
struct BlockedAtReport {
  PlaceReport place;
  std::uint64_t count = 0;
  std::uint64_t blocked_ns = 0;  ///< summed over the threads
  std::uint64_t longest_ns = 0;
};

/// What the run would take without a GIL: timeline/estimate.h says how that is found and what is assumed.
struct EstimateReport {
  /// What most of that time would be bound by.
  enum class Bound {
    kCores,    ///< more threads could run than there are cores
    kThreads,  ///< there are cores enough, and one thread or a few that work
    kOutside,  ///< nobody works: I/O, sleep, locks
  };
  double cores = 0;  ///< that it is worked out for; a quota may leave a part of one
  double price = 1;  ///< how many times as long the same work takes without a GIL on one thread
  std::uint64_t wall_ns =
      0;  ///< stretches outside stay as long as they were, unless another thread ended them
  std::uint64_t least_ns = 0;  ///< if another thread ended every stretch outside that one may have ended
  double speed_up = 0;         ///< the report's wall_ns over this one
  Bound bound_by = Bound::kThreads;
  std::uint32_t thread = 0;     ///< going back from the end, the one that was waited for longest
  std::uint64_t thread_ns = 0;  ///< for how long
  bool says_something = false;  ///< two threads or more computed, and got in each other's way
};

/// A process of a run whose children were traced, too.
struct ProcessReport {
  enum class End : std::uint8_t {
    kExited,    ///< with `exit_status`
    kKilled,    ///< its trace has no end
    kRunning,   ///< it had none yet when the run ended
    kReplaced,  ///< it became another program (exec)
  };
  std::int64_t process_id = 0;
  std::int64_t parent_id = 0;
  std::string name;     ///< as multiprocessing calls it; may be empty
  std::string command;  ///< for people
  End how = End::kExited;
  int exit_status = 0;
  std::uint64_t begin_ns = 0;   ///< from the begin of the recording
  std::uint64_t wall_ns = 0;    ///< what shares of its GILs are of
  std::uint16_t first_gil = 0;  ///< its GILs are this one and those that follow, `gil_count` in all
  std::uint16_t gil_count = 0;
  std::uint32_t first_thread = 0;  ///< likewise, by index
  std::uint32_t thread_count = 0;
  std::uint64_t turns = 0;    ///< of its GILs together
  std::uint64_t held_ns = 0;  ///< likewise
  std::uint64_t lost = 0;     ///< likewise
  bool cpu_known = false;
  std::uint64_t cpu_ns = 0;
  std::int64_t clock_error_ns = 0;  ///< by how much its clocks differ from those of the first process
};

/// A process that was to be traced, but was not.
struct UntracedReport {
  std::int64_t process_id = 0;
  std::string why;  ///< a clause
};

struct Report {
  std::string gilscope_version;
  std::string python_version;
  std::string command;  ///< as the user typed it; for people, may be empty
  bool free_threaded = false;
  bool gil_enabled = true;
  bool gil_went_on = false;  ///< it was off when the run began; the turns since are not recorded
  int cores = 0;
  int exit_status = 0;
  std::uint64_t wall_ns = 0;

  bool verified = false;  ///< the probe's self-test: false means that it could not see, and no numbers follow
  std::string unverified_reason;
  bool still_running = false;  ///< takes_counted may be ahead of the turns: law 4 is judged at the end only
  double pair_cost_ns = 0;     ///< measured: what recording one turn costs
  double own_cost_share = 0;   ///< turns of all GILs x pair_cost_ns / wall_ns

  std::string lost_reason;  ///< why turns were lost, if not for memory: a clause, as "the disk is full"
  std::string ends_early;   ///< why a trace has no end, likewise; empty: it has one
  bool cpu_known = false;
  std::uint64_t cpu_ns = 0;  ///< the process's time on cores since the recording began

  std::vector<ProcessReport>
      processes;  ///< empty: there is one; else the first one's are wall_ns and exit_status
  std::vector<UntracedReport> untraced;
  std::vector<GilReport> gils;
  std::vector<ThreadReport> threads;  ///< in the order of thread index, then GIL
  std::vector<RegionReport> regions;  ///< in the order of the names' ids
  std::vector<MarkReport> marks;
  std::vector<KernelReport> kernels;
  std::vector<CollectionReport> collections;

  static constexpr std::size_t kMostListed = 10;  ///< entries of each list below that says so
  std::vector<WaitedForReport> waited_for;        ///< by GIL, waiter, holder; only what is not zero
  std::vector<BlockerReport> blockers;            ///< kMostListed, most contended_ns first
  std::vector<LongWaitReport> longest_waits;      ///< kMostListed, longest first
  std::vector<ObeyedReport> obeyed_latest;        ///< kMostListed, latest first
  std::vector<GivingReport> giving;               ///< most wait_ns first
  std::vector<BlockedAtReport> blocked_at;        ///< kMostListed, most blocked_ns first

  /// Nothing while it runs, without a GIL, and when turns were lost.
  std::optional<EstimateReport> estimate;
};

}  // namespace gilscope::app
