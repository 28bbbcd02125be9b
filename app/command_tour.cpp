// gilscope tour: the talk about the GIL and the ways around it, on the machine that it is given on.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/compare/compare_picture.h"
#include "app/compare/compare_text.h"
#include "app/compare/workspace.h"
#include "app/output_file.h"
#include "app/parse_arguments.h"
#include "app/processor_name.h"
#include "app/report/units.h"
#include "app/terminal.h"
#include "app/tour/tour.h"
#include "app/user_error.h"
#include "embed/gil_location.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

constexpr const char kTourHelp[] =
    R"(Each step shows a question and what an audience is likely to guess, and waits: Enter runs it, 's' skips it, 'q'
ends the tour. Then it is run, for real: the lanes show who held the GIL and who waited, large digits the figure,
and a sentence what was learned, from what was measured here and now. At the end comes the comparison of all ways
of making an image gray, also as a picture for a slide.

How much work a step gets is measured at the start, so that it takes 2 to 10 seconds on any machine. A step for which
something is not installed is skipped, and says what. Nothing is fetched from a network.

Examples:
  gilscope tour                             the talk, in five to ten minutes
  gilscope tour --list                      the steps
  gilscope tour threads native-released     only these two
  gilscope tour --skip asyncio,io --auto    all but these, without waiting
  gilscope tour --auto --seconds 0.2        a rehearsal: is all here?

Exit status: 0; 1 when a step failed; 2 for a wrong command line; 130 after Ctrl-C, which shows what there is.)";

constexpr double kUsualSeconds = 3;
constexpr double kLeastSeconds = 0.001;
constexpr double kMostSeconds = 60;
constexpr int kLeastWidth = 60;
constexpr int kMostPictures = 1000;

struct TourOptions {
  std::vector<std::string> steps;
  std::vector<std::string> only;
  std::vector<std::string> skip;
  double seconds = kUsualSeconds;
  std::string free_threaded;
  std::string picture_file;
  bool list = false;
  bool goes_on = false;
};

void add_options(CLI::App& app, TourOptions& options) {
  app.add_option("STEP", options.steps, "Only these steps, in the tour's order (default: all)")
      ->type_name("");
  app.add_flag("--list", options.list, "List the steps, and run nothing");
  app.add_option("--only", options.only, "Only these steps, as threads,io")
      ->delimiter(',')
      ->type_name("A,B,...");
  app.add_option("--skip", options.skip, "All steps but these")->delimiter(',')->type_name("A,B,...");
  app.add_flag("--auto", options.goes_on, "Do not wait for Enter");
  app.add_option("--seconds", options.seconds, "What the first run of a step is to take (default: 3)")
      ->type_name("SECONDS")
      ->check(CLI::Range(kLeastSeconds, kMostSeconds).description("0.001 to 60"));
  app.add_option("--free-threaded", options.free_threaded,
                 "A gilscope that is linked to a free-threaded Python (default: gilscope-ft beside this one)")
      ->type_name("PATH");
  app.add_option(
         "--picture", options.picture_file,
         "Where the picture of the comparison goes: FILE.png, .svg or .pdf, which is replaced (default: "
         "gilscope-tour.png here, or gilscope-tour-2.png if that exists)")
      ->type_name("FILE")
      ->check([](const std::string& path) {
        picture_format(path);  // throws
        return std::string();
      });
}

// A name in this folder that nobody has.
std::string free_name() {
  std::error_code error;
  for (int number = 1; number <= kMostPictures; ++number) {
    const std::string name = number == 1 ? "gilscope-tour.png" : fmt::format("gilscope-tour-{}.png", number);
    if (!std::filesystem::exists(std::filesystem::symlink_status(name, error))) return name;
  }
  throw UserError("there are a thousand gilscope-tour-*.png here; name another with --picture");
}

void write_picture_of(const Comparison& comparison, const std::string& path) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count());
  write_file(path, [&](std::ostream& out) {
    write_comparison_picture(comparison, picture_format(path), now_ns, out);
  });
}

// What all of it has shown: a sentence a step, the comparison, the picture.
void close(const Tour& tour, const TourLook& look, const std::string& picture) {
  if (tour.rows().empty()) return;
  fmt::print("\n{}\n{}", look.paint().strong("What was learned"), closing_text(tour.rows(), look));
  std::optional<Comparison> comparison = tour.comparison();
  if (!comparison) {
    fmt::print("\nThere is no picture: nothing was run that could be compared.\n");
    return;
  }
  comparison->gilscope_version = GILSCOPE_VERSION;
  comparison->python_version = GILSCOPE_PYTHON_VERSION;
  comparison->machine = processor_name();
  comparison->cores = kernels::available_cores();
  const std::string text = comparison_text(
      *comparison, {.width = static_cast<int>(look.width), .colour = look.colour, .ascii = look.ascii});
  fmt::print("\n{}", text);
  std::fflush(stdout);
  write_picture_of(*comparison, picture);
  fmt::print("\nThe picture of this comparison: {}\n", picture);
}

}  // namespace

int command_tour(std::span<const std::string> arguments) {
  TourOptions options;
  CLI::App app("The talk: the GIL and the ways around it, step by step, on this machine.", "gilscope tour");
  app.footer(kTourHelp);
  add_options(app, options);
  if (!parse_arguments(app, arguments)) return 0;
  if (options.list) {
    fmt::print("Steps\n{}", steps_text());
    return 0;
  }
  options.only.insert(options.only.end(), options.steps.begin(), options.steps.end());
  TourPlan plan;
  plan.steps = chosen_steps(options.only, options.skip);
  plan.runner.seconds = options.seconds;
  plan.waits = !options.goes_on;
  if (plan.waits && isatty(STDIN_FILENO) == 0) {
    throw UserError(
        "the tour waits for Enter before each step, and standard input is no terminal; --auto goes on "
        "without");
  }
  const std::string picture = options.picture_file.empty() ? free_name() : options.picture_file;
  check_writable(picture);
  plan.runner.free_threaded = options.free_threaded.empty() ? free_threaded_beside() : options.free_threaded;
  const Terminal terminal = describe_terminal(STDOUT_FILENO);
  plan.look = {.width = static_cast<std::size_t>(std::max(terminal.width, kLeastWidth)),
               .colour = terminal.colour,
               .ascii = !terminal.utf8};
  plan.runner.shows_progress = can_move_cursor(STDERR_FILENO);

  plan.runner.width = plan.look.width;
  plan.runner.ascii = plan.look.ascii;

  SignalWatch signals;
  Tour tour(plan, signals);
  fmt::print("gilscope tour: {} on CPython {}, {}\n", counted(plan.steps.size(), "step"),
             GILSCOPE_PYTHON_VERSION,
             counted(static_cast<std::uint64_t>(kernels::available_cores()), "core"));
  const char* const chosen = std::getenv("PYTHON_GIL");
  if (py::is_free_threaded() && (chosen == nullptr || *chosen == '\0')) {
    setenv("PYTHON_GIL", "1", 1);
    fmt::print("This gilscope is linked to a free-threaded Python: the steps run with its GIL on.\n");
  }
  std::fflush(stdout);
  tour.perform();
  close(tour, plan.look, picture);
  if (signals.ended_by() != 0) return 128 + signals.ended_by();
  return tour.has_failed() ? 1 : 0;
}

}  // namespace gilscope::app
