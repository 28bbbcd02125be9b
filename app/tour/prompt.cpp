#include "app/tour/prompt.h"

#include <unistd.h>

namespace gilscope::app {

namespace {

constexpr char kEndOfInput = 4;

// Keys come one by one and are not shown. Ctrl-C stays a signal.
class KeyMode {
 public:
  explicit KeyMode(int terminal) : terminal_(terminal), is_set_(tcgetattr(terminal, &before_) == 0) {
    take();
  }
  ~KeyMode() {
    if (is_set_) tcsetattr(terminal_, TCSANOW, &before_);
  }
  KeyMode(const KeyMode&) = delete;
  KeyMode& operator=(const KeyMode&) = delete;

  void take() const {
    if (!is_set_) return;
    termios modes = before_;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    tcsetattr(terminal_, TCSANOW, &modes);
  }

 private:
  int terminal_;
  termios before_{};
  bool is_set_;
};

}  // namespace

Wish ask_for_wish(int terminal, SignalWatch& signals) {
  const KeyMode mode(terminal);
  while (signals.ended_by() == 0) {
    if (!signals.wait_for_input(terminal)) {
      mode.take();  // who was stopped finds the shell's modes
      continue;
    }
    char key = 0;
    if (read(terminal, &key, 1) <= 0) return Wish::kQuit;
    switch (key) {
      case '\n':
      case '\r':
      case ' ':
        return Wish::kGo;
      case 's':
      case 'S':
        return Wish::kSkip;
      case 'q':
      case 'Q':
      case kEndOfInput:
        return Wish::kQuit;
      default:
        break;
    }
  }
  return Wish::kQuit;
}

}  // namespace gilscope::app
