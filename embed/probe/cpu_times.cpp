#include "embed/probe/cpu_times.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace gilscope::probe {

namespace {

// Three numbers: nanoseconds on a core, nanoseconds on a run queue, time slices.
std::optional<CpuTimes> parse(const char* text, const char* end) noexcept {
  CpuTimes times;
  const auto [after_on_cpu, error] = std::from_chars(text, end, times.on_cpu_ns);
  if (error != std::errc{} || after_on_cpu == end || *after_on_cpu != ' ') return std::nullopt;
  const auto [after_runnable, other_error] = std::from_chars(after_on_cpu + 1, end, times.runnable_ns);
  if (other_error != std::errc{} || after_runnable == end) return std::nullopt;
  // A kernel without this accounting shows zeros; a thread that asks has been on a core.
  if (times.on_cpu_ns == 0 && times.runnable_ns == 0) return std::nullopt;
  return times;
}

std::optional<CpuTimes> read_schedstat(const char* path) noexcept {
  const int saved_errno = errno;
  std::optional<CpuTimes> times;
  // Not through glibc's functions: those are points at which a thread can be cancelled.
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    char text[96];
    const long length = syscall(SYS_read, file, text, sizeof text);
    if (length > 0) times = parse(text, text + length);
    syscall(SYS_close, file);
  }
  errno = saved_errno;
  return times;
}

}  // namespace

std::optional<CpuTimes> cpu_times_of_this_thread() noexcept {
  return read_schedstat("/proc/thread-self/schedstat");
}

std::optional<CpuTimes> cpu_times_of(std::int64_t native_id) noexcept {
  char path[64] = "/proc/self/task/";
  const std::size_t begin = std::strlen(path);
  const auto [end, error] = std::to_chars(path + begin, path + sizeof path - sizeof "/schedstat", native_id);
  if (error != std::errc{}) return std::nullopt;
  std::memcpy(end, "/schedstat", sizeof "/schedstat");
  return read_schedstat(path);
}

std::uint64_t cpu_ns_of_process() noexcept {
  timespec used;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return 0;
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(used.tv_nsec);
}

}  // namespace gilscope::probe
