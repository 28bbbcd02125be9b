#include "app/view_options.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/output_file.h"
#include "app/report/chrome.h"
#include "app/report/gecko.h"
#include "app/report/html.h"
#include "app/report/json_report.h"
#include "app/report/junit.h"
#include "app/report/perfetto.h"
#include "app/report/picture.h"
#include "app/report/summary.h"
#include "app/terminal.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

namespace fs = std::filesystem;

// The views that draw the records.
struct Drawn {
  const char* option;
  std::string ViewOptions::*file;
  void (*write)(const Report&, const Trace&, const ViewOptions&, std::ostream&);
  const char* help;
};
template <auto kWrite>
void write_whole(const Report& report, const Trace& trace, const ViewOptions&, std::ostream& out) {
  kWrite(report, trace, out);
}
void write_part(const Report& report, const Trace& trace, const ViewOptions& views, std::ostream& out) {
  write_picture(report, trace,
                {.format = picture_format(views.picture_file),
                 .from_ns = views.from.in(report.wall_ns),
                 .to_ns = views.to.in(report.wall_ns)},
                out);
}
constexpr Drawn kDrawn[] = {
    {"--html", &ViewOptions::html_file, write_whole<write_html>,
     "The run as a page to move about in: FILE is for any browser, and needs no network"},
    {"--perfetto", &ViewOptions::perfetto_file, write_whole<write_perfetto>,
     "Draw every turn on a time line: FILE is for ui.perfetto.dev"},
    {"--chrome", &ViewOptions::chrome_file, write_whole<write_chrome>,
     "Likewise in Chrome's format: FILE is for chrome://tracing or ui.perfetto.dev"},
    {"--gecko", &ViewOptions::gecko_file, write_whole<write_gecko>,
     "Call trees of who held the GIL: FILE is for profiler.firefox.com"},
    {"--picture", &ViewOptions::picture_file, write_part,
     "Draw the run for a slide, to FILE.png, FILE.svg or FILE.pdf"},
};

// What is being written, on a terminal, for as long as that takes: seconds, of millions of turns.
class Progress {
 public:
  explicit Progress(const std::string& file) : shown_(isatty(STDERR_FILENO) != 0) {
    if (shown_) fmt::print(stderr, "writing {} ...", file);
    std::fflush(stderr);
  }
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  bool shown_;
};

std::string file_needs_a_name(const std::string& path) {
  return path.empty() ? "needs the name of a file" : "";
}

// Also through links, and whether or not the file is there yet.
bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  if (fs::equivalent(a, b, error) && !error) return true;
  const fs::path first = fs::weakly_canonical(fs::absolute(a), error);
  if (error) return a == b;
  const fs::path second = fs::weakly_canonical(fs::absolute(b), error);
  return error ? a == b : first == second;
}

// What is no file, /dev/null as a rule, may be named twice.
bool is_device(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error) && !fs::is_regular_file(path, error);
}

}  // namespace

void add_view_options(CLI::App& app, ViewOptions& views) {
  app.add_option("--json", views.json_file, "Write the numbers as JSON to FILE ('-': standard output)")
      ->type_name("FILE")
      ->check(file_needs_a_name);
  for (const Drawn& drawn : kDrawn) {
    app.add_option(drawn.option, views.*drawn.file, drawn.help)->type_name("FILE")->check(file_needs_a_name);
  }
  app.get_option("--picture")->check([](const std::string& path) {
    picture_format(path);  // throws
    return std::string();
  });
  const auto add_moment = [&app](const char* name, RunMoment& moment, const char* help) {
    app.add_option_function<std::string>(
           name, [name, &moment](const std::string& text) { moment = parse_run_moment(text, name); }, help)
        ->type_name("TIME")
        ->needs("--picture");
  };
  add_moment("--from", views.from, "Picture the run from here on: 1.5s, 200ms or 10%");
  add_moment("--to", views.to, "Picture the run up to here");
  app.add_option_function<std::vector<std::string>>(
         "--budget",
         [&views](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             Budget more = parse_budget(text);
             views.budget.insert(views.budget.end(), more.begin(), more.end());
           }
         },
         "End with status 4 when a bound on the numbers is broken: gilscope help budget")
      ->type_name("BOUNDS")
      ->expected(1)
      ->take_all();
  app.add_option("--junit", views.junit_file,
                 "Write what became of the budget as test cases, for Jenkins, GitLab and others")
      ->type_name("FILE.xml")
      ->check(file_needs_a_name)
      ->needs("--budget");
  app.add_option("--cores", views.estimate.cores,
                 "Estimate what the run would take without the GIL on N cores (default: those it had)")
      ->type_name("N")
      ->check(CLI::Range(0.01, 1e6));
  app.add_option("--price", views.estimate.price,
                 "... where one thread takes X times as long as with the GIL (default: 1)")
      ->type_name("X")
      ->check(CLI::Range(0.01, 1e3));
  app.add_flag("--full", views.full, "In the summary, every entry of each list: places, longest waits, ...");
  app.add_flag("-q,--quiet", views.quiet, "Print no summary");
}

