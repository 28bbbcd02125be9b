#include "app/compare/compare_json.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "app/compare/compare_without_gil.h"

namespace gilscope::app {

namespace {

using Json = nlohmann::ordered_json;

Json gil_json(const GilUse& gil) {
  if (!gil.unknown_reason.empty()) return {{"unknown", gil.unknown_reason}};
  return {{"window_ns", gil.window_ns},
          {"turns", gil.turns},
          {"lost", gil.lost},
          {"hand_overs", gil.hand_overs},
          {"held_ns", gil.held_ns},
          {"contended_ns", gil.contended_ns},
          {"threads_wait_ns", gil.wait_ns},
          {"threads_hold_ns", gil.hold_ns},
          {"threads_life_ns", gil.life_ns}};
}

Json run_json(const Measurement& run) {
  Json json = {{"wall_ns", run.wall_ns},         {"cpu_ns", run.cpu_ns},
               {"peak_bytes", run.peak_bytes},   {"preparing_ns", run.preparing_ns},
               {"pickling_ns", run.pickling_ns}, {"pickled_bytes", run.pickled_bytes},
               {"gil", gil_json(run.gil)}};
  if (!run.extra.empty()) json["extra_s"] = run.extra;
  return json;
}

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMeasured:
      return "measured";
    case Outcome::kNotRun:
      return "not run";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kWrong:
      return "wrong";
    case Outcome::kFailed:
      return "failed";
  }
  return "";
}

Json medians_json(const Figures& figures, bool has_starts) {
  Json json = {{"wall_ns", figures.wall_ns},
               {"least_wall_ns", figures.least_wall_ns},
               {"most_wall_ns", figures.most_wall_ns},
               {"speed_up", figures.speed_up},
               {"cores_used", figures.cores_used},
               {"gil_wait_share", figures.gil_known ? Json(figures.gil_wait_share) : Json(nullptr)},
               {"peak_bytes", figures.peak_bytes},
               {"preparing_ns", figures.preparing_ns},
               {"pickling_ns", figures.pickling_ns},
               {"pickled_bytes", figures.pickled_bytes}};
  if (has_starts) json["start_ns"] = figures.start_ns;
  if (!figures.extra.empty()) json["extra_s"] = figures.extra;
  return json;
}

Json result_json(const PatternResult& result, const Point& point) {
  Json json = {{"pattern", result.pattern->id},
               {"title", result.pattern->title},
               {"outcome", outcome_name(result.outcome)},
               {"lines", result.lines}};
  if (!result.message.empty()) json["message"] = result.message;
  if (!result.traceback.empty()) json["traceback"] = result.traceback;
  if (result.outcome == Outcome::kMeasured) {
    json["median"] = medians_json(figures_of(result, point), !result.start_ns.empty());
  }
  Json& runs = json["runs"] = Json::array();
  for (const Measurement& run : result.runs) runs.push_back(run_json(run));
  if (!result.start_ns.empty()) json["starts_ns"] = result.start_ns;
  return json;
}

Json without_gil_json(const WithoutGil& estimate, const Point& point) {
  if (!estimate.unknown_reason.empty()) return {{"unknown", estimate.unknown_reason}};
  Json json = {{"estimated_ns", estimate.wall_ns}, {"estimated_least_ns", estimate.least_ns},
               {"price", estimate.price},          {"price_is_measured", estimate.price_is_measured},
               {"cores", estimate.cores},          {"cores_are_measured", estimate.cores_are_measured}};
  const std::uint64_t measured = measured_without_gil_ns(point);
  json["measured_ns"] = measured > 0 ? Json(measured) : Json(nullptr);
  const std::optional<double> error = estimate_error(point);
  json["estimate_error"] = error ? Json(*error) : Json(nullptr);
  return json;
}

const char* verdict_name(ModuleVerdict::Verdict verdict) {
  switch (verdict) {
    case ModuleVerdict::Verdict::kStaysFree:
      return "stays free";
    case ModuleVerdict::Verdict::kSwitchesGilOn:
      return "switches the GIL on";
    case ModuleVerdict::Verdict::kNotThere:
      return "not installed";
    case ModuleVerdict::Verdict::kFails:
      return "fails";
  }
  return "";
}

}  // namespace

std::string comparison_json(const Comparison& comparison) {
  Json json = {
      {"gilscope", comparison.gilscope_version},
      {"python", comparison.python_version},
      {"workload", comparison.workload},
      {"title", comparison.title},
      {"free_threaded_python",
       comparison.free_threaded_version.empty() ? Json(nullptr) : Json(comparison.free_threaded_version)},
      {"machine", comparison.machine},
      {"cores", comparison.cores},
      {"rounds", comparison.rounds},
      {"rounds_wanted", comparison.rounds_wanted},
      {"interrupted", comparison.interrupted},
      {"notes", comparison.notes}};
  Json& modules = json["free_threaded_modules"] = Json::object();
  for (const ModuleVerdict& one : comparison.modules) modules[one.module] = verdict_name(one.verdict);
  Json& points = json["points"] = Json::array();
  for (const Point& point : comparison.points) {
    Json results = Json::array();
    for (const PatternResult& result : point.results) results.push_back(result_json(result, point));
    points.push_back({{"size", point.size}, {"threads", point.threads}, {"results", std::move(results)}});
    if (point.without_gil) points.back()["without_gil"] = without_gil_json(*point.without_gil, point);
    if (!point.crowd_ns.empty()) points.back()["crowd_ns"] = point.crowd_ns;
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gilscope::app
