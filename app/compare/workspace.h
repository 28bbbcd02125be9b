// A folder of a comparison's own: the Python files that measure, what goes to them and comes back. And where
// workloads are. Thread rule: one thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gilscope::app {

class Workspace {
 public:
  /// Makes the folder in $TMPDIR. Throws UserError.
  Workspace();
  /// Removes it.
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  const std::string& folder() const noexcept { return folder_; }
  std::string file(std::string_view name) const;

  /// The content of a file in it; empty when it is not there.
  std::string read(std::string_view name) const;
  /// Throws UserError.
  void write(std::string_view name, std::string_view text) const;
  void remove(std::string_view name) const noexcept;

 private:
  std::string folder_;
};

/// The file of a workload: a path, or the name of one that comes with gilscope. Throws UserError.
std::string find_workload(const std::string& name);

/// Those that come with gilscope: the name, and the title that its file begins with.
std::vector<std::pair<std::string, std::string>> known_workloads();

/// The second, free-threaded gilscope beside this one; empty: there is none.
std::string free_threaded_beside();

/// The file of this program.
std::string own_program();

}  // namespace gilscope::app
