// What the kernel says of a thread's time: on a core, and able to run but without one. Linux's schedstat;
// where a kernel does not keep it, nothing is said. Not for time with the GIL. Thread rule: any thread; makes
// system calls only (no allocation, no cancellation point, errno kept), so that a hook may ask.
#pragma once

#include <cstdint>
#include <optional>

#include <sys/types.h>

namespace gilscope::probe {

struct CpuTimes {
  std::uint64_t on_cpu_ns = 0;
  std::uint64_t runnable_ns = 0;
};

/// Of the calling thread, since it was made.
std::optional<CpuTimes> cpu_times_of_this_thread() noexcept;
/// Of a thread of this process, by its gettid(). Nothing when it has ended.
std::optional<CpuTimes> cpu_times_of(std::int64_t native_id) noexcept;

/// Time on cores of all threads of a process, also of those that have ended. Nothing when there is no such
/// process.
std::optional<std::uint64_t> cpu_ns_of_process(pid_t process) noexcept;
/// Likewise of the calling thread.
std::uint64_t cpu_ns_of_thread() noexcept;

}  // namespace gilscope::probe
