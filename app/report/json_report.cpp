#include "app/report/json_report.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "app/report/estimate_text.h"
#include "app/report/laws.h"
#include "app/report/processes.h"

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
          {"requested_turns", gil.requested_turns},
          {"obeyed_p99_ns", gil.obeyed_p99_ns},
          {"obeyed_max_ns", gil.obeyed_max_ns},
          {"gave", gil.gave},
          {"asked", gil.asked},
          {"hand_over_p50_ns", gil.hand_over_p50_ns},
          {"hand_over_p99_ns", gil.hand_over_p99_ns},
          {"hand_over_max_ns", gil.hand_over_max_ns},
          {"unattributed_ns", gil.unattributed_ns}};
}

void add_cpu(Json& json, const ThreadReport& thread) {
  if (!thread.cpu_known) return;
  json["on_cpu_ns"] = thread.on_cpu_ns;
  json["runnable_ns"] = thread.runnable_ns;
  json["asleep_ns"] = thread.asleep_ns;
}

Json thread_without_gil_json(const ThreadReport& thread) {
  Json json = {{"index", thread.index},
               {"name", thread.name},
               {"native_id", thread.native_id},
               {"gil", nullptr},
               {"life_ns", thread.life_ns},
               {"blocked_count", thread.blocked_count},
               {"blocked_ns", thread.blocked_ns},
               {"longest_blocked_ns", thread.longest_blocked_ns},
               {"paused_count", thread.paused_count},
               {"paused_ns", thread.paused_ns},
               {"longest_paused_ns", thread.longest_paused_ns}};
  add_cpu(json, thread);
  return json;
}

