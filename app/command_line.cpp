#include "app/command_line.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/budget/budget_help.h"
#include "app/help_text.h"
#include "app/intervals/interval_list.h"
#include "app/nearest_name.h"
#include "app/parse_arguments.h"
#include "app/trace_file/trace_output.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr Command kCommands[] = {
    {"run", "Run a Python script, and say what the GIL did", command_run},
    {"report", "Show what a trace file of an earlier run holds", command_report},
    {"replay", "Show such a run again in the terminal, in slow motion or step by step", command_replay},
    {"compare", "Do the same work every way there is, side by side", command_compare},
    {"tour", "The talk: questions, runs and what they show, step by step", command_tour},
    {"doctor", "Say which Python this is, and whether the probe sees its GIL", command_doctor},
    {"completion", "Teach bash, zsh or fish to complete gilscope's command lines", command_completion},
};

constexpr int kMaxThreads = 1024;
constexpr std::uint64_t kLeastTrace = 64 * 1024;

constexpr const char kRunHelp[] =
    R"(The script gets everything after its name, as with python3: put gilscope's options before it.

Examples:
  gilscope run app.py                     once, on the main thread
  gilscope run -t 2 countdown.py          the whole script on two native threads at once
  gilscope run -t 8 --call work app.py    app.py once, then work(index, count) on 8 threads
  gilscope run -o run.gil app.py          and keep it: gilscope report run.gil
  gilscope run --json run.json -m pytest  the numbers as JSON, too
  gilscope run --budget 'longest_wait<50ms, gives(resize)>=1' app.py     fail if that is not so
  gilscope run --switch-interval 5ms,1ms,0.1ms app.py   what would another interval do?
  gilscope run --children pool.py         and the processes that it makes: a GIL each, on one time axis
  gilscope run --live app.py              watch it: who holds the GIL, who waits
  gilscope run --live=web --open app.py   watch it in the browser while it runs

--live draws below what the script prints, and has the keys: space pauses the picture, ',' and '.' make it
slower and faster, '[' and ']' change the switch interval, 'i' types to a script that reads its standard
input (Escape: back), 'q' ends the view, not the run. A script that draws on the whole terminal itself does
not go with it.

Several --switch-interval run the script once at each, with an empty standard input.

--children traces what os.fork, multiprocessing (fork, spawn, forkserver) and subprocess with sys.executable
make, and their children. Each writes a trace of its own beside that of -o, or in TMPDIR; at the end all
become one. --trace-limit is for each. A program that is not this Python is not traced, nor what it starts;
nor is multiprocessing's resource tracker, which only waits. What outlives the run is told up to its end.

Exit status: the script's own (SystemExit); 0; 1 after an uncaught exception on the main thread or one
of -t; 2 for a wrong command line or a missing file; 3 for a fault of gilscope; 4 when the script succeeded,
but a bound of --budget is broken (see gilscope help budget); 130 after Ctrl-C (a second one ends it at once).
The summary goes to standard error. NO_COLOR is respected.)";

}  // namespace

std::string shell_quoted(const std::string& argument) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=,:@%+";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) return argument;
  std::string text = "'";
  for (const char c : argument) {
    if (c == '\'') {
      text += "'\\''";
    } else if (c == '\n') {
      text += "; ";
    } else {
      text += c;
    }
  }
  return text + "'";
}

bool keeps_records(const RunOptions& options) {
  return needs_trace(options.views) || options.live == "web" || options.children;
}

namespace {

std::string usage() {
  std::string text =
      "gilscope: see CPython's global interpreter lock at work\n\n"
      "Usage: gilscope COMMAND [OPTIONS] ...\n\nCommands:\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<12}{}\n", command.name, command.summary);
  text +=
      "\nStart with:  gilscope doctor\n"
      "             gilscope run -t 2 -c 'for i in range(10**7): pass'\n\n"
      "`gilscope COMMAND --help` says more, `gilscope help budget` what a budget can bound.\n"
      "`gilscope --version` names the version.\n";
  return text;
}

