#include "app/compare/workspace.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "app/compare/driver_files.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

namespace fs = std::filesystem;

// Where it was installed, or built.
std::vector<fs::path> workload_folders() {
  const fs::path program = own_program();
  return {program.parent_path().parent_path() / "share" / "gilscope" / "workloads", GILSCOPE_WORKLOADS};
}

// The first line of the docstring.
std::string title_in(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  const std::size_t begin = line.find_first_not_of("rR\"'");
  if (begin == std::string::npos) return "";
  return line.substr(begin, line.find_last_not_of("\"'.") + 1 - begin);
}

}  // namespace

Workspace::Workspace() {
  std::error_code error;
  fs::path parent = fs::temp_directory_path(error);
  if (error) parent = "/tmp";
  std::string name = (parent / "gilscope-compare-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw UserError(fmt::format("no folder can be made in '{}': {}; name another with TMPDIR",
                                parent.string(), std::strerror(errno)));
  }
  folder_ = name;
  for (const DriverFile& one : driver_files()) write(one.name, one.text);
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string Workspace::file(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

std::string Workspace::read(std::string_view name) const {
  std::ifstream stream(file(name), std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void Workspace::write(std::string_view name, std::string_view text) const {
  std::ofstream stream(file(name), std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw UserError(fmt::format("cannot write '{}': {}", file(name), std::strerror(errno)));
}

void Workspace::remove(std::string_view name) const noexcept { unlink(file(name).c_str()); }

std::string find_workload(const std::string& name) {
  std::error_code error;
  if (name.find('/') != std::string::npos || name.ends_with(".py")) {
    if (fs::is_directory(name, error)) throw UserError(fmt::format("'{}' is a folder, not a workload", name));
    if (access(name.c_str(), R_OK) != 0) {
      throw UserError(fmt::format("cannot open the workload '{}': {}", name, std::strerror(errno)));
    }
    return fs::canonical(name).string();
  }
  const std::vector<fs::path> folders = workload_folders();
  for (const fs::path& folder : folders) {
    const fs::path file = folder / (name + ".py");
    if (fs::is_regular_file(file, error)) return fs::canonical(file).string();
  }
  std::vector<std::string> names;
  for (const auto& [known, title] : known_workloads()) names.push_back(known);
  if (names.empty()) {
    throw UserError(
        fmt::format("gilscope's workloads are neither in '{}' nor in '{}'; name a file, as in: "
                    "gilscope compare ./mine.py",
                    folders[0].string(), folders[1].string()));
  }
  throw UserError(
      fmt::format("there is no workload '{}'; there are: {}; or name a file, as in: gilscope "
                  "compare ./{}.py",
                  name, fmt::join(names, ", "), name));
}

std::vector<std::pair<std::string, std::string>> known_workloads() {
  std::map<std::string, std::string> known;
  std::error_code error;
  for (const fs::path& folder : workload_folders()) {
    for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
      if (file->path().extension() != ".py" || file->path().stem().string().starts_with('_')) continue;
      known.emplace(file->path().stem().string(), title_in(file->path()));
    }
  }
  return {known.begin(), known.end()};
}

std::string own_program() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) throw UserError("compare needs /proc: mount it");
  return program.string();
}

std::string free_threaded_beside() {
  const std::string beside = (fs::path(own_program()).parent_path() / "gilscope-ft").string();
  return access(beside.c_str(), X_OK) == 0 ? beside : "";
}

}  // namespace gilscope::app
