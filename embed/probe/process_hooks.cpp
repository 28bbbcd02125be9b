#include "embed/probe/process_hooks.h"

#include <atomic>
#include <cerrno>

#include <unistd.h>

namespace gilscope::probe::process_hooks {

namespace {

enum class ExitState { kNothing, kSet, kCalled };
std::atomic<ExitState> exit_state{ExitState::kNothing};
std::atomic<ExitHook> exit_hook{nullptr};
thread_local bool ends_the_process = false;  // in the hook
std::atomic<ExecHook> exec{nullptr};
std::atomic<BeforeExec> before_exec{nullptr};
// Another process's copy of this memory, or a child of vfork that shares it, is not the one that set a hook.
std::atomic<pid_t> exit_hook_process{0};
std::atomic<pid_t> before_exec_process{0};

}  // namespace

void set_exit_hook(ExitHook hook) noexcept {
  exit_hook_process.store(getpid());
  exit_hook.store(hook);
  exit_state.store(ExitState::kSet);
}

bool drop_exit_hook() noexcept {
  ExitState set = ExitState::kSet;
  return exit_state.compare_exchange_strong(set, ExitState::kNothing) || set == ExitState::kNothing;
}

void exit_at_once() noexcept { exit_state.store(ExitState::kNothing); }

void set_exec_hook(ExecHook hook) noexcept { exec.store(hook); }

void set_before_exec(BeforeExec before) noexcept {
  before_exec_process.store(getpid());
  before_exec.store(before);
}

namespace detail {

void exiting(int status) noexcept {
  if (exit_state.load() == ExitState::kNothing || getpid() != exit_hook_process.load()) return;
  ExitState state = ExitState::kSet;
  if (exit_state.compare_exchange_strong(state, ExitState::kCalled)) {
    ends_the_process = true;
    return exit_hook.load()(status);
  }
  while (!ends_the_process && exit_state.load() == ExitState::kCalled) pause();
}

void executing(const char* path) noexcept {
  const BeforeExec before = before_exec.load();
  if (before == nullptr || path == nullptr || getpid() != before_exec_process.load()) return;
  const int saved_errno = errno;
  before(path);
  errno = saved_errno;
}

ExecHook exec_hook() noexcept { return exec.load(); }

}  // namespace detail

}  // namespace gilscope::probe::process_hooks
