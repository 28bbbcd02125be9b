#include "app/live_web/descriptors.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr int kFree = -1;

struct Listed {
  std::atomic<int> fd{kFree};
};
std::array<Listed, kMostDescriptors> listed;

// In the child, where no other thread is: no lock, no memory.
void close_all() noexcept {
  for (Listed& one : listed) {
    if (const int fd = one.fd.exchange(kFree); fd != kFree) close(fd);
  }
}

std::string reason_of(int error, unsigned short port) {
  if (error == EADDRINUSE) {
    return port == 0
               ? "no port is free on 127.0.0.1"
               : fmt::format("port {} is in use on 127.0.0.1; choose another, or leave out --port", port);
  }
  if (error == EACCES) {
    return fmt::format(
        "port {} is for the system's administrator; choose one from 1024 on, or leave out --port", port);
  }
  return fmt::format("cannot listen on 127.0.0.1: {}", std::strerror(error));
}

}  // namespace

ServedDescriptor::ServedDescriptor(int fd) noexcept {
  if (fd < 0) return;
  for (Listed& one : listed) {
    int expected = kFree;
    if (one.fd.compare_exchange_strong(expected, fd)) {
      fd_ = fd;
      return;
    }
  }
  close(fd);
}

void ServedDescriptor::reset() noexcept {
  const int fd = std::exchange(fd_, -1);
  if (fd < 0) return;
  for (Listed& one : listed) {
    int expected = fd;
    // Not listed any more in a child: then it is closed, and its number may be another file's.
    if (one.fd.compare_exchange_strong(expected, kFree)) {
      close(fd);
      return;
    }
  }
}

void close_descriptors_in_children() noexcept {
  static const int watched = pthread_atfork(nullptr, nullptr, close_all);
  static_cast<void>(watched);
}

ServedDescriptor listen_on_loopback(unsigned short& port) {
  const auto refuse = [&](int error) -> UserError {
    return UserError(fmt::format("--live=web: {}", reason_of(error, port)));
  };
  ServedDescriptor socket_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd) throw refuse(errno);
  // The last run's connections, which the system remembers for a minute, do not keep the port from this one.
  const int yes = 1;
  setsockopt(socket_fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) throw refuse(errno);
  if (listen(socket_fd.get(), SOMAXCONN) != 0) throw refuse(errno);
  if (getsockname(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) throw refuse(errno);
  port = ntohs(address.sin_port);
  return socket_fd;
}

}  // namespace gilscope::app