struct OptionNames {
  std::vector<std::string_view> flags;
  std::vector<std::string_view> with_value;
};
// Where a run's results go is no part of what it is called, and would fill the title of a picture.
const OptionNames kOutputs = {
    {"-q", "--quiet", "--full", "--live", "--open", "--stay"},
    {"-o", "--output", "--trace-limit", "--json", "--html", "--perfetto", "--chrome", "--gecko", "--picture",
     "--from", "--to", "--port", "--budget", "--junit", "--switch-interval-notes"}};
const OptionNames kSweep = {{}, {"--switch-interval"}};

std::vector<std::string> without(const OptionNames& names, std::span<const std::string> options) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string_view option = options[i];
    if (std::ranges::find(names.flags, option.substr(0, option.find('='))) != names.flags.end()) continue;
    const bool joined = option.starts_with("-o") && !option.starts_with("--") && option.size() > 2;
    const std::string_view name = joined ? option.substr(0, 2) : option.substr(0, option.find('='));
    if (std::ranges::find(names.with_value, name) == names.with_value.end()) {
      kept.emplace_back(option);
    } else if (name == option) {
      ++i;  // the value
    }
  }
  return kept;
}

// CLI11 would go on to look for options behind the script's name; this is where python3 stops.
std::size_t find_script(const CLI::App& app, std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-" || !argument.starts_with('-')) return i;
    if (argument == "--") return i;
    if (argument.starts_with("-c") || argument.starts_with("-m")) return i;
    const bool joined =
        argument.starts_with("--") ? argument.find('=') != std::string::npos : argument.size() > 2;
    const CLI::Option* const option = app.get_option_no_throw(argument);
    if (option != nullptr && !joined && option->get_items_expected_min() > 0) ++i;
  }
  return arguments.size();
}

// What python3 calls the script: -c CODE, -m MODULE, - or FILE, and its arguments.
void take_script(std::span<const std::string> arguments, RunOptions& options) {
  if (!arguments.empty() && arguments.front() == "--") arguments = arguments.subspan(1);
  if (arguments.empty()) {
    throw UserError("nothing to run: name a SCRIPT, -m MODULE, -c CODE or - (see gilscope run --help)");
  }
  const std::string& first = arguments.front();
  using Kind = py::ScriptSource::Kind;
  std::size_t used = 1;
  if (first == "-") {
    options.script = {Kind::kStdin, ""};
  } else if (first.starts_with("-c") || first.starts_with("-m")) {
    options.script.kind = first[1] == 'c' ? Kind::kCommand : Kind::kModule;
    if (first.size() > 2) {
      options.script.text = first.substr(2);
    } else if (arguments.size() > 1) {
      options.script.text = arguments[1];
      used = 2;
    } else {
      throw UserError(
          fmt::format("{} needs {} after it", first, first == "-c" ? "code" : "the name of a module"));
    }
  } else {
    options.script = {Kind::kFile, first};
  }
  options.script_arguments.assign(arguments.begin() + static_cast<std::ptrdiff_t>(used), arguments.end());
}

// The script is not CLI11's to parse, so its usage line would leave it out.
class RunFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App*, std::string) const override {
    return "Usage: gilscope run [OPTIONS] SCRIPT | -m MODULE | -c CODE | -  [ARGUMENTS ...]\n";
  }
};

void add_python_options(CLI::App& app, std::vector<std::string>& passed) {
  const auto add_value = [&](const char* name, const char* description) {
    app.add_option_function<std::vector<std::string>>(
           name,
           [&passed, name](const std::vector<std::string>& values) {
             for (const std::string& value : values) {
               passed.emplace_back(name);
               passed.push_back(value);
             }
           },
           description)
        ->expected(1)
        ->take_all()
        ->group("Python's own options");
  };
  add_value("-X", "Implementation option, such as -X dev");
  add_value("-W", "Warning control");
  for (const auto& [name, description] : {std::pair{"-u", "Unbuffered standard streams"},
                                          {"-O", "Remove assertions (-OO: and docstrings)"},
                                          {"-B", "Write no .pyc files"},
                                          {"-E", "Ignore PYTHON* environment variables"},
                                          {"-I", "Isolate from the user's environment"},
                                          {"-P", "Do not put the script's folder on sys.path"},
                                          {"-s", "No user site directory"},
                                          {"-S", "Do not import site"},
                                          {"-b", "Warn about bytes compared with str"},
                                          {"-d", "Parser debugging"},
                                          {"-v", "Trace imports"}}) {
    app.add_flag_function(
           name,
           [&passed, flag = std::string(name)](std::int64_t count) {
             for (; count > 0; --count) passed.push_back(flag);
           },
           description)
        ->group("Python's own options");
  }
}

