#include "app/live/view_process.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/live/tty_device.h"
#include "app/live/view_loop.h"

namespace gilscope::app {

namespace {

ViewShared* shared = nullptr;
int stop_socket = -1;
pid_t run_process = 0;

// Ctrl-Z: the terminal is given back before the run stops, and drawn on again after it goes on. A signal
// handler, so with calls that are allowed in one only.
void on_stop_signal(int) {
  const int before = errno;
  constexpr int kPatienceMs = 300;
  if (getpid() == run_process && shared != nullptr) {
    shared->run_stops.store(true);
    const char empty_frame[] = {static_cast<char>(ViewMessage::kFrame),
                                static_cast<char>(kFirstPart | kLastPart)};
    send(stop_socket, empty_frame, sizeof empty_frame, MSG_DONTWAIT | MSG_NOSIGNAL);
    for (int i = 0; i < kPatienceMs && !shared->is_suspended.load(); ++i) {
      const timespec millisecond{0, 1'000'000};
      nanosleep(&millisecond, nullptr);
    }
  }
  kill(getpid(), SIGSTOP);
  if (getpid() == run_process && shared != nullptr) shared->run_stops.store(false);
  errno = before;
}

struct Pty {
  int master = -1;
  int slave = -1;
};

int off_standard_streams(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(fd);
  return moved;
}

// As the terminal is, but that lines are ended by the terminal itself.
std::optional<Pty> open_pty(const TtyDevice& tty) {
  Pty pty;
  pty.master = off_standard_streams(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  char name[128];
  if (pty.master < 0) return std::nullopt;
  if (grantpt(pty.master) != 0 || unlockpt(pty.master) != 0 ||
      ptsname_r(pty.master, name, sizeof name) != 0 ||
      (pty.slave = off_standard_streams(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC))) < 0) {
    close(pty.master);
    return std::nullopt;
  }
  termios modes = tty.modes_before();
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  tcsetattr(pty.slave, TCSANOW, &modes);
  const TtySize size = tty.size();
  winsize rows_and_columns{};
  rows_and_columns.ws_row = static_cast<unsigned short>(size.rows);
  rows_and_columns.ws_col = static_cast<unsigned short>(size.columns);
  ioctl(pty.slave, TIOCSWINSZ, &rows_and_columns);
  return pty;
}

bool is_same_terminal(int fd, int terminal) {
  struct stat one, other;
  return isatty(fd) != 0 && fstat(fd, &one) == 0 && fstat(terminal, &other) == 0 &&
         one.st_rdev == other.st_rdev;
}

}  // namespace

std::unique_ptr<ViewProcess> ViewProcess::start(std::string& why_not) {
  const char* const term = std::getenv("TERM");
  if (term == nullptr || *term == '\0' || std::strcmp(term, "dumb") == 0) {
    why_not = "TERM says that this terminal cannot move its cursor";
    return nullptr;
  }
  const int drawn_on = isatty(STDERR_FILENO) != 0 ? STDERR_FILENO : STDOUT_FILENO;
  std::optional<TtyDevice> tty = TtyDevice::open(drawn_on);
  if (!tty) {
    why_not = "neither standard error nor standard output is a terminal";
    return nullptr;
  }
  if (!tty->is_ours()) {
    why_not = "the run is in the background of its terminal";
    return nullptr;
  }
  const std::optional<Pty> pty = open_pty(*tty);
  int sockets[2];
  void* const memory =
      mmap(nullptr, sizeof(ViewShared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!pty || memory == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    why_not = std::string("the system gives no terminal for the script: ") + std::strerror(errno);
    return nullptr;
  }
  shared = new (memory) ViewShared;
  std::unique_ptr<ViewProcess> view(new ViewProcess);
  for (int& end : sockets) end = off_standard_streams(end);
  const TtySize size = tty->size();
  view->size_ = {size.rows, size.columns};
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    view->routed_[static_cast<std::size_t>(fd)] = is_same_terminal(fd, tty->descriptor());
  }

  // Twice, so that it is nobody's child: the script may wait for its own.
  run_process = getpid();
  std::fflush(nullptr);
  const pid_t between = fork();
  if (between == 0) {
    if (fork() == 0) {
      close(pty->slave);
      close(sockets[0]);
      run_view_loop({.tty = std::move(*tty),
                     .pty = pty->master,
                     .socket = sockets[1],
                     .run = run_process,
                     .takes_input = view->routed_[0],
                     .shared = shared});
    }
    _exit(0);
  }
  close(pty->master);
  close(sockets[1]);
  if (between < 0) {
    close(pty->slave);
    close(sockets[0]);
    why_not = std::string("no process can be started: ") + std::strerror(errno);
    return nullptr;
  }
  waitpid(between, nullptr, 0);
  view->socket_ = sockets[0];
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    const auto i = static_cast<std::size_t>(fd);
    if (!view->routed_[i]) continue;
    view->before_[i] = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    dup2(pty->slave, fd);
  }
  close(pty->slave);
  view->watch_stop_signal();
  return view;
}

