#include "app/children/child_programs.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include "embed/probe/process_hooks.h"

namespace gilscope::app {

namespace {

constexpr const char kVariable[] = "GILSCOPE_CHILD_OF";

// Made before the script's first line; only read in the hook, which may run in a child of vfork.
struct Redirection {
  char gilscope[PATH_MAX] = {};
  char board[PATH_MAX] = {};                        // a file of the run: gone, when it is over
  char variable[PATH_MAX + sizeof kVariable] = {};  // GILSCOPE_CHILD_OF=folder
  struct File {
    dev_t device = 0;
    ino_t number = 0;
  };
  File pythons[2];
} redirection;

bool is_python(const char* path) noexcept {
  struct stat facts;
  if (stat(path, &facts) != 0) return false;
  for (const Redirection::File& python : redirection.pythons) {
    if (python.number != 0 && facts.st_dev == python.device && facts.st_ino == python.number) return true;
  }
  return false;
}

// It only waits for the end of the others, which it outlives.
bool is_resource_tracker(char* const* arguments) noexcept {
  for (; *arguments != nullptr; ++arguments) {
    if (std::strncmp(*arguments, "from multiprocessing.resource_tracker import main", 49) == 0) return true;
  }
  return false;
}

void redirect(probe::process_hooks::Program& program) noexcept {
  if (program.arguments == nullptr || program.arguments[0] == nullptr || !is_python(program.path) ||
      is_resource_tracker(program.arguments) || access(redirection.board, F_OK) != 0) {
    return;
  }
  char** end = program.environment;
  while (*end != nullptr) ++end;
  *end = redirection.variable;
  program.path = redirection.gilscope;
}

Redirection::File file_at(const char* path) {
  struct stat facts;
  if (stat(path, &facts) != 0) return {};
  return {facts.st_dev, facts.st_ino};
}

void copy(char* to, std::size_t room, const std::string& text) {
  if (text.size() < room) std::memcpy(to, text.c_str(), text.size() + 1);
}

}  // namespace

void redirect_programs(const std::string& folder, const std::string& python) {
  const ssize_t size = readlink("/proc/self/exe", redirection.gilscope, sizeof redirection.gilscope - 1);
  if (size <= 0) return;
  redirection.gilscope[size] = '\0';
  copy(redirection.board, sizeof redirection.board, folder + "/board");
  copy(redirection.variable, sizeof redirection.variable, std::string(kVariable) + "=" + folder);
  redirection.pythons[0] = file_at(GILSCOPE_PYTHON_EXECUTABLE);
  redirection.pythons[1] = file_at(python.c_str());
  probe::process_hooks::set_exec_hook(redirect);
}

std::optional<std::string> take_board_folder() {
  const char* const folder = std::getenv(kVariable);
  if (folder == nullptr) return std::nullopt;
  std::string taken = folder;
  unsetenv(kVariable);
  return taken;
}

}  // namespace gilscope::app
