// What is to be done when this process ends by _exit(), or is about to become another program: the functions
// that the interposed symbols call. Not for what is done then. Thread rule: set while there is one thread, or
// before the script's first line; called on any thread, also in a child of vfork, which shares this memory.
#pragma once

#include <sys/types.h>

namespace gilscope::probe::process_hooks {

/// Called with the status, once, in the process that set it and in no other, before _exit() ends it. Other
/// threads that call _exit() meanwhile wait for that.
using ExitHook = void (*)(int status);
void set_exit_hook(ExitHook hook) noexcept;
/// From now on _exit() calls nothing. False: it is just being called, on another thread, which ends the
/// process.
bool drop_exit_hook() noexcept;
/// From now on _exit() calls nothing, and waits for nobody. A signal handler may call this.
void exit_at_once() noexcept;

/// A program that is to be executed. `environment` has room for one more entry than the caller's.
struct Program {
  const char* path;
  char* const* arguments;
  char** environment;
};
/// May change `path` and append to `environment`. In a child of vfork: no allocation, no lock. Preserves
/// errno.
using ExecHook = void (*)(Program& program) noexcept;
void set_exec_hook(ExecHook hook) noexcept;
/// Called in the process that set it, before it becomes the program at `path`, which may still fail.
/// Preserves errno.
using BeforeExec = void (*)(const char* path) noexcept;
void set_before_exec(BeforeExec before) noexcept;

namespace detail {
void exiting(int status) noexcept;
void executing(const char* path) noexcept;
ExecHook exec_hook() noexcept;
}  // namespace detail

}  // namespace gilscope::probe::process_hooks
