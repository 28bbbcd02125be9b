// Runs threads' programs at once on a number of cores, without a lock between them, and says how long that
// takes and what it was bound by. Time is continuous; cores are shared evenly by all who need one, as an
// operating system does that preempts. Not for where programs come from: estimate.cpp. Pure function.
//
// While the threads need more cores than there are, work takes s times as long, the same for all, and s is
// such that exactly all cores are used; time that needs no core goes on as ever.
#pragma once

#include <cstdint>
#include <vector>

namespace gilscope::app {

struct ReplayStep {
  static constexpr std::uint32_t kNobody = 0xffff'ffff;
  double own = 0;      ///< what the step adds to the thread's own time, in which positions are given
  double work = 0;     ///< time on a core
  double idle = 0;     ///< time that needs none; spread over the step evenly, when there is work, too
  bool waits = false;  ///< there is no work; before `idle` begins, the thread waits until
  std::uint32_t for_thread = kNobody;  ///< this thread has come as far as
  double position = 0;                 ///< this, and until
  std::uint32_t ends_from = 0;         ///< Programs::ended[ends_from, ends_to) have come to their ends
  std::uint32_t ends_to = 0;
};

struct ReplayPrograms {
  std::vector<std::vector<ReplayStep>> threads;
  std::vector<std::uint32_t> ended;  ///< threads, in an order that the steps refer to
  std::vector<std::uint32_t> last;   ///< it is over when these have come to their ends
};

struct ReplayResult {
  double length = 0;
  double cores_short = 0;  ///< more threads could have run than there are cores
  double working = 0;      ///< some thread worked, and there were cores enough
  double idle = 0;         ///< nobody worked
  /// Going back from the end, always along the thread that was waited for: for how long each was that one.
  std::vector<double> on_the_way;
};

ReplayResult replay(const ReplayPrograms& programs, double cores);

}  // namespace gilscope::app
