#include "app/compare/measurement.h"

#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report/units.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr char kAnswer[] = "answer.json";
constexpr char kRequest[] = "request.json";
constexpr char kLog[] = "output.txt";
constexpr char kTraceLimit[] = "64MiB";  // of each recorded run
constexpr milliseconds kVersionTimeout{20'000};

// The last line that a program printed, for a person.
std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', end);
  constexpr std::size_t kMost = 300;
  return text.substr(begin == std::string::npos ? 0 : begin + 1).substr(0, kMost).substr(0, end - begin);
}

std::string how_to_install(const std::string& module) {
  if (module == "Cython") return "not installed: apt install cython3, or python3 -m pip install cython";
  for (const auto& [name, package] : {std::pair{"numpy", "python3-numpy"}, {"numba", "python3-numba"}}) {
    if (module == name) {
      return fmt::format("not installed: apt install {}, or python3 -m pip install {}", package, name);
    }
  }
  return fmt::format("the module '{}' is not installed: python3 -m pip install {}", module, module);
}

GilUse gil_use(const Json& json) {
  GilUse use;
  if (json.contains("reason")) {
    use.unknown_reason = json["reason"];
    return use;
  }
  use.begin_ns = json["begin_ns"];
  use.window_ns = json["window_ns"];
  use.turns = json["turns"];
  use.lost = json["lost"];
  use.hand_overs = json["hand_overs"];
  use.held_ns = json["held_ns"];
  use.contended_ns = json["contended_ns"];
  use.wait_ns = json["wait_ns"];
  use.hold_ns = json["hold_ns"];
  use.life_ns = json["life_ns"];
  return use;
}

Measurement measurement_of(const Json& json) {
  Measurement one;
  one.wall_ns = json["wall_ns"];
  one.cpu_ns = json["cpu_ns"];
  one.preparing_ns = json["preparing_ns"];
  one.pickling_ns = json["pickling_ns"];
  one.pickled_bytes = json["pickled_bytes"];
  one.gil = gil_use(json["gil"]);
  if (json.contains("extra")) one.extra = json["extra"].get<std::map<std::string, double>>();
  return one;
}

std::string signal_name(int number) {
  const char* const name = sigabbrev_np(number);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", number);
}

}  // namespace

struct Measurer::Answer {
  ProcessEnd end;
  Json json;        // null: none came
  std::string log;  // what was printed
  milliseconds timeout;
};

Measurer::Measurer(std::string workload, std::string free_threaded, milliseconds timeout,
                   const Workspace& workspace, SignalWatch& signals)
    : workload_(std::move(workload)),
      free_threaded_(std::move(free_threaded)),
      timeout_(timeout),
      workspace_(workspace),
      signals_(signals) {
  look_at_free_threaded();
}

void Measurer::look_at_free_threaded() {
  if (free_threaded_.empty()) {
    why_not_free_threaded_ =
        "there is no second gilscope, linked to a free-threaded Python: build one and name it with "
        "--free-threaded PATH, or put it beside this one as gilscope-ft";
    return;
  }
  const ProcessEnd end =
      run_child({{free_threaded_, "--version"}, {}, workspace_.file(kLog)}, kVersionTimeout, signals_);
  const std::string said = workspace_.read(kLog);
  const std::size_t at = said.find("(CPython ");
  if (end.how != ProcessEnd::How::kExited || end.status != 0 || !said.starts_with("gilscope ") ||
      at == std::string::npos) {
    throw UserError(
        fmt::format("--free-threaded '{}' is no gilscope: it does not say its version", free_threaded_));
  }
  free_threaded_version_ = said.substr(at + std::strlen("(CPython "));
  free_threaded_version_ = free_threaded_version_.substr(0, free_threaded_version_.find(')'));
}

std::string Measurer::why_not(const Pattern& pattern) const {
  return pattern.free_threaded ? why_not_free_threaded_ : "";
}

