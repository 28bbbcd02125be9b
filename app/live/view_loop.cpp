#include "app/live/view_loop.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "app/live/bottom_screen.h"

namespace gilscope::app {

namespace {

// How long the pty is silent before what others may still write is no part of the run.
constexpr int kSilenceMs = 30;
// Where the system does not tell that the run has ended, it is asked so often.
constexpr int kAskMs = 100;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

class ViewLoop {
 public:
  explicit ViewLoop(ViewEnds& ends)
      : tty_(ends.tty), ends_(ends), run_(static_cast<int>(syscall(SYS_pidfd_open, ends.run, 0))) {}

  void run() {
    while (!is_over_) {
      enum { kPty, kSocket, kRun, kTty };
      pollfd entries[] = {{.fd = pty_is_open_ ? ends_.pty : -1, .events = POLLIN, .revents = 0},
                          {.fd = ends_.socket, .events = POLLIN, .revents = 0},
                          {.fd = run_, .events = POLLIN, .revents = 0},
                          {.fd = tty_.has_keys() && !terminal_is_gone_ ? tty_.descriptor() : -1,
                           .events = POLLIN,
                           .revents = 0}};
      poll(entries, std::size(entries), run_ < 0 ? kAskMs : -1);
      if (entries[kPty].revents != 0) pass_text_on();
      if ((entries[kTty].revents & (POLLHUP | POLLERR)) != 0) {
        terminal_is_gone_ = true;
      } else if (entries[kTty].revents != 0) {
        pass_keys_on();
      }
      if (entries[kSocket].revents != 0) take_message();
      const bool gone = run_ < 0 ? kill(ends_.run, 0) != 0 && errno == ESRCH : entries[kRun].revents != 0;
      if (gone && !is_over_) finish();
    }
    linger();
  }

 private:
  // False: there is nothing for now.
  bool pass_text_on() {
    char bytes[16 * 1024];
    const ssize_t count = read(ends_.pty, bytes, sizeof bytes);
    if (count > 0) {
      write(screen_.text({bytes, static_cast<std::size_t>(count)}));
      return true;
    }
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) pty_is_open_ = false;  // nobody has it any more
    return false;
  }

  void write(std::string_view bytes) {
    if (!tty_.write(bytes)) terminal_is_gone_ = true;
  }

