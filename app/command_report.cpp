// gilscope report: what a trace file holds, as every view shows it.
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/children/children.h"
#include "app/command_line.h"
#include "app/parse_arguments.h"
#include "app/trace_file/trace_reader.h"
#include "app/user_error.h"
#include "app/view_options.h"

namespace gilscope::app {

namespace {

constexpr const char kReportHelp[] =
    R"(The numbers are those that the run itself showed, to the last digit: both are made from the same records. Of a
run that was killed, what was recorded up to its last tenth of a second is shown, and that it ends there.

Examples:
  gilscope run -o run.gil app.py         record, once
  gilscope report run.gil                look, as often as one likes
  gilscope report run.gil --full         all ten of each list
  gilscope report run.gil --json -       the numbers as JSON, for another program
  gilscope report run.gil --budget 'longest_wait<20ms'    and say whether that held

Exit status: 0; 4 when a bound of --budget is broken (see gilscope help budget); 2 when the file cannot be
read: it is no trace, or of a newer gilscope.)";

}  // namespace

int command_report(std::span<const std::string> arguments) {
  std::string file;
  ViewOptions views;
  CLI::App app("Show what a trace file holds.", "gilscope report");
  app.footer(kReportHelp);
  app.add_option("FILE", file, "The trace that gilscope run -o FILE wrote")->required()->type_name("");
  add_view_options(app, views);
  if (!parse_arguments(app, arguments)) return 0;
  check_view_files(view_files(views), {{"the trace", file}});

  std::optional<Report> made;
  const TraceReader trace = open_run(file, made);
  // What was made on the way has the estimate that nobody asked to change.
  const bool asks_more = views.estimate.cores != 0 || views.estimate.price != 1;
  const Report report = made && !asks_more ? std::move(*made) : report_of(trace, nullptr, views.estimate);
  if (!write_to_standard_output(views)) show_summary(report, views, STDOUT_FILENO);
  write_views(report, &trace, views);
  return keep_budget(report, views, true) ? 0 : kExitBudget;
}

}  // namespace gilscope::app
