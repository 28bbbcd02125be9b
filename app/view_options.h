// The views of a run that a user asks for on the command line: the one list of them, for `run` and `report`
// alike. Not for what a view shows: report/. Thread rule: one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "app/budget/budget.h"
#include "app/report/report.h"
#include "app/report/run_moment.h"
#include "app/timeline/estimate.h"
#include "app/trace_file/trace.h"

namespace CLI {
class App;
}

namespace gilscope::app {

struct ViewOptions {
  // Files; "-" is standard output; empty: none.
  std::string json_file;
  std::string html_file;
  std::string perfetto_file;
  std::string chrome_file;
  std::string gecko_file;
  std::string picture_file;      ///< PNG, SVG or PDF by its extension; never standard output
  RunMoment from = kBeginOfRun;  ///< the part of the run that the picture shows
  RunMoment to = kEndOfRun;
  EstimateOptions estimate;  ///< what the estimate without the GIL is made for
  bool quiet = false;        ///< no summary
  bool full = false;         ///< every entry of the summary's lists
  Budget budget;             ///< empty: none
  std::string junit_file;
};

/// Adds the options to a verb's command line.
void add_view_options(CLI::App& app, ViewOptions& views);

/// An option that names a file, and the file.
struct NamedFile {
  std::string option;
  std::string path;
};
/// The files that the views go to.
std::vector<NamedFile> view_files(const ViewOptions& views);

/// To be called before the work begins. Throws UserError when one of `files` cannot be written later on, or
/// when two are the same, or the same as one of `inputs`.
void check_view_files(const std::vector<NamedFile>& files, const std::vector<NamedFile>& inputs);

/// Makes the files independent of the working folder, which a script may change.
void fix_view_files(ViewOptions& views);
std::string independent_of_folder(const std::string& path);

/// Whether a view goes to standard output: it is for a program, which a summary would disturb.
bool write_to_standard_output(const ViewOptions& views);

/// Whether a view draws the records themselves: it needs a Trace, not the numbers alone.
bool needs_trace(const ViewOptions& views);

/// Writes the summary to `descriptor`, unless it is not wanted, as wide and as colourful as that is.
void show_summary(const Report& report, const ViewOptions& views, int descriptor);
/// Checks the budget if there is one: says on standard error what became of it, unless that is closed
/// (`say`), and writes the JUnit file. False: a bound is broken.
bool keep_budget(const Report& report, const ViewOptions& views, bool say);
/// Writes all other views. `trace` may be null where nothing was recorded.
void write_views(const Report& report, const Trace* trace, const ViewOptions& views);

}  // namespace gilscope::app
