// One question to a child process that runs Python for a comparison, and its answer. Not for what is asked
// when: comparer.h. Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/compare/child_process.h"
#include "app/compare/comparison.h"
#include "app/compare/workspace.h"

namespace gilscope::app {

/// What a workload's file offers.
struct WorkloadFacts {
  std::string title;
  std::vector<std::string> sizes;
  std::map<std::string, int> lines;  ///< by function; those that the file has
  std::vector<std::string> built;    ///< functions that import what must be built before, in Cython
  std::vector<std::string> modules;  ///< that any of them imports and that are not Python's own
  /// A function that looks like a misspelt pattern, and the pattern.
  std::map<std::string, std::string> near;
};

/// One measurement, or why there is none.
struct Measured {
  Outcome outcome = Outcome::kNotRun;  ///< kNotRun: interrupted
  std::string message;
  std::string traceback;
  Measurement measurement;
};

class Measurer {
 public:
  /// `workload` is a file; `free_threaded` the second gilscope, or empty.
  Measurer(std::string workload, std::string free_threaded, std::chrono::milliseconds timeout,
           const Workspace& workspace, SignalWatch& signals);

  /// Throws UserError when the file is no workload.
  WorkloadFacts describe();
  /// A size beside those that the file has: one number, or a tuple of several.
  void add_size(const std::string& name, std::vector<std::int64_t> numbers);
  /// Called a few dozen times a second while a child runs.
  void while_running(std::function<void()> tell) { while_running_ = std::move(tell); }

  /// Why a pattern cannot run at all; empty: it may.
  std::string why_not(const Pattern& pattern) const;
  /// Runs it once. The first for a size must be the sequential one, or a `reference`: what it returns is then
  /// what the others must return. `trace`: a file that its turns are recorded to, unless it is empty.
  Measured measure(const Pattern& pattern, const std::string& size, int threads,
                   const std::string& trace = {}, bool reference = false);
  /// The sequential work in `processes` processes at once: only wall_ns is told, the mean of theirs.
  Measured measure_crowd(const std::string& size, int processes);
  /// Imports a module into the free-threaded Python. Nothing: interrupted.
  std::optional<ModuleVerdict> try_free_threaded(const std::string& module);
  /// A file of the comparison's own.
  std::string file(std::string_view name) const { return workspace_.file(name); }
  /// Builds what it imports. Only the outcome is told: kMeasured, or why it cannot be.
  Measured build(const Pattern& pattern);
  /// As measure, but the processes that the pattern starts do nothing: only wall_ns is told.
  Measured measure_start(const Pattern& pattern, int threads);
  /// The Python of the free-threaded gilscope; empty when there is none.
  const std::string& free_threaded_version() const noexcept { return free_threaded_version_; }

 private:
  struct Answer;
  Answer ask(const std::string& program, const std::string& request, std::chrono::milliseconds timeout,
             const std::string& trace = {});
  Measured judged(const Answer& answer) const;
  std::string request(const Pattern& pattern, const char* act, const std::string& size, int threads,
                      bool reference = false) const;
  void look_at_free_threaded();

  std::string workload_;
  std::string free_threaded_;
  std::string free_threaded_version_;
  std::string why_not_free_threaded_;
  std::chrono::milliseconds timeout_;
  std::map<std::string, std::vector<std::int64_t>> added_sizes_;
  std::function<void()> while_running_;
  const Workspace& workspace_;
  SignalWatch& signals_;
};

}  // namespace gilscope::app
