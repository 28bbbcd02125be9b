// The process that has the terminal while a live view is shown: it draws the frames that it is sent, prints
// above them what the script writes, and reads the keys. It outlives the run, whichever way that ends
// (os._exit, a signal, a crash): so nothing that was written is lost, and the terminal is always given back
// as it was. Not for what is in a frame. Thread rule: start() before the program has threads; the rest by one
// thread at a time, except where it says otherwise.
//
//   script --fd 1, 2--> pty --> view process --> terminal          frames --socket--> view process
//   script <-- fd 0 --- pty <-- view process <-- terminal's keys   keys, size <--socket-- view process
//
// The script's standard streams that are the terminal become the pty (isatty() stays true); those that are
// files or pipes stay what they are.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace gilscope::app {

enum class ViewMessage : char;

class ViewProcess {
 public:
  struct Size {
    std::size_t rows = 24;
    std::size_t columns = 80;
  };

  /// Starts it, if there is a terminal to draw on: standard error or output, in the foreground. Otherwise
  /// says why not.
  static std::unique_ptr<ViewProcess> start(std::string& why_not);
  ~ViewProcess();
  ViewProcess(const ViewProcess&) = delete;
  ViewProcess& operator=(const ViewProcess&) = delete;

  Size size() const noexcept { return size_; }
  /// Whether the script's standard input is the terminal, whose keys the view has.
  bool has_scripts_input() const noexcept { return routed_[0]; }

  /// Draws this, unless the terminal is too slow: never waits.
  void draw(const std::vector<std::string>& lines);
  /// What has been typed, and a new size, since the last call. Never waits.
  std::string keys();
  /// Waits at most so long for keys. False: the view process is gone.
  bool wait_for_keys(int timeout_ms) const;
  /// What is typed from now on goes to the script, until Escape is pressed.
  void type_to_script();
  bool is_typing() const noexcept { return typing_; }
  /// No frames any more; `lines` stay. What the script writes still gets to the terminal.
  void quit(const std::vector<std::string>& lines);

  /// Gives the standard streams back, and waits until all that was written is on the terminal, and `lines`
  /// below it.
  void finish(const std::vector<std::string>& lines);

 private:
  ViewProcess() = default;
  bool send(ViewMessage kind, const std::string& text, bool wait) const;
  void send_frame(const std::vector<std::string>& lines, bool wait);
  void watch_stop_signal();

  int socket_ = -1;
  Size size_;
  std::array<bool, 3> routed_{};
  std::array<int, 3> before_{-1, -1, -1};  // the standard streams as they were
  bool typing_ = false;
  bool finished_ = false;
};

}  // namespace gilscope::app
