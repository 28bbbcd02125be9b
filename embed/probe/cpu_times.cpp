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

// Three numbers: nanoseconds on a core, nanoseconds on a run queue, time slices. The first is as old as the
// last tick of the scheduler. Nothing for a thread that never ran, as all seem to in a kernel that does not
// count.
std::optional<std::uint64_t> runnable_ns(const char* at, const char* end) noexcept {
  std::uint64_t numbers[3] = {};
  for (std::uint64_t& number : numbers) {
    const auto [after, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || after == end) return std::nullopt;
    at = after + 1;
  }
  if (numbers[2] == 0) return std::nullopt;
  return numbers[1];
}

std::optional<std::uint64_t> read_runnable_ns(const char* path) noexcept {
  const int saved_errno = errno;
  std::optional<std::uint64_t> runnable;
  // Not through glibc's functions: those are points at which a thread can be cancelled.
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    char text[96];
    const long length = syscall(SYS_read, file, text, sizeof text);
    if (length > 0) runnable = runnable_ns(text, text + length);
    syscall(SYS_close, file);
  }
  errno = saved_errno;
  return runnable;
}

std::optional<std::uint64_t> read_clock_ns(clockid_t clock) noexcept {
  const int saved_errno = errno;
  timespec used;
  const bool is_read = clock_gettime(clock, &used) == 0;
  errno = saved_errno;
  if (!is_read) return std::nullopt;
  return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(used.tv_nsec);
}

// The clock of a thread's time on cores, exact to the moment (clock_getcpuclockid(3) is for processes, and
// pthread_getcpuclockid(3) wants a pthread_t): Linux puts the id, inverted, above three bits that say whose
// (4: a thread's) and which (2: the scheduler's).
clockid_t cpu_clock_of(std::int64_t native_id) noexcept {
  return static_cast<clockid_t>((~static_cast<std::uint32_t>(native_id) << 3) | 6u);
}

std::optional<CpuTimes> times(clockid_t clock, const char* path) noexcept {
  const std::optional<std::uint64_t> on_cpu = read_clock_ns(clock);
  const std::optional<std::uint64_t> runnable = read_runnable_ns(path);
  if (!on_cpu || !runnable) return std::nullopt;
  return CpuTimes{*on_cpu, *runnable};
}

}  // namespace

std::optional<CpuTimes> cpu_times_of_this_thread() noexcept {
  return times(CLOCK_THREAD_CPUTIME_ID, "/proc/thread-self/schedstat");
}

std::optional<CpuTimes> cpu_times_of(std::int64_t native_id) noexcept {
  if (native_id <= 0 || native_id > INT32_MAX) return std::nullopt;
  char path[64] = "/proc/self/task/";
  const std::size_t begin = std::strlen(path);
  const auto [end, error] = std::to_chars(path + begin, path + sizeof path - sizeof "/schedstat", native_id);
  if (error != std::errc{}) return std::nullopt;
  std::memcpy(end, "/schedstat", sizeof "/schedstat");
  return times(cpu_clock_of(native_id), path);
}

std::optional<std::uint64_t> cpu_ns_of_process(pid_t process) noexcept {
  clockid_t clock;
  if (clock_getcpuclockid(process, &clock) != 0) return std::nullopt;
  return read_clock_ns(clock);
}
std::uint64_t cpu_ns_of_thread() noexcept { return read_clock_ns(CLOCK_THREAD_CPUTIME_ID).value_or(0); }

}  // namespace gilscope::probe