std::string Measurer::request(const Pattern& pattern, const char* act, const std::string& size, int threads,
                              bool reference) const {
  Json json{{"act", act},
            {"function", pattern.function},
            {"context", pattern.context},
            {"size", size},
            {"threads", threads},
            {"reference", reference || pattern.function == "sequential"},
            {"free_threaded", pattern.free_threaded},
            {"answer", workspace_.file(kAnswer)},
            {"expected", workspace_.file(fmt::format("expected-{}.pickle", size))}};
  if (const auto added = added_sizes_.find(size); added != added_sizes_.end())
    json["numbers"] = added->second;
  return json.dump();
}

void Measurer::add_size(const std::string& name, std::vector<std::int64_t> numbers) {
  added_sizes_[name] = std::move(numbers);
}

Measurer::Answer Measurer::ask(const std::string& program, const std::string& request, milliseconds timeout,
                               const std::string& trace) {
  workspace_.write(kRequest, request);
  workspace_.remove(kAnswer);
  ChildProgram child;
  child.arguments = {program, "run", "--quiet"};
  if (!trace.empty()) {
    for (const char* const word : {"--trace-limit", kTraceLimit, "-o", trace.c_str()}) {
      child.arguments.emplace_back(word);
    }
  }
  for (const char* const word : {"-c", "import gilscope_compare; gilscope_compare.main()"}) {
    child.arguments.emplace_back(word);
  }
  child.arguments.push_back(workspace_.file(kRequest));
  child.while_running = while_running_;
  // Children and interpreters of the workload's own find the same modules.
  const char* const path = std::getenv("PYTHONPATH");
  const std::string others = path != nullptr && *path != '\0' ? fmt::format(":{}", path) : "";
  child.environment = {"GILSCOPE_WORKLOAD=" + workload_,
                       fmt::format("PYTHONPATH={}{}", workspace_.folder(), others)};
  if (program == free_threaded_) {
    // What is set for this Python is not meant for that one; an empty value counts as none.
    for (const char* const name : {"VIRTUAL_ENV=", "PYTHON_GIL="}) child.environment.emplace_back(name);
  }
  child.log = workspace_.file(kLog);
  Answer answer;
  answer.end = run_child(child, timeout, signals_);
  answer.json = Json::parse(workspace_.read(kAnswer), nullptr, false);
  if (answer.json.is_discarded()) answer.json = nullptr;
  answer.log = workspace_.read(kLog);
  answer.timeout = timeout;
  return answer;
}

Measured Measurer::judged(const Answer& answer) const {
  using How = ProcessEnd::How;
  Measured measured;
  if (answer.end.how == How::kInterrupted) return measured;
  measured.outcome = Outcome::kFailed;
  const std::string said = last_line(answer.log);
  const std::string said_last = said.empty() ? "" : fmt::format(": {}", said);
  if (answer.end.how == How::kTimedOut) {
    measured.message =
        fmt::format("no end after {} (--timeout gives it longer)",
                    duration(static_cast<std::uint64_t>(std::chrono::nanoseconds(answer.timeout).count())));
  } else if (answer.end.how == How::kSignalled) {
    measured.message = fmt::format("it died of {}{}", signal_name(answer.end.status), said_last);
  } else if (answer.json.is_null()) {
    measured.message = fmt::format("it ended with status {} and no result{}", answer.end.status, said_last);
  } else if (const std::string status = answer.json["status"]; status == "missing") {
    measured.outcome = Outcome::kUnavailable;
    measured.message = how_to_install(answer.json["module"]);
  } else if (status == "unavailable") {
    measured.outcome = Outcome::kUnavailable;
    measured.message = answer.json["message"];
  } else if (status == "wrong") {
    measured.outcome = Outcome::kWrong;
    measured.message = answer.json["message"];
  } else if (status == "error") {
    measured.message = answer.json["message"];
    measured.traceback = answer.json["traceback"];
  } else if (answer.end.status != 0) {
    measured.message =
        fmt::format("it ended with status {} after its result{}", answer.end.status, said_last);
  } else {
    measured.outcome = Outcome::kMeasured;
  }
  return measured;
}