Json thread_json(const ThreadReport& thread) {
  if (thread.gil == ThreadReport::kNoGil) return thread_without_gil_json(thread);
  Json json = {{"index", thread.index},
               {"name", thread.name},
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
  add_cpu(json, thread);
  return json;
}

Json process_json(const ProcessReport& process) {
  Json json = {{"pid", process.process_id},
               {"parent_pid", process.parent_id},
               {"name", process.name.empty() ? Json(nullptr) : Json(process.name)},
               {"command", process.command},
               {"ended", end_word(process.how)},
               {"exit_status", nullptr},
               {"begin_ns", process.begin_ns},
               {"wall_ns", process.wall_ns},
               {"turns", process.turns},
               {"held_ns", process.held_ns},
               {"lost", process.lost},
               {"clock_error_ns", process.clock_error_ns}};
  if (process.how == ProcessReport::End::kExited) json["exit_status"] = process.exit_status;
  if (process.cpu_known) json["cpu_ns"] = process.cpu_ns;
  Json& gils = json["gils"] = Json::array();
  for (unsigned i = 0; i < process.gil_count; ++i) gils.push_back(process.first_gil + i);
  return json;
}

Json untraced_json(const UntracedReport& process) {
  return {{"pid", process.process_id}, {"why", process.why}};
}

Json line_json(const PlaceLine& line) {
  return {{"file", line.file}, {"line", line.line}, {"function", line.function}};
}

Json place_json(const PlaceReport& place) {
  if (place.empty()) return nullptr;
  Json json = line_json(place.front());
  Json& callers = json["callers"] = Json::array();
  for (std::size_t i = 1; i < place.size(); ++i) callers.push_back(line_json(place[i]));
  return json;
}

Json holder_json(std::uint32_t holder) {
  return holder == WaitedForReport::kNobody ? Json(nullptr) : Json(holder);
}

// A row for each waiter and GIL. A thousand threads that all wait make a million cells.
Json waited_for_json(const std::vector<WaitedForReport>& parts) {
  Json rows = Json::array();
  for (auto part = parts.begin(); part != parts.end();) {
    Json row = {{"gil", part->gil}, {"waiter", part->waiter}, {"nobody_ns", 0}};
    Json by_holder = Json::object();
    // A vector that looks for each new key in all others; here no key comes twice.
    Json::object_t::Container& cells = by_holder.get_ref<Json::object_t&>();
    for (const auto first = part;
         part != parts.end() && part->gil == first->gil && part->waiter == first->waiter; ++part) {
      if (part->holder == WaitedForReport::kNobody) {
        row["nobody_ns"] = part->ns;
      } else {
        cells.emplace_back(std::to_string(part->holder), part->ns);
      }
    }
    row["holder_ns"] = std::move(by_holder);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json blocker_json(const BlockerReport& blocker) {
  return {{"place", place_json(blocker.place)},
          {"turns", blocker.turns},
          {"contended_ns", blocker.contended_ns},
          {"waited_ns", blocker.waited_ns},
          {"longest_hold_ns", blocker.longest_hold_ns}};
}

Json long_wait_json(const LongWaitReport& wait) {
  return {{"gil", wait.gil},
          {"thread", wait.thread},
          {"at_ns", wait.at_ns},
          {"wait_ns", wait.wait_ns},
          {"place", place_json(wait.place)},
          {"holder", holder_json(wait.holder)},
          {"holder_ns", wait.holder_ns},
          {"holder_place", place_json(wait.holder_place)}};
}

Json obeyed_json(const ObeyedReport& obeyed) {
  return {{"gil", obeyed.gil},           {"thread", obeyed.thread}, {"at_ns", obeyed.at_ns},
          {"after_ns", obeyed.after_ns}, {"gave", obeyed.gave},     {"place", place_json(obeyed.place)}};
}

Json giving_json(const GivingReport& giving) {
  return {{"place", place_json(giving.place)},
          {"count", giving.count},
          {"outside_ns", giving.outside_ns},
          {"wait_ns", giving.wait_ns},
          {"costs_more", giving.costs_more}};
}

Json blocked_at_json(const BlockedAtReport& blocked) {
  return {{"place", place_json(blocked.place)},
          {"count", blocked.count},
          {"blocked_ns", blocked.blocked_ns},
          {"longest_ns", blocked.longest_ns}};
}

Json kernel_json(const KernelReport& kernel) {
  return {{"name", kernel.name},        {"holds_gil", kernel.holds_gil},       {"calls", kernel.calls},
          {"bytes", kernel.bytes},      {"wall_ns", kernel.wall_ns},           {"hold_ns", kernel.hold_ns},
          {"wait_ns", kernel.wait_ns},  {"most_threads", kernel.most_threads}, {"tiles", kernel.tiles},
          {"tiles_ns", kernel.tiles_ns}};
}

Json collection_json(const CollectionReport& collection) {
  return {{"generation", collection.generation}, {"count", collection.count},
          {"objects", collection.objects},       {"wall_ns", collection.wall_ns},
          {"hold_ns", collection.hold_ns},       {"longest_ns", collection.longest_ns}};
}

Json estimate_json(const EstimateReport& estimate) {
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  return {{"wall_ns", estimate.wall_ns},
          {"least_ns", estimate.least_ns},
          {"speed_up", rounded(estimate.speed_up)},
          {"cores", rounded(estimate.cores)},
          {"price", rounded(estimate.price)},
          {"bound_by", bound_name(estimate.bound_by)},
          {"thread", estimate.thread},
          {"thread_ns", estimate.thread_ns}};
}

template <typename Entry>
Json list_json(const std::vector<Entry>& entries, Json (*entry_json)(const Entry&)) {
  Json json = Json::array();
  for (const Entry& entry : entries) json.push_back(entry_json(entry));
  return json;
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

// Which of json["processes"] each GIL and each thread is of.
void add_process_numbers(const Report& report, Json& json) {
  const auto number_of = [&](const ProcessReport* process) {
    return process != nullptr ? Json(process - report.processes.data()) : Json(nullptr);
  };
  for (std::size_t i = 0; i < report.gils.size(); ++i) {
    json["gils"][i]["process"] = number_of(process_of_gil(report, report.gils[i].id));
    json["gils"][i]["wall_ns"] = wall_of(report, report.gils[i]);
  }
  for (std::size_t i = 0; i < report.threads.size(); ++i) {
    json["threads"][i]["process"] = number_of(process_of_thread(report, report.threads[i].index));
  }
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
  if (report.gil_went_on) json["python"]["gil_went_on"] = true;
  if (!report.lost_reason.empty()) json["lost_reason"] = report.lost_reason;
  if (report.cpu_known) json["cpu_ns"] = report.cpu_ns;
  if (!report.processes.empty()) {
    json["processes"] = list_json(report.processes, process_json);
    json["untraced"] = list_json(report.untraced, untraced_json);
  }
  json["gils"] = list_json(report.gils, gil_json);
  json["threads"] = list_json(report.threads, thread_json);
  if (!report.processes.empty()) add_process_numbers(report, json);
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
  json["kernels"] = list_json(report.kernels, kernel_json);
  json["collections"] = list_json(report.collections, collection_json);
  json["waited_for"] = waited_for_json(report.waited_for);
  json["blockers"] = list_json(report.blockers, blocker_json);
  json["longest_waits"] = list_json(report.longest_waits, long_wait_json);
  json["obeyed_latest"] = list_json(report.obeyed_latest, obeyed_json);
  json["giving"] = list_json(report.giving, giving_json);
  if (!report.gil_enabled) json["blocked_at"] = list_json(report.blocked_at, blocked_at_json);
  json["estimate"] = report.estimate ? estimate_json(*report.estimate) : Json(nullptr);
  if (!broken.empty()) json["laws"] = broken;
  return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace gilscope::app