std::vector<NamedFile> view_files(const ViewOptions& views) {
  std::vector<NamedFile> files;
  if (!views.json_file.empty()) files.push_back({"--json", views.json_file});
  if (!views.junit_file.empty()) files.push_back({"--junit", views.junit_file});
  for (const Drawn& drawn : kDrawn) {
    if (!(views.*drawn.file).empty()) files.push_back({drawn.option, views.*drawn.file});
  }
  return files;
}

void check_view_files(const std::vector<NamedFile>& files, const std::vector<NamedFile>& inputs) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto refuse_same = [&](const NamedFile& other) {
      if (is_device(files[i].path) || !is_same_file(files[i].path, other.path)) return;
      throw UserError(fmt::format("{} would overwrite {}: both name '{}'; name another file", files[i].option,
                                  other.option, files[i].path));
    };
    for (std::size_t j = 0; j < i; ++j) refuse_same(files[j]);
    for (const NamedFile& input : inputs) refuse_same(input);
    check_writable(files[i].path);
  }
}

std::string independent_of_folder(const std::string& path) {
  if (path.empty() || path == "-") return path;
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? path : absolute.string();
}

void fix_view_files(ViewOptions& views) {
  views.json_file = independent_of_folder(views.json_file);
  views.junit_file = independent_of_folder(views.junit_file);
  for (const Drawn& drawn : kDrawn) views.*drawn.file = independent_of_folder(views.*drawn.file);
}

bool write_to_standard_output(const ViewOptions& views) {
  return std::ranges::any_of(view_files(views), [](const NamedFile& file) { return file.path == "-"; });
}

bool needs_trace(const ViewOptions& views) {
  return std::ranges::any_of(kDrawn, [&](const Drawn& drawn) { return !(views.*drawn.file).empty(); });
}

void show_summary(const Report& report, const ViewOptions& views, int descriptor) {
  if (views.quiet) return;
  const Terminal terminal = describe_terminal(descriptor);
  const std::string text = summary(report, {.width = terminal.width,
                                            .colour = terminal.colour,
                                            .ascii = !terminal.utf8,
                                            .max_threads = 0,
                                            .full = views.full});
  std::FILE* const stream = descriptor == 1 ? stdout : stderr;
  std::fflush(stream);
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

bool keep_budget(const Report& report, const ViewOptions& views, bool say) {
  if (views.budget.empty()) return true;
  const BudgetResult result = check_budget(views.budget, report);
  if (!views.junit_file.empty()) {
    write_file(views.junit_file, [&](std::ostream& out) { write_junit(result, report, out); });
  }
  if (say) fmt::print(stderr, "{}", budget_text(result));
  return result.broken() == 0;
}

void write_views(const Report& report, const Trace* trace, const ViewOptions& views) {
  if (!views.json_file.empty()) {
    write_file(views.json_file, [&](std::ostream& out) { out << json_report(report); });
  }
  static const NoTrace kNoTrace;
  for (const Drawn& drawn : kDrawn) {
    const std::string& file = views.*drawn.file;
    if (file.empty()) continue;
    const Progress progress(file);
    write_file(file, [&](std::ostream& out) {
      drawn.write(report, trace != nullptr ? *trace : kNoTrace, views, out);
    });
  }
}

}  // namespace gilscope::app
