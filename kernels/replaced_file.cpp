#include "kernels/replaced_file.h"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gilscope::kernels {

namespace {

constexpr int kNameTries = 16;

/// A name in the directory of `path` that hardly anybody else has.
std::string name_beside(const std::string& path) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) {
    random = static_cast<std::uint64_t>(getpid()) << 32 ^ reinterpret_cast<std::uintptr_t>(&random);
  }
  char name[40];
  std::snprintf(name, sizeof name, ".gilscope-%016llx.tmp", static_cast<unsigned long long>(random));
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? name : path.substr(0, slash + 1) + name;
}

/// The file that `path` names, through symbolic links.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

ReplacedFile::~ReplacedFile() {
  if (stream_ != nullptr) std::fclose(stream_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

int ReplacedFile::open(const std::string& path) {
  struct stat there;
  if (stat(path.c_str(), &there) != 0) {
    if (errno != ENOENT) return errno;
    final_path_ = path;
    return open_beside(final_path_);
  }
  if (!S_ISREG(there.st_mode)) return open_directly(path.c_str());

  // Renaming over a file asks nothing of the file itself, so ask here what writing to it would.
  if (faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) return errno;
  final_path_ = resolved(path);
  if (const int error = open_beside(final_path_); error != 0) return error;
  return fchmod(fileno(stream_), there.st_mode & 07777) == 0 ? 0 : errno;
}

int ReplacedFile::open_directly(const char* path) noexcept {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return errno;
  stream_ = fdopen(fd, "wb");
  if (stream_ != nullptr) return 0;
  const int error = errno;
  close(fd);
  return error;
}

int ReplacedFile::open_beside(const std::string& path) {
  if (path.empty() || path.back() == '/') return path.empty() ? ENOENT : EISDIR;
  for (int tries = 0; tries < kNameTries; ++tries) {
    std::string name = name_beside(path);
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return errno;
    temporary_path_ = std::move(name);
    stream_ = fdopen(fd, "wb");
    if (stream_ != nullptr) return 0;
    const int error = errno;
    close(fd);
    return error;
  }
  return EEXIST;
}

int ReplacedFile::commit() noexcept {
  std::FILE* const stream = stream_;
  stream_ = nullptr;
  if (std::fclose(stream) != 0) return errno;
  if (temporary_path_.empty()) return 0;
  if (std::rename(temporary_path_.c_str(), final_path_.c_str()) != 0) return errno;
  temporary_path_.clear();
  return 0;
}

}  // namespace gilscope::kernels