constexpr int kLastPort = 65535;

void add_live_options(CLI::App& app, RunOptions& options) {
  app.add_flag("--live{terminal}", options.live,
               "Draw the threads' lanes while the run goes on: here, or --live=web as a page")
      ->check([](const std::string& where) {
        if (where == "terminal" || where == "web") return std::string();
        return "--live draws in the terminal, --live=web in the browser: leave out '=" + where + "'";
      });
  app.add_option("--port", options.web.port,
                 "Serve the live page at this port of 127.0.0.1 (default: one that is free)")
      ->type_name("N")
      ->check(CLI::Range(0, kLastPort).description("0 to 65535; 0: one that is free"));
  app.add_flag("--open", options.web.open,
               "Open the live page in the browser: $BROWSER, or what xdg-open opens");
  app.add_flag("--stay", options.web.stay, "Serve the live page's report after the run, until Ctrl-C");
}

void check_live_options(const CLI::App& app, const RunOptions& options) {
  for (const char* const option : {"--port", "--open", "--stay"}) {
    if (app.count(option) > 0 && options.live != "web") {
      throw UserError(fmt::format("{} is about the live page: add --live=web", option));
    }
  }
}

void add_interval_options(CLI::App& app, RunOptions& options) {
  app.add_option_function<std::string>(
         "--switch-interval",
         [&options](const std::string& text) { options.switch_intervals_ns = parse_intervals(text); },
         "How long a waiter waits before it asks for the GIL; of 5ms,1ms,...: a run at each")
      ->type_name("TIME");
  app.add_option("--switch-interval-notes", options.interval_notes)->group("");  // for a sweep's own runs
}

