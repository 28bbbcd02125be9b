#include "kernels/tiles.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <thread>

#include <sched.h>

namespace gilscope::kernels {

int available_cores() noexcept {
  // The kernel refuses a set that is smaller than its own, so grow it until it fits.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(cpus));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    const int cores = known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (known) return std::max(cores, 1);
    if (errno != EINVAL) break;
  }
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, unsigned{INT_MAX}));
}

}  // namespace gilscope::kernels