void ViewProcess::watch_stop_signal() {
  stop_socket = socket_;
  struct sigaction before;
  if (sigaction(SIGTSTP, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) return;
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_handler = on_stop_signal;
  ours.sa_flags = SA_RESTART;
  sigaction(SIGTSTP, &ours, nullptr);
}

ViewProcess::~ViewProcess() { finish({}); }

bool ViewProcess::send(ViewMessage kind, const std::string& text, bool wait) const {
  const std::string message = static_cast<char>(kind) + text;
  return ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) >= 0;
}

void ViewProcess::draw(const std::vector<std::string>& lines) {
  if (!finished_ && !shared->run_stops.load()) send_frame(lines, false);
}

void ViewProcess::send_frame(const std::vector<std::string>& lines, bool wait) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  constexpr std::size_t kPart = kMostPart - 2;
  for (std::size_t at = 0; at < text.size(); at += kPart) {
    const bool is_last = at + kPart >= text.size();
    const auto flags = static_cast<char>((at == 0 ? kFirstPart : 0) | (is_last ? kLastPart : 0));
    // The rest of a frame that is too much for now is left out, too.
    if (!send(ViewMessage::kFrame, flags + text.substr(at, kPart), wait)) return;
  }
}

std::string ViewProcess::keys() {
  std::string keys;
  char bytes[512];
  for (;;) {
    const ssize_t count = recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0) return keys;
    switch (static_cast<ViewMessage>(bytes[0])) {
      case ViewMessage::kKeys:
        keys.append(bytes + 1, static_cast<std::size_t>(count) - 1);
        break;
      case ViewMessage::kSize:
        if (std::uint16_t numbers[2]; static_cast<std::size_t>(count) > sizeof numbers) {
          std::memcpy(numbers, bytes + 1, sizeof numbers);
          size_ = {numbers[0], numbers[1]};
        }
        break;
      case ViewMessage::kTyped:
        typing_ = false;
        break;
      default:
        break;
    }
  }
}

bool ViewProcess::wait_for_keys(int timeout_ms) const {
  pollfd entry{.fd = socket_, .events = POLLIN, .revents = 0};
  poll(&entry, 1, timeout_ms);
  return (entry.revents & (POLLHUP | POLLERR)) == 0;
}

void ViewProcess::type_to_script() {
  if (!routed_[0]) return;
  typing_ = true;
  send(ViewMessage::kType, {}, false);
}

void ViewProcess::quit(const std::vector<std::string>& lines) {
  send_frame(lines, true);
  send(ViewMessage::kQuit, {}, true);
}

void ViewProcess::finish(const std::vector<std::string>& lines) {
  if (finished_ || getpid() != run_process) return;
  finished_ = true;
  std::fflush(nullptr);
  for (std::size_t fd = 0; fd < before_.size(); ++fd) {
    if (before_[fd] < 0) continue;
    dup2(before_[fd], static_cast<int>(fd));
    close(before_[fd]);
  }
  send_frame(lines, true);
  send(ViewMessage::kFinish, {}, true);
  char bytes[512];
  for (;;) {
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || bytes[0] == static_cast<char>(ViewMessage::kDone)) break;
  }
  struct sigaction now;
  if (sigaction(SIGTSTP, nullptr, &now) == 0 && now.sa_handler == on_stop_signal) signal(SIGTSTP, SIG_DFL);
}

}  // namespace gilscope::app