// A sweep has a table of its own.
void check_sweep(const RunOptions& options) {
  if (options.switch_intervals_ns.size() < 2) return;
  const auto refuse = [](const char* option) {
    throw UserError(fmt::format(
        "{} is about one run, and several --switch-interval make several; leave out one of them", option));
  };
  if (!options.trace) refuse("--no-trace");
  if (!options.live.empty()) refuse("--live");
  if (!options.trace_file.empty()) refuse("-o");
  for (const NamedFile& file : view_files(options.views)) {
    if (file.option != "--json") refuse(file.option.c_str());
  }
  if (!options.views.budget.empty()) refuse("--budget");
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::optional<RunOptions> parse_run(std::span<const std::string> arguments) {
  RunOptions options;
  bool no_trace = false;
  bool no_locations = false;
  std::string trace_limit = "1GiB";
  CLI::App app("Run a Python script as python3 does, and say what the GIL did.", "gilscope run");
  app.formatter(std::make_shared<RunFormatter>());
  app.footer(kRunHelp);
  app.add_option("-t,--threads", options.threads,
                 "Native threads that run the whole script at once, each with a namespace of its own")
      ->type_name("N")
      ->check(CLI::Range(1, kMaxThreads).description("1 to 1024"));
  app.add_option("--call", options.call, "Run the script once, then FUNC(index, count) on the threads")
      ->type_name("FUNC");
  app.add_option("-o,--output", options.trace_file,
                 "Keep the run in FILE, as it goes, for gilscope report (name it FILE.gil)")
      ->type_name("FILE");
  app.add_option("--trace-limit", trace_limit,
                 "Most bytes that it may take, as 500MB or 2GiB; what comes after is counted as lost")
      ->type_name("SIZE")
      ->default_str("1GiB");
  app.add_flag("--children", options.children, "Trace the processes that the script makes, too");
  add_view_options(app, options.views);
  add_live_options(app, options);
  add_interval_options(app, options);
  app.add_option("--venv", options.venv, "Run in this virtual environment (default: the active one)")
      ->type_name("DIR");
  app.add_flag("--no-trace", no_trace,
               "Run the same without recording: the baseline for what gilscope costs");
  app.add_flag("--no-locations", no_locations, "Do not record where in the code the GIL was dropped");
  add_python_options(app, options.python_options);

  const std::size_t script_at = find_script(app, arguments);
  std::vector<std::string> own(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(script_at));
  std::ranges::reverse(own);  // CLI11 takes them from the back
  try {
    app.parse(own);
  } catch (const CLI::CallForHelp&) {
    print_help(app);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw usage_error(error, app);
  }
  if (app.count("--call") > 0 && options.call.empty()) throw UserError("--call needs the name of a function");
  if (app.count("-o") > 0 && options.trace_file.empty()) throw UserError("-o needs the name of a file");
  options.trace_limit = parse_size(trace_limit, "--trace-limit");
  if (options.trace_limit < kLeastTrace) {
    throw UserError(fmt::format("--trace-limit {} is too little: 64k is the least", trace_limit));
  }
  if (app.count("--trace-limit") > 0 && options.trace_file.empty() && !keeps_records(options)) {
    throw UserError("--trace-limit bounds the trace, and none is kept: add -o FILE");
  }
  options.trace = !no_trace;
  options.locations = !no_locations;
  if (no_trace && !options.trace_file.empty()) {
    throw UserError("--no-trace records nothing, so -o would have nothing to write; leave out one of them");
  }
  check_live_options(app, options);
  check_sweep(options);
  if (no_trace && options.children) {
    throw UserError("--no-trace records nothing, also of children; leave out one of them");
  }
  if (no_trace && !options.live.empty()) {
    throw UserError(
        "--no-trace records nothing, so --live would have nothing to draw; leave out one of them");
  }
  if (no_trace && !options.views.budget.empty()) {
    throw UserError(
        "--no-trace records nothing, so --budget would have nothing to check; leave out one of them");
  }
  if (no_locations && is_about_places(options.views.budget)) {
    throw UserError("--no-locations records no places, and --budget bounds one; leave out one of them");
  }
  if (no_trace && needs_trace(options.views)) {
    throw UserError("--no-trace records nothing, so there is nothing to draw; leave out one of them");
  }
  take_script(arguments.subspan(script_at), options);
  if (options.switch_intervals_ns.size() > 1 && options.script.kind == py::ScriptSource::Kind::kStdin) {
    throw UserError(
        "several --switch-interval run the script again and again: standard input is read once only");
  }
  options.command = "gilscope run";
  const std::vector<std::string> named = without(kOutputs, arguments.subspan(0, script_at));
  for (const std::string& argument : named) options.command += " " + shell_quoted(argument);
  options.own_options = without(kSweep, named);
  options.script_words.assign(arguments.begin() + static_cast<std::ptrdiff_t>(script_at), arguments.end());
  for (const std::string& argument : arguments.subspan(script_at))
    options.command += " " + shell_quoted(argument);
  return options;
}

int run_command_line(std::span<const std::string> arguments) {
  if (arguments.empty()) {
    std::fputs(usage().c_str(), stderr);
    return kExitUsage;
  }
  const std::string& verb = arguments.front();
  if (verb == "help" && arguments.size() > 1 && arguments[1] == "budget") {
    print_help(budget_help());
    return 0;
  }
  if (verb == "help" && arguments.size() > 1) {
    const std::string asked[] = {arguments[1], "--help"};
    return run_command_line(asked);
  }
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_help(usage());
    return 0;
  }
  if (verb == "--version" || verb == "-V") {
    fmt::print("gilscope {} (CPython {})\n", GILSCOPE_VERSION, GILSCOPE_PYTHON_VERSION);
    return 0;
  }
  const auto command = std::ranges::find_if(kCommands, [&](const Command& one) { return verb == one.name; });
  if (command != std::end(kCommands)) return command->run(arguments.subspan(1));

  const auto nearest = std::ranges::min_element(
      kCommands, {}, [&](const Command& one) { return edit_distance(verb, one.name); });
  std::string message = fmt::format("there is no command '{}'", verb);
  if (verb.ends_with(".py")) {
    message += fmt::format("; to run a script: gilscope run {}", verb);
  } else if (edit_distance(verb, nearest->name) <= 2) {
    message += fmt::format("; did you mean '{}'?", nearest->name);
  } else {
    message += " (see gilscope --help)";
  }
  throw UserError(message);
}

}  // namespace gilscope::app
