#include "app/output_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <streambuf>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, int error) {
  throw UserError(fmt::format("cannot write '{}': {}", path, std::strerror(error)));
}

// Bytes on their way to a descriptor. The first error stands, and ends the stream.
class DescriptorBuffer final : public std::streambuf {
 public:
  explicit DescriptorBuffer(int fd) : fd_(fd), bytes_(std::size_t{1} << 16) {
    setp(bytes_.data(), bytes_.data() + bytes_.size());
  }
  /// 0, or errno.
  int error() const noexcept { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (sync() != 0) return traits_type::eof();
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    *pptr() = traits_type::to_char_type(c);
    pbump(1);
    return c;
  }
  int sync() override {
    write_out(pbase(), pptr());
    setp(bytes_.data(), bytes_.data() + bytes_.size());
    return error_ == 0 ? 0 : -1;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    // What comes in large blocks need not be copied once more.
    if (count < epptr() - pbase()) return std::streambuf::xsputn(bytes, count);
    if (sync() == 0) write_out(bytes, bytes + count);
    return error_ == 0 ? count : 0;
  }

 private:
  void write_out(const char* at, const char* end) {
    while (at < end && error_ == 0) {
      const ssize_t count = write(fd_, at, static_cast<std::size_t>(end - at));
      if (count < 0 && errno != EINTR) error_ = errno;
      if (count > 0) at += count;
    }
  }

  int fd_;
  int error_ = 0;
  std::vector<char> bytes_;
};

using Write = std::function<void(std::ostream&)>;

// 0, or errno.
int write_all(int fd, const Write& write) {
  DescriptorBuffer buffer(fd);
  std::ostream stream(&buffer);
  write(stream);
  stream.flush();
  return buffer.error();
}

bool is_regular_or_new(const std::string& path) {
  struct stat facts;
  return stat(path.c_str(), &facts) != 0 || S_ISREG(facts.st_mode);
}

// A link stays a link: what it points to is replaced.
std::string target_of(const std::string& path) {
  std::error_code ignored;
  const fs::path real = fs::weakly_canonical(path, ignored);
  return real.empty() ? path : real.string();
}

// Beside the target, as only within one folder is a file replaced in one step.
std::string partial_of(const std::string& target) { return fmt::format("{}.{}.partial", target, getpid()); }

}  // namespace

void check_writable(const std::string& path) {
  if (path == "-") {
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0) throw UserError("cannot write to standard output: it is closed");
    return;
  }
  if (path.empty()) throw UserError("a file to write to has no name");
  std::error_code error;
  if (fs::is_directory(path, error)) throw UserError(fmt::format("cannot write '{}': it is a folder", path));
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, error)) {
    throw UserError(fmt::format("cannot write '{}': there is no folder '{}'", path, folder.string()));
  }
  if (!is_regular_or_new(path)) {
    if (access(path.c_str(), W_OK) != 0) fail(path, errno);
    return;
  }
  const std::string partial = partial_of(target_of(path));
  const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) fail(path, errno);
  close(fd);
  unlink(partial.c_str());
}

void write_file(const std::string& path, const Write& write) {
  if (path == "-") {
    std::fflush(stdout);
    const int error = write_all(STDOUT_FILENO, write);
    if (error != 0 && error != EPIPE) fail("standard output", error);
    return;
  }
  if (!is_regular_or_new(path)) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) fail(path, errno);
    const int error = write_all(fd, write);
    close(fd);
    if (error != 0) fail(path, error);
    return;
  }
  const std::string target = target_of(path);
  const std::string partial = partial_of(target);
  const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) fail(path, errno);
  int error = 0;
  try {
    error = write_all(fd, write);
  } catch (...) {
    close(fd);
    unlink(partial.c_str());
    throw;
  }
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(partial.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(partial.c_str());
    fail(path, error);
  }
}

}  // namespace gilscope::app
