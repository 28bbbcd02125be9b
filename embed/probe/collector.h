// Takes the turns out of the threads' buffers, and hands them to a sink: the only reader of the buffers. It
// never takes the GIL. While the program has one thread it works on that thread, whenever a chunk is full: a
// second one would make glibc take locks in earnest (mutexes, malloc, every system call that can be
// cancelled), and cost more than all recording. From the second thread on it has a thread of its own. Thread
// rule: start, start_on_writers and stop on one thread; pass() on any (it has a lock of its own). It holds
// still while the process forks, so that a child finds no lock taken by a thread that it does not have.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "embed/probe/recorder.h"
#include "embed/probe/turn.h"

namespace gilscope::probe {

/// What receives the turns. Called with the collector's lock held, by one thread at a time.
class TurnSink {
 public:
  virtual ~TurnSink() = default;
  /// Records of one thread, in that thread's order.
  virtual void add(std::uint32_t thread, std::span<const Turn> records) = 0;
  /// Every buffer has been read since the last call. No wait that began before `oldest_open_want` is still to
  /// come.
  virtual void end_of_pass(Ticks oldest_open_want) = 0;
};

/// A turn, or a wait for one, that has not ended.
struct OpenTurnState {
  std::uint32_t thread = 0;
  std::uint16_t gil = 0;
  Ticks want = 0;  ///< 0: not known
  Ticks take = 0;  ///< 0: it still waits
  Ticks request = 0;
  std::uint8_t requests = 0;
  std::uint32_t sequence = 0;
};

class Collector {
 public:
  explicit Collector(TurnSink& sink) : sink_(sink) {}
  ~Collector() { stop(); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Begins to empty the buffers, on the threads that fill them.
  void start_on_writers();
  /// Begins to empty the buffers, in a thread of its own; also after start_on_writers().
  void start();
  /// Ends what either began, after a last pass.
  void stop();
  /// Empties all buffers now.
  void pass();
  /// Empties all buffers now, unless somebody is just doing so.
  void try_pass() noexcept;
  /// Whether it has a thread of its own. That thread's passes come every 10 ms.
  bool has_thread() const noexcept { return thread_.joinable(); }
  /// Empties all buffers, and calls `look` before anybody else can. `look` sees the sink in that state.
  template <typename Look>
  void pass_and_look(Look&& look) {
    const std::lock_guard lock(mutex_);
    pass_locked();
    look();
  }

 private:
  void run();
  static void relieve(void* collector) noexcept;
  void hold_still_in_forks();
  static void before_fork() noexcept;
  static void after_fork() noexcept;
  void thread_has_begun() noexcept;
  void pass_locked();
  void meet_new_threads();

  TurnSink& sink_;
  std::mutex mutex_;
  std::vector<ThreadRecord*> threads_;  // whose buffers are not given back yet
  ThreadRecord* newest_met_ = nullptr;
  std::mutex wake_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool started_ = false;
  std::atomic<bool> has_begun_{true};  // false while the thread is being made
  std::thread thread_;
};

/// What is open now on the watched GILs. Exact for a GIL whose holder does not run, or calls this; else a
/// moment of it.
std::vector<OpenTurnState> open_turns();

}  // namespace gilscope::probe
