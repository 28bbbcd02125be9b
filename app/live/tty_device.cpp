#include "app/live/tty_device.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gilscope::app {

std::optional<TtyDevice> TtyDevice::open(int descriptor) {
  char name[256];
  if (isatty(descriptor) == 0 || ttyname_r(descriptor, name, sizeof name) != 0) return std::nullopt;
  const int fd = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  // Where a standard stream was closed, a new file gets its number.
  const int moved = fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved != fd) close(fd);
  termios before;
  if (moved < 0 || tcgetattr(moved, &before) != 0) {
    if (moved >= 0) close(moved);
    return std::nullopt;
  }
  return TtyDevice(moved, before);
}

TtyDevice::TtyDevice(TtyDevice&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      before_(other.before_),
      has_keys_(std::exchange(other.has_keys_, false)) {}

TtyDevice::~TtyDevice() {
  if (descriptor_ < 0) return;
  give_keys_back();
  close(descriptor_);
}

TtySize TtyDevice::size() const noexcept {
  winsize size{};
  if (ioctl(descriptor_, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

bool TtyDevice::is_ours() const noexcept {
  const pid_t group = tcgetpgrp(descriptor_);
  // A terminal that is not the controlling one of this session has no jobs.
  return group < 0 ? errno == ENOTTY : group == getpgrp();
}

void TtyDevice::take_keys() noexcept {
  termios modes = before_;
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  if (tcsetattr(descriptor_, TCSANOW, &modes) == 0) has_keys_ = true;
}

void TtyDevice::give_keys_back() noexcept {
  if (std::exchange(has_keys_, false)) tcsetattr(descriptor_, TCSANOW, &before_);
}

std::string TtyDevice::read() noexcept {
  char bytes[256];
  const ssize_t count = ::read(descriptor_, bytes, sizeof bytes);
  return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : std::string();
}

bool TtyDevice::write(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      if (poll(&ready, 1, -1) < 0 && errno != EINTR) return false;
      if ((ready.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace gilscope::app
