#include "app/report/run_notes.h"

#include <fmt/format.h>

#include "app/report/json_text.h"
#include "app/report/laws.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

// Deep stacks are cut for the eye, not for truth: the place itself is always there.
constexpr int kMostCallers = 64;

}  // namespace

std::vector<RunNote> run_notes(const Report& report, const TraceFacts& facts) {
  std::vector<RunNote> notes;
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) notes.push_back({name, valid_utf8(value), {}});
  };
  const auto number = [&](const char* name, std::uint64_t value) {
    notes.push_back({name, std::to_string(value), value});
  };
  std::uint64_t turns = 0;
  std::uint64_t lost = 0;
  for (const GilReport& gil : report.gils) {
    turns += gil.turns;
    lost += gil.lost;
  }
  const std::vector<std::string> broken = check_laws(report);
  text("gilscope", report.gilscope_version);
  text("python", report.python_version);
  text("command", report.command);
  number("cores", static_cast<std::uint64_t>(report.cores > 0 ? report.cores : 0));
  number("exit_status", static_cast<std::uint64_t>(report.exit_status > 0 ? report.exit_status : 0));
  number("started_unix_ns", facts.run.started_unix_ns);
  number("wall_ns", report.wall_ns);
  text("verified", report.verified && broken.empty() ? "yes" : "no");
  text("not_verified_reason", report.unverified_reason);
  number("turns", turns);
  number("lost", lost);
  text("lost_reason", report.lost_reason);
  text("ends_early", report.ends_early);
  for (const std::string& law : broken) text("broken_law", law);
  return notes;
}

std::vector<std::string> run_warnings(const Report& report) {
  std::vector<std::string> warnings;
  if (!report.verified) {
    warnings.push_back(report.unverified_reason.empty()
                           ? "not verified: there are no numbers"
                           : "not verified, there are no numbers: " + valid_utf8(report.unverified_reason));
  }
  for (const UntracedReport& process : report.untraced) {
    warnings.push_back(
        fmt::format("process {} was not traced: {}", process.process_id, valid_utf8(process.why)));
  }
  for (const GilReport& gil : report.gils) {
    if (gil.lost == 0) continue;
    std::string warning = fmt::format("GIL {}: {} lost", gil.id, counted(gil.lost, "turn"));
    if (!report.lost_reason.empty()) warning += ": " + valid_utf8(report.lost_reason);
    warnings.push_back(std::move(warning));
  }
  if (!report.ends_early.empty())
    warnings.push_back("the trace ends early: " + valid_utf8(report.ends_early));
  for (const std::string& law : check_laws(report)) warnings.push_back(valid_utf8(law));
  return warnings;
}

std::uint32_t caller_of(std::span<const probe::Place> places, std::uint32_t number) {
  if (number >= places.size()) return 0;
  const std::uint32_t caller = places[number].caller;
  return caller < number ? caller : 0;
}

std::string place_text(std::span<const probe::Place> places, std::uint32_t number) {
  if (number == 0) return {};
  if (number >= places.size()) return fmt::format("place {}", number);
  const probe::Place& place = places[number];
  std::string text = place.file;
  if (place.line != 0) text += fmt::format(":{}", place.line);
  if (!place.function.empty()) text += " " + place.function;
  return valid_utf8(text);
}

std::string callers_text(std::span<const probe::Place> places, std::uint32_t number) {
  std::string text;
  std::uint32_t caller = caller_of(places, number);
  for (int i = 0; caller != 0 && i < kMostCallers; ++i, caller = caller_of(places, caller)) {
    if (!text.empty()) text += " < ";
    text += place_text(places, caller);
  }
  if (caller != 0) text += " < ...";
  return text;
}

std::string name_text(std::span<const std::string> names, std::uint32_t id) {
  return id < names.size() ? valid_utf8(names[id]) : fmt::format("name {}", id);
}

const char* end_text(probe::TurnEnd end) {
  switch (end) {
    case probe::TurnEnd::kGave:
      return "gave";
    case probe::TurnEnd::kAsked:
      return "asked";
    case probe::TurnEnd::kOpen:
      break;
  }
  return "open";
}

}  // namespace gilscope::app