  void take_message() {
    static char bytes[kMostPart + 2];
    const ssize_t count = recv(ends_.socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return finish();
    const std::string_view text(bytes + 1, static_cast<std::size_t>(count) - 1);
    switch (static_cast<ViewMessage>(bytes[0])) {
      case ViewMessage::kFrame:
        take_part(text);
        break;
      case ViewMessage::kType:
        typing_ = ends_.takes_input;
        break;
      case ViewMessage::kQuit:
        quit();
        break;
      case ViewMessage::kFinish:
        finish();
        break;
      default:
        break;
    }
  }

  void take_part(std::string_view text) {
    if (text.empty()) return;
    const auto flags = static_cast<std::uint8_t>(text[0]);
    if ((flags & kFirstPart) != 0) {
      part_.clear();
      has_begin_ = true;
    }
    part_ += text.substr(1);
    if ((flags & kLastPart) == 0 || !has_begin_) return;
    has_begin_ = false;
    last_ = split(part_);
    draw();
  }

  // Keeps the sizes right first: a frame for another size is not drawn, as the next is for this one.
  void draw() {
    if (has_quit_) return;
    if (ends_.shared->run_stops.load() || !tty_.is_ours()) return suspend();
    if (!tty_.has_keys()) tty_.take_keys();
    ends_.shared->is_suspended.store(false);
    const TtySize size = tty_.size();
    if (!(size == size_)) {
      size_ = size;
      screen_.forget_layout();
      const std::uint16_t numbers[] = {static_cast<std::uint16_t>(size.rows),
                                       static_cast<std::uint16_t>(size.columns)};
      char message[1 + sizeof numbers] = {static_cast<char>(ViewMessage::kSize)};
      std::memcpy(message + 1, numbers, sizeof numbers);
      send(ends_.socket, message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (last_.size() > BottomScreen::most_lines(size.rows)) return;
    }
    write(screen_.frame(last_, size.rows, size.columns));
    if (typing_) write("\x1b[?25h");
    if (last_.size() > frame_rows_ || size_.rows != pty_rows_ + frame_rows_) {
      frame_rows_ = last_.size();
      tell_size_to_script();
    }
  }

  // The script has the rows above the frame.
  void tell_size_to_script() {
    pty_rows_ = size_.rows > frame_rows_ ? size_.rows - frame_rows_ : 1;
    winsize size{};
    size.ws_row = static_cast<unsigned short>(pty_rows_);
    size.ws_col = static_cast<unsigned short>(size_.columns);
    ioctl(ends_.pty, TIOCSWINSZ, &size);
  }

  void suspend() {
    if (!ends_.shared->is_suspended.load()) {
      if (tty_.is_ours()) write(screen_.suspend());
      tty_.give_keys_back();
    }
    ends_.shared->is_suspended.store(true);
  }

  void pass_keys_on() {
    const std::string keys = tty_.read();
    if (keys.empty()) return;
    const bool goes_to_script = typing_ || has_quit_;
    if (goes_to_script && (has_quit_ || keys != "\x1b")) {
      [[maybe_unused]] const ssize_t written = ::write(ends_.pty, keys.data(), keys.size());
      return;
    }
    std::string message(1, static_cast<char>(ViewMessage::kKeys));
    if (typing_) {
      typing_ = false;
      message[0] = static_cast<char>(ViewMessage::kTyped);
    } else {
      message += keys;
    }
    send(ends_.socket, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  void quit() {
    write(screen_.finish(last_));
    has_quit_ = true;
    frame_rows_ = 0;
    size_ = tty_.size();
    tell_size_to_script();
    // The pty shows what is typed; without it the terminal does, as ever.
    if (!ends_.takes_input) tty_.give_keys_back();
  }

  // Until everybody has closed the pty, or has been silent for a while: those who have it now are not waited
  // for.
  void drain() {
    while (pty_is_open_) {
      pollfd entry{.fd = ends_.pty, .events = POLLIN, .revents = 0};
      if (poll(&entry, 1, kSilenceMs) == 0) return;
      pass_text_on();
    }
  }

  void finish() {
    drain();
    const bool suspended = ends_.shared->is_suspended.load() || !tty_.is_ours();
    if (!has_quit_ && !suspended) write(screen_.finish(last_));
    tty_.give_keys_back();
    const char done = static_cast<char>(ViewMessage::kDone);
    send(ends_.socket, &done, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(ends_.socket);
    is_over_ = true;
  }

  // Programs that the script has left behind may still write.
  void linger() {
    while (pty_is_open_ && !terminal_is_gone_) {
      pollfd entry{.fd = ends_.pty, .events = POLLIN, .revents = 0};
      if (poll(&entry, 1, -1) > 0) pass_text_on();
    }
  }

  TtyDevice& tty_;
  ViewEnds& ends_;
  int run_;  // readable when the run's process has ended; -1: the system cannot tell
  BottomScreen screen_;
  TtySize size_{0, 0};
  std::size_t pty_rows_ = 0;
  std::size_t frame_rows_ = 0;
  std::string part_;
  bool has_begin_ = false;
  std::vector<std::string> last_;
  bool typing_ = false;
  bool has_quit_ = false;
  bool pty_is_open_ = true;
  bool terminal_is_gone_ = false;
  bool is_over_ = false;
};

// Keeps only what the loop needs: a pipe that somebody else waits for the end of must not stay open here.
void let_go_of_files(ViewEnds& ends) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard <= STDERR_FILENO; ++standard) dup2(null, standard);
  const int most = static_cast<int>(sysconf(_SC_OPEN_MAX));
  const auto is_kept = [&](int fd) {
    return fd == ends.tty.descriptor() || fd == ends.pty || fd == ends.socket;
  };
  for (int fd = STDERR_FILENO + 1; fd < std::min(most, 1024); ++fd) {
    if (!is_kept(fd)) close(fd);
  }
}

}  // namespace

void run_view_loop(ViewEnds ends) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  prctl(PR_SET_NAME, "gilscope-view");
  let_go_of_files(ends);
  [[maybe_unused]] const int changed = chdir("/");
  {
    ViewLoop loop(ends);
    loop.run();
  }
  ends.tty.give_keys_back();
  _exit(0);
}

}  // namespace gilscope::app
