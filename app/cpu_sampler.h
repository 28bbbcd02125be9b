// Looks now and then at what the kernel says of the threads' time, and keeps the latest: a look costs a few
// microseconds a thread, too much for each pass of the collector. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

#include "app/timeline/facts.h"

namespace gilscope::app {

class CpuSampler {
 public:
  /// The process's time counts from now on; each thread's counts from when it was first seen.
  void begin();

  /// The latest look. A new one is taken when `now` says so, and else when the last was long enough ago for
  /// all looks together to take less than a hundredth of the time.
  const std::vector<CpuFacts>& facts(bool now);

 private:
  void look();

  pid_t process_ = 0;  // this one; in a copy of it that shows its numbers, still that
  std::uint64_t process_begin_ns_ = 0;
  std::uint64_t next_look_ns_ = 0;  // on the monotonic clock
  std::vector<CpuFacts> latest_;
};

}  // namespace gilscope::app
