#include <Python.h>

#include "embed/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>

#include <time.h>
#include <unistd.h>

#include "embed/probe/recorder.h"

namespace gilscope::py {

namespace {

struct sigaction pythons;

std::atomic<long> last_press_ms{-1'000'000};
std::atomic<bool> watched{false};    // somebody calls watch_interrupt()
std::atomic<bool> unnoticed{false};  // Python has not come by since the last Ctrl-C
std::atomic<bool> asked{false};      // a pending call is on its way to find out
std::atomic<bool> ending{false};
std::atomic<bool> stops_all{false};
std::atomic<bool> requested{false};

constexpr long kDoublePressMs = 1'000;

// Python takes no pending calls once it is ending.
struct Watch {
  std::mutex mutex;
  bool over = false;
};
Watch& watch() {
  static Watch& watch = *new Watch;
  return watch;
}

void pass_on_to_python(int signal_number, siginfo_t* info, void* context) {
  if ((pythons.sa_flags & SA_SIGINFO) != 0) {
    pythons.sa_sigaction(signal_number, info, context);
  } else {
    pythons.sa_handler(signal_number);
  }
}

[[noreturn]] void end_at_once() noexcept {
  constexpr char kMessage[] = "\ngilscope: ended at once by a second Ctrl-C\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(130);
}

void on_interrupt(int signal_number, siginfo_t* info, void* context) {
  if (probe::recorder::is_forked_child()) return pass_on_to_python(signal_number, info, context);
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  const long now_ms = t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
  const bool is_double = now_ms - last_press_ms.exchange(now_ms) < kDoublePressMs;
  const bool is_unnoticed = watched.load() && unnoticed.exchange(true);
  if (ending.load() || is_double || is_unnoticed) end_at_once();
  if (stops_all.load()) requested.store(true);
  pass_on_to_python(signal_number, info, context);
}

int notice(void*) {
  asked.store(false);
  unnoticed.store(false);
  return 0;
}

}  // namespace

void install_interrupt_handler() noexcept {
  if (sigaction(SIGINT, nullptr, &pythons) != 0) return;
  if ((pythons.sa_flags & SA_SIGINFO) == 0 &&
      (pythons.sa_handler == SIG_IGN || pythons.sa_handler == SIG_DFL)) {
    return;
  }
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_sigaction = on_interrupt;
  ours.sa_flags = (pythons.sa_flags & ~SA_RESTART) | SA_SIGINFO;
  ours.sa_mask = pythons.sa_mask;
  sigaction(SIGINT, &ours, nullptr);
}

void watch_interrupt() noexcept {
  watched.store(true);
  if (!unnoticed.load()) return;
  const std::lock_guard lock(watch().mutex);
  // Python's main thread runs signal handlers before pending calls: when the call comes, the interrupt has
  // been raised.
  if (!watch().over && !asked.exchange(true) && Py_AddPendingCall(notice, nullptr) != 0) asked.store(false);
}

void end_interrupt_watch() noexcept {
  if (probe::recorder::is_forked_child()) return;  // nobody watches, and the mutex may have been locked
  const std::lock_guard lock(watch().mutex);
  watch().over = true;
  unnoticed.store(false);
}

void interrupt_ends_program() noexcept { ending.store(true); }

void interrupt_stops_all(bool value) noexcept { stops_all.store(value); }

bool interrupt_requested() noexcept { return requested.load(std::memory_order_relaxed); }
void request_interrupt() noexcept { requested.store(true); }

}  // namespace gilscope::py
