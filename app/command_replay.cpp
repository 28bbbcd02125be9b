// gilscope replay: a run that a trace file holds, once more before one's eyes, as slowly as one likes.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "app/children/children.h"
#include "app/command_line.h"
#include "app/live/playback.h"
#include "app/live/replay_view.h"
#include "app/parse_arguments.h"
#include "app/report/run_moment.h"
#include "app/terminal.h"
#include "app/trace_file/trace_reader.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr const char kReplayHelp[] =
    R"(Keys: space pauses; ',' and '.' make it slower and faster; n (or Enter) goes on to the next hand-over and says
what happened there, p goes back to the one before, g plays on; the arrows jump, Home and End go to the begin and
the end; q ends, and the last picture stays. Where output is no terminal, --step prints the sentences.

Examples:
  gilscope run -o run.gil app.py              record, once
  gilscope replay run.gil                     as fast as it was
  gilscope replay run.gil --speed 1/1000      a millisecond takes a second
  gilscope replay run.gil --step              from hand-over to hand-over
  gilscope replay run.gil --step | head       the same as text

Exit status: 0; 2 when the file cannot be read or there is nothing to show; 130 after Ctrl-C.)";

struct ReplayArguments {
  std::string file;
  std::string speed = "1";
  bool step = false;
  RunMoment from = kBeginOfRun;
  RunMoment to = kEndOfRun;
};

void add_options(CLI::App& app, ReplayArguments& arguments) {
  app.footer(kReplayHelp);
  app.add_option("FILE", arguments.file, "The trace that gilscope run -o FILE wrote")
      ->required()
      ->type_name("");
  app.add_option("--speed", arguments.speed, "How fast, against the run: 1/1000, 0.25, x10")
      ->type_name("SPEED")
      ->default_str("1");
  app.add_flag("--step", arguments.step, "Stand still, and go on to the next hand-over at a key");
  const auto add_moment = [&app](const char* name, RunMoment& moment, const char* help) {
    app.add_option_function<std::string>(
           name, [name, &moment](const std::string& text) { moment = parse_run_moment(text, name); }, help)
        ->type_name("TIME");
  };
  add_moment("--from", arguments.from, "Begin here: 1.5s, 200ms or 10%");
  add_moment("--to", arguments.to, "End here");
}

ReplayOptions options_for(const TraceReader& trace, const ReplayArguments& arguments) {
  const TraceFacts& facts = trace.facts();
  if (!facts.run.verified) {
    throw UserError(fmt::format(
        "'{}' holds no turns: {}", arguments.file,
        facts.run.unverified_reason.empty() ? "the run was not recorded" : facts.run.unverified_reason));
  }
  ReplayOptions options;
  options.speed = parse_speed(arguments.speed, "--speed");
  options.step = arguments.step;
  const std::uint64_t whole_ns = facts.now > facts.begin ? facts.scale.ns(facts.now - facts.begin) : 0;
  options.from_ns = arguments.from.in(whole_ns);
  options.to_ns = arguments.to.in(whole_ns);
  if (options.from_ns >= options.to_ns) {
    throw UserError("nothing lies between --from and --to; --from must be earlier, and in the run");
  }
  return options;
}

}  // namespace

int command_replay(std::span<const std::string> command) {
  ReplayArguments arguments;
  CLI::App app("Show a run that a trace file holds once more, in motion.", "gilscope replay");
  add_options(app, arguments);
  if (!parse_arguments(app, command)) return 0;
  parse_speed(arguments.speed, "--speed");

  std::optional<Report> made;
  const TraceReader trace = open_run(arguments.file, made);
  ReplayOptions options = options_for(trace, arguments);
  const Terminal terminal = describe_terminal(STDOUT_FILENO);
  options.look.colour = terminal.colour;
  options.look.ascii = !terminal.utf8;
  std::optional<TtyDevice> tty =
      can_move_cursor(STDOUT_FILENO) ? TtyDevice::open(STDOUT_FILENO) : std::nullopt;
  if (!tty && !options.step) {
    throw UserError(
        "replay draws on a terminal, and standard output is none that it can draw on; --step prints what "
        "happened, a sentence a line");
  }
  ReplayView view(trace, options);
  if (view.is_empty()) {
    throw UserError(
        fmt::format("'{}' holds no turn that has ended: there is nothing to show in motion", arguments.file));
  }
  if (tty) return view.play(*tty);
  view.tell(stdout);
  return 0;
}

}  // namespace gilscope::app
