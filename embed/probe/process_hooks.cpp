#include "embed/probe/process_hooks.h"

#include <atomic>
#include <cerrno>

#include <unistd.h>

namespace gilscope::probe::process_hooks {

namespace {

std::atomic<ExitHook> exit_hook{nullptr};
std::atomic<ExecHook> exec{nullptr};
std::atomic<void (*)()> before_exec{nullptr};
// Another process's copy of this memory, or a child of vfork that shares it, is not the one that set a hook.
std::atomic<pid_t> exit_hook_process{0};
std::atomic<pid_t> exec_hook_process{0};

}  // namespace

void set_exit_hook(ExitHook hook) noexcept {
  exit_hook_process.store(getpid());
  exit_hook.store(hook);
}

bool drop_exit_hook() noexcept { return exit_hook.exchange(nullptr) != nullptr; }

void set_exec_hook(ExecHook hook, void (*before)()) noexcept {
  exec_hook_process.store(getpid());
  before_exec.store(before);
  exec.store(hook);
}

namespace detail {

void exiting(int status) noexcept {
  if (exit_hook.load() == nullptr || getpid() != exit_hook_process.load()) return;
  if (const ExitHook hook = exit_hook.exchange(nullptr); hook != nullptr) hook(status);
}

void executing() noexcept {
  void (*const before)() = before_exec.load();
  if (before == nullptr || getpid() != exec_hook_process.load()) return;
  const int saved_errno = errno;
  before();
  errno = saved_errno;
}

ExecHook exec_hook() noexcept { return exec.load(); }

}  // namespace detail

}  // namespace gilscope::probe::process_hooks
