#include "app/terminate.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace gilscope::app {

namespace {

std::atomic<bool> requested{false};
std::atomic<Session*> finished_session{nullptr};
std::atomic<pid_t> finished_process{0};

std::function<void(bool)>& finish_function() {
  static auto* const function = new std::function<void(bool)>;  // never destroyed: the signal may come late
  return *function;
}

[[noreturn]] void die_of(int signal_number) {
  signal(signal_number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal_number);
  kill(getpid(), signal_number);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  for (;;) pause();
}

void finish(bool in_copy) noexcept {
  try {
    finish_function()(in_copy);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gilscope: %s\n", error.what());
  }
}

// A signal handler may not do what showing does, but a copy of the process may try: should the signal have
// come at a moment that makes it fail (inside malloc, say), only the copy is lost.
void finish_in_copy() noexcept {
  constexpr unsigned kPatienceSeconds = 3;
  const pid_t copy = _Fork();
  if (copy == 0) {
    signal(SIGALRM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    alarm(kPatienceSeconds);
    finished_session.load()->drain_in_copy();
    finish(true);
    _exit(0);
  }
  if (copy > 0) waitpid(copy, nullptr, 0);
}

void on_signal(int signal_number) {
  if (getpid() != finished_process.load()) die_of(signal_number);
  if (requested.exchange(true)) die_of(signal_number);
  // With a collector thread, it does the rest.
  if (finished_session.load()->has_collector_thread()) return;
  finish_in_copy();
  die_of(signal_number);
}

}  // namespace

void finish_on_terminate(Session& session, std::function<void(bool)> function) {
  struct sigaction before;
  if (sigaction(SIGTERM, nullptr, &before) != 0) return;
  if (before.sa_handler != SIG_DFL && before.sa_handler != on_signal) return;
  finish_function() = std::move(function);
  requested.store(false);
  finished_process.store(getpid());
  finished_session.store(&session);
  session.on_terminate(requested, [] {
    finish(false);
    die_of(SIGTERM);
  });
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_handler = on_signal;
  ours.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &ours, nullptr);
}

}  // namespace gilscope::app
