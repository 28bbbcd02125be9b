// The server's descriptors: an owner for each, and the list of all, which a forked child closes. A child of
// the script's then neither answers browsers nor keeps their connections open after the run. Thread rule:
// any; the list is atomic, since a fork may come at any moment.
#pragma once

#include <utility>

namespace gilscope::app {

/// Owns a descriptor that a forked child closes. Programs that the script starts do not get it either: all
/// are opened close-on-exec.
class ServedDescriptor {
 public:
  ServedDescriptor() noexcept = default;
  /// Closes `fd` at once, and is empty, when there are as many as can be listed.
  explicit ServedDescriptor(int fd) noexcept;
  ~ServedDescriptor() { reset(); }
  ServedDescriptor(ServedDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ServedDescriptor& operator=(ServedDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// More browsers than any stage has, and the descriptors that the server needs for itself.
inline constexpr int kMostDescriptors = 136;

/// From now on forked children close them. To be called once.
void close_descriptors_in_children() noexcept;

/// A socket that listens on 127.0.0.1 at `port`, or at a free one if that is 0; `port` is then set. Throws
/// UserError with what to do.
ServedDescriptor listen_on_loopback(unsigned short& port);

}  // namespace gilscope::app
