#include "app/intervals/interval_views.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

using IntervalJson = nlohmann::ordered_json;

constexpr std::size_t kPlaceColumns = 60;
constexpr std::size_t kMostNamed = 3;

// The first run's wall time as a multiple of this one's.
std::optional<double> speed_of(const IntervalSweep& sweep, const IntervalRun& run) {
  if (!run.ended_badly.empty() || run.wall_ns == 0) return std::nullopt;
  const auto first = std::ranges::find_if(
      sweep.runs, [](const IntervalRun& one) { return one.ended_badly.empty() && one.wall_ns > 0; });
  return static_cast<double>(first->wall_ns) / static_cast<double>(run.wall_ns);
}

std::string who(const IntervalChange& change, bool ascii) {
  if (change.file.empty()) return "somebody";
  return printable(place_text({{change.file, change.line, change.function}}, kPlaceColumns, ascii), ascii);
}

std::vector<std::string> change_sentences(const IntervalRun& run, bool ascii) {
  std::vector<std::string> sentences;
  std::vector<std::string> said;
  for (const IntervalChange& change : run.changes) {
    const std::string sentence =
        fmt::format("{} set it to {}", who(change, ascii), duration(change.interval_ns));
    if (std::ranges::find(said, sentence) == said.end()) said.push_back(sentence);
  }
  if (said.empty() && run.final_interval_ns != 0 && run.final_interval_ns != run.interval_ns) {
    said.push_back(fmt::format("somebody set it to {}", duration(run.final_interval_ns)));
  }
  for (std::size_t i = 0; i < std::min(said.size(), kMostNamed); ++i) {
    sentences.push_back(
        fmt::format("The switch interval was not {} all the time: {}.", duration(run.interval_ns), said[i]));
  }
  if (said.size() > kMostNamed) {
    sentences.push_back(fmt::format("{} more such changes.", said.size() - kMostNamed));
  }
  return sentences;
}

void append_wrapped(std::string& text, const std::string& sentence, std::size_t width) {
  for (const std::string& line : wrap(sentence, width)) text += line + "\n";
}

std::string row(std::string_view interval, std::string_view wall, std::string_view speed,
                std::string_view longest, std::string_view p99, std::string_view hand_overs) {
  std::string line = left(interval, 15);
  for (const auto& [cell, columns] :
       {std::pair{wall, 10}, {speed, 8}, {longest, 14}, {p99, 11}, {hand_overs, 12}}) {
    line += right(cell, static_cast<std::size_t>(columns));
  }
  return line + "\n";
}

}  // namespace

std::string interval_table(const IntervalSweep& sweep, int width, bool ascii) {
  const auto columns = static_cast<std::size_t>(std::max(width, 80));
  std::string text = row("switch interval", "wall", "speed", "longest wait", "p99 wait", "hand-overs");
  std::vector<std::string> notes;
  for (const IntervalRun& run : sweep.runs) {
    const std::string interval = duration(run.interval_ns);
    const std::optional<double> speed = speed_of(sweep, run);
    if (speed) {
      text += row(interval, duration(run.wall_ns), fmt::format("{:.2f}", *speed),
                  duration(run.longest_wait_ns), duration(run.wait_p99_ns), count(run.hand_overs));
    } else {
      append_wrapped(text, left(interval, 15) + "   " + printable(run.ended_badly, ascii), columns);
    }
    if (run.exit_status != 0) notes.push_back(fmt::format("{}: exit status {}.", interval, run.exit_status));
    if (run.lost > 0) notes.push_back(fmt::format("{}: {} lost.", interval, counted(run.lost, "turn")));
    for (std::string& sentence : change_sentences(run, ascii)) notes.push_back(std::move(sentence));
  }
  if (sweep.interrupted) notes.emplace_back("Interrupted: there would have been more.");
  text += "\n";
  append_wrapped(text,
                 "speed: the first wall time as a multiple of this one. p99 wait: 99 of 100 takes waited no "
                 "longer, of the thread where that is longest.",
                 columns);
  for (const std::string& note : notes) append_wrapped(text, note, columns);
  return text;
}

std::string interval_warnings(const IntervalRun& run) {
  std::string text;
  for (const std::string& sentence : change_sentences(run, false)) text += sentence + "\n";
  return text;
}

std::string interval_json(const IntervalSweep& sweep) {
  IntervalJson runs = IntervalJson::array();
  for (const IntervalRun& run : sweep.runs) {
    IntervalJson changes = IntervalJson::array();
    for (const IntervalChange& change : run.changes) {
      changes.push_back({{"interval_ns", change.interval_ns},
                         {"file", change.file},
                         {"line", change.line},
                         {"function", change.function}});
    }
    IntervalJson json = {{"switch_interval_ns", run.interval_ns},
                         {"final_interval_ns", run.final_interval_ns},
                         {"changes", std::move(changes)},
                         {"exit_status", run.exit_status}};
    if (!run.ended_badly.empty()) json["reason"] = run.ended_badly;
    const std::optional<double> speed = speed_of(sweep, run);
    json["speed"] = speed ? IntervalJson(*speed) : IntervalJson(nullptr);
    json["wall_ns"] = run.wall_ns;
    json["longest_wait_ns"] = run.longest_wait_ns;
    json["wait_p99_ns"] = run.wait_p99_ns;
    json["wait_ns"] = run.wait_ns;
    json["hand_overs"] = run.hand_overs;
    json["drop_requests"] = run.drop_requests;
    json["lost"] = run.lost;
    json["report"] = run.report.empty() ? IntervalJson(nullptr) : IntervalJson::parse(run.report);
    runs.push_back(std::move(json));
  }
  const IntervalJson document = {{"gilscope", sweep.gilscope_version},
                                 {"command", sweep.command},
                                 {"interrupted", sweep.interrupted},
                                 {"switch_intervals", std::move(runs)}};
  return document.dump(2, ' ', false, IntervalJson::error_handler_t::replace) + "\n";
}

}  // namespace gilscope::app
