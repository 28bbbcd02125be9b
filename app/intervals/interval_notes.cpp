#include "app/intervals/interval_notes.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace gilscope::app {

namespace {

using IntervalJson = nlohmann::ordered_json;

void read_report(const IntervalJson& report, IntervalRun& run) {
  run.wall_ns = report.at("wall_ns");
  for (const IntervalJson& gil : report.at("gils")) {
    run.hand_overs += gil.at("hand_overs").get<std::uint64_t>();
    run.drop_requests += gil.at("drop_requests").get<std::uint64_t>();
    run.lost += gil.at("lost").get<std::uint64_t>();
  }
  for (const IntervalJson& thread : report.at("threads")) {
    run.longest_wait_ns = std::max(run.longest_wait_ns, thread.at("longest_wait_ns").get<std::uint64_t>());
    run.wait_p99_ns = std::max(run.wait_p99_ns, thread.at("wait_p99_ns").get<std::uint64_t>());
    run.wait_ns += thread.at("wait_ns").get<std::uint64_t>();
  }
  const IntervalJson& probe = report.at("probe");
  if (!probe.at("verified").get<bool>())
    run.ended_badly = "no numbers: " + probe.at("reason").get<std::string>();
}

}  // namespace

std::string interval_notes(const IntervalRun& run) {
  IntervalJson changes = IntervalJson::array();
  for (const IntervalChange& change : run.changes) {
    changes.push_back({{"interval_ns", change.interval_ns},
                       {"file", change.file},
                       {"line", change.line},
                       {"function", change.function}});
  }
  const IntervalJson notes = {{"final_interval_ns", run.final_interval_ns}, {"changes", std::move(changes)}};
  return notes.dump(-1, ' ', false, IntervalJson::error_handler_t::replace);
}

bool read_interval_run(std::string_view notes, std::string_view report, IntervalRun& run) {
  try {
    const IntervalJson said = IntervalJson::parse(notes);
    run.final_interval_ns = said.at("final_interval_ns");
    for (const IntervalJson& change : said.at("changes")) {
      run.changes.push_back(
          {change.at("interval_ns"), change.at("file"), change.at("line"), change.at("function")});
    }
    read_report(IntervalJson::parse(report), run);
    run.report = report;
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace gilscope::app
