// One run of a script at one switch interval: what the sweep over several keeps of each. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gilscope::app {

/// The script, or a library, set the interval itself.
struct IntervalChange {
  std::uint64_t interval_ns = 0;
  std::string file;  ///< empty: not known
  std::uint32_t line = 0;
  std::string function;
};

struct IntervalRun {
  std::uint64_t interval_ns = 0;        ///< as it was set before the script began
  std::uint64_t final_interval_ns = 0;  ///< as it was when the script had ended; 0: not known
  std::vector<IntervalChange> changes;
  int exit_status = 0;
  std::string ended_badly;  ///< why there are no numbers; empty: there are

  std::uint64_t wall_ns = 0;
  std::uint64_t longest_wait_ns = 0;  ///< of any thread
  std::uint64_t wait_p99_ns = 0;      ///< of the thread whose is longest
  std::uint64_t wait_ns = 0;          ///< of all threads
  std::uint64_t hand_overs = 0;
  std::uint64_t drop_requests = 0;
  std::uint64_t lost = 0;
  std::string report;  ///< what --json says of the run
};

struct IntervalSweep {
  std::string gilscope_version;
  std::string command;
  std::vector<IntervalRun> runs;
  bool interrupted = false;  ///< there would have been more
};

}  // namespace gilscope::app
