#include "app/compare/process_tree.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <fmt/format.h>

namespace gilscope::app {

namespace {

namespace fs = std::filesystem;

void add_children(pid_t parent, std::vector<pid_t>& found) {
  std::error_code error;
  // A process's children are those of its threads.
  for (fs::directory_iterator task(fmt::format("/proc/{}/task", parent), error), end; !error && task != end;
       task.increment(error)) {
    std::ifstream children(task->path() / "children");
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
}

std::uint64_t proportional_bytes(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/smaps_rollup", process));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Pss:")) return std::stoull(line.substr(4)) * 1024;
  }
  return 0;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t root) {
  std::vector<pid_t> found;
  add_children(root, found);
  for (std::size_t i = 0; i < found.size(); ++i) add_children(found[i], found);
  return found;
}

std::uint64_t memory_of(const std::vector<pid_t>& processes) {
  std::uint64_t bytes = 0;
  for (const pid_t process : processes) bytes += proportional_bytes(process);
  return bytes;
}

}  // namespace gilscope::app
