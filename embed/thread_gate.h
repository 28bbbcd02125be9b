// Lets native threads make Python thread states until the interpreter shuts down, and not after. Daemon
// threads may be inside a kernel then, and PyThreadState_New in an interpreter that is being taken down
// crashes. Not for taking the GIL, where CPython itself turns such threads away: see gil.h. Thread rule: any
// thread, with or without the GIL; kept alive by everyone who may still come.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

namespace gilscope::py {

class ThreadGate {
 public:
  /// False once closed; else the gate stays open until leave().
  bool enter() noexcept {
    inside_.fetch_add(1);  // before closed_ is read, as close() does it the other way round
    if (!closed_.load()) return true;
    inside_.fetch_sub(1);
    return false;
  }

  void leave() noexcept { inside_.fetch_sub(1); }

  bool closed() const noexcept { return closed_.load(); }

  /// Returns when nobody is inside, nor will be.
  void close() noexcept {
    closed_.store(true);
    // Whoever is inside needs microseconds. A forked child may count one who stayed with its parent, though.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (inside_.load() != 0 && std::chrono::steady_clock::now() < give_up) std::this_thread::yield();
  }

 private:
  std::atomic<int> inside_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace gilscope::py
