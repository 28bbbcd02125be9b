#include <Python.h>

#include "embed/interrupt.h"

#include <atomic>
#include <csignal>
#include <cstring>

#include <time.h>
#include <unistd.h>

namespace gilscope::py {

namespace {

struct sigaction pythons;

std::atomic<long> last_press_ms{-1'000'000};
std::atomic<bool> unnoticed{false};  // Python has not come by since the last Ctrl-C
std::atomic<bool> asked{false};      // a pending call is on its way to find out
std::atomic<bool> ending{false};
std::atomic<bool> requested{false};

constexpr long kDoublePressMs = 1'000;

[[noreturn]] void end_at_once() noexcept {
  constexpr char kMessage[] = "\ngilscope: ended at once by a second Ctrl-C\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(130);
}

void on_interrupt(int signal_number, siginfo_t* info, void* context) {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  const long now_ms = t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
  const bool is_double = now_ms - last_press_ms.exchange(now_ms) < kDoublePressMs;
  if (ending.load() || is_double || unnoticed.exchange(true)) end_at_once();
  if ((pythons.sa_flags & SA_SIGINFO) != 0) {
    pythons.sa_sigaction(signal_number, info, context);
  } else {
    pythons.sa_handler(signal_number);
  }
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
  // Python's main thread runs signal handlers before pending calls: when the call comes, the interrupt has
  // been raised.
  if (unnoticed.load() && !asked.exchange(true) && Py_AddPendingCall(notice, nullptr) != 0)
    asked.store(false);
}

void interrupt_ends_program() noexcept { ending.store(true); }

bool interrupt_requested() noexcept { return requested.load(std::memory_order_relaxed); }
void request_interrupt() noexcept { requested.store(true); }

}  // namespace gilscope::py
