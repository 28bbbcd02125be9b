#include "app/report/page_facts.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/report/conclusion.h"
#include "app/report/estimate_text.h"
#include "app/report/parallel_text.h"
#include "app/report/processes.h"
#include "app/report/run_notes.h"
#include "app/report/summary.h"
#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

using Json = nlohmann::ordered_json;

// The terminal's layout breaks no line at kFixedSpace; the page's own does without.
std::string plain_spaces(std::string text) {
  std::replace(text.begin(), text.end(), kFixedSpace, ' ');
  return text;
}

std::string in_words(const Report& report) {
  const std::string estimate = estimate_text(report);
  if (!report.gil_enabled) return plain_spaces(cores_sentence(report)) + ".";
  return plain_spaces(conclusion(report) + (estimate.empty() ? "" : " " + estimate));
}

}  // namespace

std::string page_facts(const Report& report, const TraceFacts& facts, std::size_t first_name,
                       std::size_t first_place) {
  const auto at = [&](probe::Ticks moment) {
    return static_cast<std::int64_t>(moment) - static_cast<std::int64_t>(facts.begin);
  };
  const auto known = [&](probe::Ticks moment) { return moment == 0 ? Json(nullptr) : Json(at(moment)); };

  Json json = {{"ns_per_tick", facts.scale.ns_per_tick},
               {"now", facts.now > facts.begin ? at(facts.now) : 0},
               {"still_running", facts.run.still_running},
               {"command", report.command},
               {"process_id", facts.run.process_id},
               {"started_unix_ns", std::to_string(facts.run.started_unix_ns)},
               {"first_name", first_name},
               {"names", Json::array()},
               {"first_place", first_place},
               {"places", Json::array()},
               {"threads", Json::array()},
               {"open", Json::array()},
               {"conclusion", in_words(report)},
               {"proof", plain_spaces(proof(report))},
               {"warnings", run_warnings(report)}};
  for (const GilReport& gil : report.gils) {
    if (!report.processes.empty()) json["gil_titles"][std::to_string(gil.id)] = gil_title(report, gil.id);
  }
  for (std::size_t id = first_name; id < facts.names.size(); ++id) json["names"].push_back(facts.names[id]);
  for (std::size_t number = first_place; number < facts.places.size(); ++number) {
    const probe::Place& place = facts.places[number];
    json["places"].push_back({place.file, place.line, place.function,
                              caller_of(facts.places, static_cast<std::uint32_t>(number))});
  }
  for (const ThreadFacts& thread : facts.threads) {
    json["threads"].push_back({{"index", thread.index},
                               {"native_id", thread.native_id},
                               {"name", thread.name},
                               {"begin", known(thread.begin)},
                               {"end", known(thread.end)}});
  }
  for (const OpenTurn& open : facts.open) {
    if (open.want == 0) continue;  // nothing is known of it yet
    json["open"].push_back({{"thread", open.thread},
                            {"gil", open.gil},
                            {"want", at(open.want)},
                            {"take", known(open.take)},
                            {"request", known(open.request)},
                            {"requests", open.requests},
                            {"sequence", open.sequence}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gilscope::app
