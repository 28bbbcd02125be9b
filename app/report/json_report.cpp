#include "app/report/json_report.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "app/report/laws.h"

namespace gilscope::app {

namespace {

using Json = nlohmann::ordered_json;

Json gil_json(const GilReport& gil) {
  return {{"id", gil.id},
          {"turns", gil.turns},
          {"takes_counted", gil.takes_counted},
          {"lost", gil.lost},
          {"held_ns", gil.held_ns},
          {"contended_ns", gil.contended_ns},
          {"overlaps", gil.overlaps},
          {"hand_overs", gil.hand_overs},
          {"drop_requests", gil.drop_requests},
          {"obeyed_p99_ns", gil.obeyed_p99_ns}};
}

Json thread_json(const ThreadReport& thread) {
  return {{"name", thread.name},
          {"native_id", thread.native_id},
          {"gil", thread.gil},
          {"turns", thread.turns},
          {"life_ns", thread.life_ns},
          {"hold_ns", thread.hold_ns},
          {"wait_ns", thread.wait_ns},
          {"outside_ns", thread.outside_ns},
          {"longest_wait_ns", thread.longest_wait_ns},
          {"wait_p50_ns", thread.wait_p50_ns},
          {"wait_p99_ns", thread.wait_p99_ns},
          {"hold_p50_ns", thread.hold_p50_ns},
          {"hold_p99_ns", thread.hold_p99_ns},
          {"longest_hold_ns", thread.longest_hold_ns},
          {"gave", thread.gave},
          {"asked", thread.asked}};
}

Json probe_json(const Report& report, const std::vector<std::string>& broken) {
  Json probe = {{"verified", report.verified && broken.empty()},
                {"pair_cost_ns", std::round(report.pair_cost_ns * 100) / 100},
                {"own_cost_share", report.own_cost_share}};
  if (!report.verified) {
    probe["reason"] = report.unverified_reason;
  } else if (!broken.empty()) {
    probe["reason"] = broken.front();
  }
  return probe;
}

}  // namespace

std::string json_report(const Report& report, int indent) {
  const std::vector<std::string> broken = check_laws(report);
  Json json = {{"gilscope", report.gilscope_version},
               {"python",
                {{"version", report.python_version},
                 {"free_threaded", report.free_threaded},
                 {"gil_enabled", report.gil_enabled}}},
               {"cores", report.cores},
               {"wall_ns", report.wall_ns},
               {"exit_status", report.exit_status}};
  if (!report.ends_early.empty()) {
    json["exit_status"] = nullptr;  // nobody knows
    json["ends_early"] = report.ends_early;
  }
  if (!report.lost_reason.empty()) json["lost_reason"] = report.lost_reason;
  Json& gils = json["gils"] = Json::array();
  for (const GilReport& gil : report.gils) gils.push_back(gil_json(gil));
  Json& threads = json["threads"] = Json::array();
  for (const ThreadReport& thread : report.threads) threads.push_back(thread_json(thread));
  json["probe"] = probe_json(report, broken);
  Json& regions = json["regions"] = Json::array();
  for (const RegionReport& region : report.regions) {
    regions.push_back({{"name", region.name},
                       {"count", region.count},
                       {"wall_ns", region.wall_ns},
                       {"hold_ns", region.hold_ns},
                       {"wait_ns", region.wait_ns}});
  }
  Json& marks = json["marks"] = Json::array();
  for (const MarkReport& mark : report.marks) marks.push_back({{"name", mark.name}, {"count", mark.count}});
  if (!broken.empty()) json["laws"] = broken;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gilscope::app
