// The interposed functions that end a process or make it another program: each tells process_hooks, and calls
// the real function. Linked into executables as objects, as pthread_hooks.cpp is. Thread rule: called by any
// thread, also in a child of vfork: nothing here allocates or takes a lock.
#include <cerrno>
#include <cstddef>

#include <alloca.h>
#include <dlfcn.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "embed/probe/process_hooks.h"

#define GILSCOPE_INTERPOSE extern "C" __attribute__((visibility("default")))

namespace {

using namespace gilscope::probe;

using ExecveFn = int(const char*, char* const*, char* const*) noexcept;
using SpawnFn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                    char* const*, char* const*) noexcept;

template <typename Function>
Function* find_real(const char* name) noexcept {
  const int saved_errno = errno;
  auto* const found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  errno = saved_errno;
  return found;
}

using ExitFn = void(int);
ExitFn* const real_exit = find_real<ExitFn>("_exit");

// Looked up before main: the dynamic linker's lock is no matter for a child of vfork.
ExecveFn* const real_execve = find_real<ExecveFn>("execve");
SpawnFn* const real_posix_spawn = find_real<SpawnFn>("posix_spawn");
SpawnFn* const real_posix_spawnp = find_real<SpawnFn>("posix_spawnp");

std::size_t count_of(char* const* entries) noexcept {
  std::size_t count = 0;
  while (entries != nullptr && entries[count] != nullptr) ++count;
  return count;
}

// What the hook makes of it; the environment lies in the caller's `room`, count_of() + 2 entries.
process_hooks::Program changed(process_hooks::ExecHook hook, const char* path, char* const* arguments,
                               char* const* environment, char** room) noexcept {
  const std::size_t count = count_of(environment);
  for (std::size_t i = 0; i < count; ++i) room[i] = environment[i];
  room[count] = room[count + 1] = nullptr;
  process_hooks::Program program{path, arguments, room};
  const int saved_errno = errno;
  hook(program);
  errno = saved_errno;
  return program;
}

int execute(const char* path, char* const* arguments, char* const* environment) noexcept {
  process_hooks::detail::executing(path);
  ExecveFn* const real = real_execve != nullptr ? real_execve : find_real<ExecveFn>("execve");
  const process_hooks::ExecHook hook = process_hooks::detail::exec_hook();
  if (hook == nullptr || path == nullptr) return real(path, arguments, environment);
  auto** const room = static_cast<char**>(alloca((count_of(environment) + 2) * sizeof(char*)));
  const process_hooks::Program program = changed(hook, path, arguments, environment, room);
  return real(program.path, arguments, program.environment);
}

int spawn(SpawnFn* real, pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
          const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) noexcept {
  const process_hooks::ExecHook hook = process_hooks::detail::exec_hook();
  if (hook == nullptr || path == nullptr) return real(pid, path, actions, attributes, arguments, environment);
  auto** const room = static_cast<char**>(alloca((count_of(environment) + 2) * sizeof(char*)));
  const process_hooks::Program program = changed(hook, path, arguments, environment, room);
  return real(pid, program.path, actions, attributes, arguments, program.environment);
}

}  // namespace

GILSCOPE_INTERPOSE int execve(const char* path, char* const* arguments, char* const* environment) noexcept {
  return execute(path, arguments, environment);
}

GILSCOPE_INTERPOSE int execv(const char* path, char* const* arguments) noexcept {
  return execute(path, arguments, environ);
}

GILSCOPE_INTERPOSE int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                                   const posix_spawnattr_t* attributes, char* const* arguments,
                                   char* const* environment) noexcept {
  return spawn(real_posix_spawn, pid, path, actions, attributes, arguments, environment);
}

GILSCOPE_INTERPOSE int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                                    const posix_spawnattr_t* attributes, char* const* arguments,
                                    char* const* environment) noexcept {
  return spawn(real_posix_spawnp, pid, file, actions, attributes, arguments, environment);
}

GILSCOPE_INTERPOSE void _exit(int status) noexcept {
  process_hooks::detail::exiting(status);
  if (real_exit != nullptr) real_exit(status);
  for (;;) syscall(SYS_exit_group, status);
}

GILSCOPE_INTERPOSE void _Exit(int status) noexcept { _exit(status); }
