// Runs a program to its end and says how it ended, what it and its children used of memory and cores. Ends
// all of them when they take too long, or when the user does not want to wait. Thread rule: the one thread
// that made the SignalWatch.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <signal.h>

namespace gilscope::app {

/// For as long as it lives, SIGINT and SIGTERM are taken notice of and do no more, and orphans of our
/// children become our children.
class SignalWatch {
 public:
  /// Throws std::system_error.
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The signal that said to end; 0: none.
  int ended_by() noexcept;
  /// Returns when a signal comes, one of a child's end included, or after `patience`.
  void wait(std::chrono::milliseconds patience) noexcept;
  /// Returns when there is something to read from `descriptor` (true; its end is something, too), when a
  /// signal comes, or when this process goes on after it was stopped.
  bool wait_for_input(int descriptor) noexcept;
  /// What a child must be given back.
  const sigset_t& mask_before() const noexcept { return before_; }

 private:
  void read_signals() noexcept;

  int descriptor_ = -1;
  int ended_by_ = 0;
  sigset_t before_;
};

struct ProcessEnd {
  enum class How { kExited, kSignalled, kTimedOut, kInterrupted };
  How how = How::kExited;
  int status = 0;                    ///< the exit status, or the signal
  std::uint64_t peak_bytes = 0;      ///< of memory, its descendants included
  std::uint64_t orphans_cpu_ns = 0;  ///< of descendants that outlived their parent
};

struct ChildProgram {
  std::vector<std::string> arguments;     ///< the program's file comes first
  std::vector<std::string> environment;   ///< NAME=VALUE: what is added to ours
  std::string log;                        ///< the file that gets what it prints; empty: it prints where we do
  std::function<void()> while_running{};  ///< called a few dozen times a second; may be empty
};

/// Runs it with nothing to read. All that it started is gone when this returns. `timeout` 0: none.
/// Throws std::system_error when no process can be started.
ProcessEnd run_child(const ChildProgram& program, std::chrono::milliseconds timeout, SignalWatch& signals);

}  // namespace gilscope::app
