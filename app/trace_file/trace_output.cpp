#include "app/trace_file/trace_output.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

// Room is asked for in steps, each of which is a call into the file system.
constexpr std::uint64_t kAllocationStep = std::uint64_t{1} << 20;

[[noreturn]] void fail(const std::string& path, const char* why) {
  throw UserError(fmt::format("cannot write the trace '{}': {}", path, why));
}

std::string why(int error) {
  return error == ENOSPC || error == EDQUOT
             ? fmt::format("the disk is full ({})", std::strerror(error))
             : fmt::format("the trace file could not be written ({})", std::strerror(error));
}

}  // namespace

TraceOutput TraceOutput::create(const std::string& path, std::uint64_t limit) {
  if (path == "-") {
    throw UserError("a trace cannot be written to standard output: name a file, as in -o run.gil");
  }
  struct stat facts;
  if (stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    fail(path, S_ISDIR(facts.st_mode) ? "it is a folder; name a file in it"
                                      : "it is a pipe or a device; a trace needs a file");
  }
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) fail(path, std::strerror(errno));
  TraceOutput output(fd, limit);
  // Held by forked children, too, until this run ends: see the destructor.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    fail(path, "another run is writing it; name another file, or remove this one first");
  }
  if (ftruncate(fd, 0) != 0) fail(path, std::strerror(errno));
  return output;
}

TraceOutput TraceOutput::temporary(std::uint64_t limit) {
  const char* const folder = std::getenv("TMPDIR");
  std::string path = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  path += "/gilscope-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) {
    throw UserError(fmt::format("cannot make a temporary file '{}': {}; set TMPDIR to a folder with room",
                                path, std::strerror(errno)));
  }
  unlink(path.c_str());
  return TraceOutput(fd, limit);
}

TraceOutput::TraceOutput(int fd, std::uint64_t limit) noexcept : fd_(fd), limit_(limit) {
  struct stat facts;
  if (fstat(fd_, &facts) == 0) {
    device_ = facts.st_dev;
    number_ = facts.st_ino;
  }
  rlimit of_process;
  if (getrlimit(RLIMIT_FSIZE, &of_process) == 0 && of_process.rlim_cur < limit_) {
    limit_ = of_process.rlim_cur;
    limit_reason_ = "this process may write no larger file";
  }
}

TraceOutput::TraceOutput(TraceOutput&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      number_(other.number_),
      limit_(other.limit_),
      limit_reason_(std::move(other.limit_reason_)),
      size_(other.size_),
      allocated_(other.allocated_),
      can_allocate_(other.can_allocate_),
      failure_(std::move(other.failure_)) {}

TraceOutput::~TraceOutput() {
  if (fd_ < 0) return;
  flock(fd_, LOCK_UN);
  close(fd_);
}

void TraceOutput::leave_low_numbers() noexcept {
  constexpr int kHigh = 512;
  const int moved = fcntl(fd_, F_DUPFD_CLOEXEC, kHigh);
  if (moved < 0) return;
  close(fd_);
  fd_ = moved;
}

void TraceOutput::abandon() noexcept {
  // No unlocking: the lock is the parent's, too.
  if (is_there()) close(std::exchange(fd_, -1));
}

// A script that becomes a daemon closes all descriptors, and what it opens then gets their numbers.
bool TraceOutput::is_there() noexcept {
  struct stat facts;
  if (fd_ >= 0 && fstat(fd_, &facts) == 0 && facts.st_dev == device_ && facts.st_ino == number_) return true;
  fd_ = -1;
  if (failure_.empty()) failure_ = "the script closed the descriptor of the trace file";
  return false;
}

// Without this, the end could not be written to a disk that is full.
bool TraceOutput::make_room(std::uint64_t end) noexcept {
  if (!can_allocate_ || end <= allocated_) return true;
  for (const std::uint64_t goal : {std::min(end + kAllocationStep, std::max(limit_, end)), end}) {
    if (fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(allocated_),
                  static_cast<off_t>(goal - allocated_)) == 0) {
      allocated_ = goal;
      return true;
    }
    if (errno != ENOSPC && errno != EDQUOT) {
      can_allocate_ = false;  // not on this file system; the disk may have room all the same
      return true;
    }
  }
  failure_ = why(errno);
  return false;
}

// 0, or errno; then the file is as long as before.
int TraceOutput::write_whole(std::span<const std::uint8_t> bytes) noexcept {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(size_ + done));
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      const int error = count == 0 ? ENOSPC : errno;
      if (done > 0 && ftruncate(fd_, static_cast<off_t>(size_)) != 0) return error;  // a reader sees the rest
      return error;
    }
  }
  size_ += bytes.size();
  return 0;
}

bool TraceOutput::append(std::span<const std::uint8_t> bytes, std::uint64_t reserve) noexcept {
  if (!failure_.empty() || !is_there()) return false;
  if (size_ + bytes.size() + reserve > limit_) {
    failure_ = limit_reason_.empty()
                   ? fmt::format("the trace file reached its limit of {} (--trace-limit)", size_text(limit_))
                   : limit_reason_;
    return false;
  }
  if (!make_room(size_ + bytes.size() + reserve)) return false;
  if (const int error = write_whole(bytes); error != 0) failure_ = why(error);
  return failure_.empty();
}

bool TraceOutput::append_last(std::span<const std::uint8_t> bytes) noexcept {
  if (!is_there()) return false;
  const int error = write_whole(bytes);
  if (error != 0 && failure_.empty()) failure_ = why(error);
  // Gives back the room that was not needed.
  if (ftruncate(fd_, static_cast<off_t>(size_)) != 0 && failure_.empty()) failure_ = why(errno);
  flock(fd_, LOCK_UN);
  return error == 0;
}

}  // namespace gilscope::app