Measured Measurer::measure(const Pattern& pattern, const std::string& size, int threads,
                           const std::string& trace, bool reference) {
  const Answer answer = ask(pattern.free_threaded ? free_threaded_ : own_program(),
                            request(pattern, "measure", size, threads, reference), timeout_, trace);
  Measured measured = judged(answer);
  if (measured.outcome == Outcome::kMeasured) {
    measured.measurement = measurement_of(answer.json);
    measured.measurement.cpu_ns += answer.end.orphans_cpu_ns;
    measured.measurement.peak_bytes = answer.end.peak_bytes;
  }
  return measured;
}

Measured Measurer::build(const Pattern& pattern) {
  return judged(ask(own_program(), request(pattern, "build", "", 0), timeout_));
}

Measured Measurer::measure_start(const Pattern& pattern, int threads) {
  const Answer answer = ask(own_program(), request(pattern, "start", "", threads), timeout_);
  Measured measured = judged(answer);
  if (measured.outcome == Outcome::kMeasured) measured.measurement.wall_ns = answer.json["wall_ns"];
  return measured;
}

Measured Measurer::measure_crowd(const std::string& size, int processes) {
  const Answer answer = ask(own_program(), request(patterns().front(), "crowd", size, processes), timeout_);
  Measured measured = judged(answer);
  if (measured.outcome == Outcome::kMeasured) measured.measurement.wall_ns = answer.json["wall_ns"];
  return measured;
}

std::optional<ModuleVerdict> Measurer::try_free_threaded(const std::string& module) {
  using Verdict = ModuleVerdict::Verdict;
  const Json request = {{"act", "try_module"}, {"module", module}, {"answer", workspace_.file(kAnswer)}};
  const Answer answer = ask(free_threaded_, request.dump(), timeout_);
  const Measured measured = judged(answer);
  switch (measured.outcome) {
    case Outcome::kNotRun:
      return std::nullopt;
    case Outcome::kMeasured:
      return ModuleVerdict{module, answer.json["gil_on"] ? Verdict::kSwitchesGilOn : Verdict::kStaysFree};
    case Outcome::kUnavailable:
      return ModuleVerdict{module, Verdict::kNotThere};
    case Outcome::kWrong:
    case Outcome::kFailed:
      return ModuleVerdict{module, Verdict::kFails};
  }
  return std::nullopt;
}

WorkloadFacts Measurer::describe() {
  Json functions = Json::array();
  for (const Pattern& pattern : patterns()) functions.push_back(pattern.function);
  const Json request = {{"act", "describe"}, {"functions", functions}, {"answer", workspace_.file(kAnswer)}};
  const Answer answer = ask(own_program(), request.dump(), timeout_);
  WorkloadFacts facts;
  if (answer.end.how == ProcessEnd::How::kInterrupted) return facts;
  const Measured measured = judged(answer);
  if (!answer.json.is_null() && answer.json["status"] == "unusable") {
    throw UserError(fmt::format("'{}' is no workload: {}", workload_, std::string(answer.json["message"])));
  }
  if (measured.outcome != Outcome::kMeasured) {
    throw UserError(fmt::format("the workload '{}' cannot be imported: {}", workload_, measured.message));
  }
  facts.title = answer.json["title"];
  facts.sizes = answer.json["sizes"].get<std::vector<std::string>>();
  facts.lines = answer.json["lines"].get<std::map<std::string, int>>();
  facts.built = answer.json["built"].get<std::vector<std::string>>();
  facts.modules = answer.json["modules"].get<std::vector<std::string>>();
  facts.near = answer.json["near"].get<std::map<std::string, std::string>>();
  return facts;
}

}  // namespace gilscope::app
