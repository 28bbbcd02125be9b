// The processes below this one, and the memory that they use. Thread rule: pure functions on /proc.
#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace gilscope::app {

/// All processes that descend from `root`, which is not one of them. Some may be gone by now.
std::vector<pid_t> descendants_of(pid_t root);

/// Their memory, with what several of them share counted once: the sum of each one's proportional share
/// (PSS). A process that is gone, or that may not be looked at, counts for nothing.
std::uint64_t memory_of(const std::vector<pid_t>& processes);

}  // namespace gilscope::app
