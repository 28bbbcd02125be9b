// The verbs, and what follows them on the command line. One table of verbs: help, dispatch, suggestions and
// completions read it. Not for what a verb does: command_<verb>.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/live_web/live_web_options.h"
#include "app/view_options.h"
#include "embed/script.h"

namespace gilscope::app {

/// What follows `gilscope run`.
struct RunOptions {
  int threads = 1;
  std::string call;                 ///< --call: function to run on the threads; empty: the whole script
  std::optional<std::string> venv;  ///< --venv
  bool trace = true;                ///< false: --no-trace
  bool locations = true;            ///< false: --no-locations
  std::string trace_file;           ///< -o; empty: none
  std::uint64_t trace_limit = 0;    ///< --trace-limit: most bytes of the trace
  bool children = false;            ///< --children
  std::string live;                 ///< --live: "terminal" or "web"; empty: no view while the run goes on
  LiveWebOptions web;               ///< --port, --open, --stay
  std::vector<std::uint64_t>
      switch_intervals_ns;     ///< --switch-interval; empty: Python's own; several: a sweep
  std::string interval_notes;  ///< --switch-interval-notes: where a run of a sweep tells who set another
  ViewOptions views;
  std::vector<std::string> python_options;  ///< -X, -W, -u ...: passed on as they are
  py::ScriptSource script;
  std::vector<std::string> script_arguments;  ///< sys.argv[1:]
  std::vector<std::string> own_options;       ///< as typed, without where results go and --switch-interval
  std::vector<std::string> script_words;      ///< as typed: the script and its arguments
  std::string command;                        ///< as a person would type it, without where the results go
};

struct Command {
  const char* name;
  const char* summary;
  int (*run)(std::span<const std::string> arguments);
};
std::span<const Command> commands();

/// As one would type it in a shell, on one line.
std::string shell_quoted(const std::string& argument);

/// Finds the verb and runs it. Returns the exit status. Throws UserError.
int run_command_line(std::span<const std::string> arguments);

/// Parses what follows `run`. Throws UserError; prints help and returns nothing when that was asked for.
std::optional<RunOptions> parse_run(std::span<const std::string> arguments);

/// Whether the records themselves are wanted after the run, beside those of -o.
bool keeps_records(const RunOptions& options);

int command_run(std::span<const std::string> arguments);
int command_report(std::span<const std::string> arguments);
int command_replay(std::span<const std::string> arguments);
int command_compare(std::span<const std::string> arguments);
int command_tour(std::span<const std::string> arguments);
int command_doctor(std::span<const std::string> arguments);
int command_completion(std::span<const std::string> arguments);

}  // namespace gilscope::app
