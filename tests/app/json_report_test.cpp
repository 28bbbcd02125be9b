#include "app/report/json_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

TEST(JsonReport, WritesTheKeysInTheirOrder) {
  Report report = sample_report();
  report.threads.resize(1);
  report.waited_for.resize(3);  // its row
  GilReport& gil = report.gils[0];
  gil.turns = gil.takes_counted = gil.gave = 28;
  gil.asked = 0;
  gil.held_ns = 10'000'000;
  EXPECT_EQ(json_report(report), R"({
  "gilscope": "0.1.0",
  "python": {
    "version": "3.11.2",
    "free_threaded": false,
    "gil_enabled": true
  },
  "cores": 2,
  "wall_ns": 4120000000,
  "exit_status": 0,
  "gils": [
    {
      "id": 0,
      "turns": 28,
      "takes_counted": 28,
      "lost": 0,
      "held_ns": 10000000,
      "contended_ns": 4000000000,
      "overlaps": 0,
      "hand_overs": 812,
      "drop_requests": 815,
      "requested_turns": 811,
      "obeyed_p99_ns": 5020000,
      "obeyed_max_ns": 7310000,
      "gave": 28,
      "asked": 0,
      "hand_over_p50_ns": 0,
      "hand_over_p99_ns": 0,
      "hand_over_max_ns": 0,
      "unattributed_ns": 0
    }
  ],
  "threads": [
    {
      "index": 0,
      "name": "MainThread",
      "native_id": 4711,
      "gil": 0,
      "turns": 28,
      "life_ns": 4100000000,
      "hold_ns": 10000000,
      "wait_ns": 5000000,
      "outside_ns": 4085000000,
      "longest_wait_ns": 15100000,
      "wait_p50_ns": 5060000,
      "wait_p99_ns": 10200000,
      "hold_p50_ns": 5050000,
      "hold_p99_ns": 5500000,
      "longest_hold_ns": 12400000,
      "gave": 28,
      "asked": 0
    }
  ],
  "probe": {
    "verified": true,
    "pair_cost_ns": 32.5,
    "own_cost_share": 0.0001
  },
  "regions": [
    {
      "name": "load",
      "count": 3,
      "wall_ns": 1200000000,
      "hold_ns": 400000000,
      "wait_ns": 700000000
    }
  ],
  "marks": [
    {
      "name": "checkpoint",
      "count": 2
    }
  ],
  "kernels": [],
  "collections": [],
  "waited_for": [
    {
      "gil": 0,
      "waiter": 0,
      "nobody_ns": 100000,
      "holder_ns": {
        "1": 3000000,
        "2": 1900000
      }
    }
  ],
  "blockers": [],
  "longest_waits": [],
  "obeyed_latest": [],
  "giving": [],
  "estimate": null
}
)");
}

TEST(JsonReport, WritesEachList) {
  Report report = sample_report();
  const PlaceReport place = {{"demo.py", 12, "spin"}, {"app.py", 30, "main"}};
  report.cpu_known = true;
  report.cpu_ns = 5;
  report.threads[1].cpu_known = true;
  report.threads[1].on_cpu_ns = 3;
  report.kernels = {{"blur", true, 2, 100, 90, 80, 7, 4, 16, 60}};
  report.collections = {{2, 3, 40, 50, 45, 30}};
  report.blockers = {{place, 4, 900, 1000, 300}};
  report.longest_waits = {{0, 1, 11, 15'100'000, {}, 2, 600, place}};
  report.obeyed_latest = {{0, 2, 13, 7'310'000, true, place}};
  report.giving = {{place, 5, 10, 20, true}};
  report.estimate =
      EstimateReport{.cores = 2, .price = 1.25, .wall_ns = 600, .least_ns = 500, .speed_up = 1.66667};
  report.lost_reason = "the disk is full";
  report.ends_early = "the run was killed";
  const auto json = nlohmann::json::parse(json_report(report));
  const auto at = nlohmann::json::parse(R"({"file": "demo.py", "line": 12, "function": "spin",
    "callers": [{"file": "app.py", "line": 30, "function": "main"}]})");
  EXPECT_EQ(json["cpu_ns"], 5);
  EXPECT_FALSE(json["threads"][0].contains("on_cpu_ns"));
  EXPECT_EQ(json["threads"][1]["on_cpu_ns"], 3);
  EXPECT_EQ(json["kernels"], nlohmann::json::parse(R"([{"name": "blur", "holds_gil": true, "calls": 2,
    "bytes": 100, "wall_ns": 90, "hold_ns": 80, "wait_ns": 7, "most_threads": 4, "tiles": 16,
    "tiles_ns": 60}])"));
  EXPECT_EQ(json["collections"], nlohmann::json::parse(R"([{"generation": 2, "count": 3, "objects": 40,
    "wall_ns": 50, "hold_ns": 45, "longest_ns": 30}])"));
  EXPECT_EQ(json["blockers"][0]["place"], at);
  EXPECT_EQ(json["blockers"][0]["contended_ns"], 900);
  EXPECT_TRUE(json["longest_waits"][0]["place"].is_null());
  EXPECT_EQ(json["longest_waits"][0]["holder"], 2);
  EXPECT_EQ(json["longest_waits"][0]["holder_place"], at);
  EXPECT_EQ(json["obeyed_latest"][0]["after_ns"], 7'310'000);
  EXPECT_EQ(json["obeyed_latest"][0]["gave"], true);
  EXPECT_EQ(json["giving"][0]["costs_more"], true);
  EXPECT_EQ(json["estimate"].dump(),
            R"({"bound_by":"threads","cores":2.0,"least_ns":500,"price":1.25,"speed_up":1.667,"thread":0,)"
            R"("thread_ns":0,"wall_ns":600})");
  EXPECT_EQ(json["lost_reason"], "the disk is full");
  EXPECT_EQ(json["ends_early"], "the run was killed");
}

TEST(JsonReport, TellsBrokenLaws) {
  Report report = sample_report();
  report.gils[0].takes_counted += 1;
  const auto json = nlohmann::json::parse(json_report(report));
  EXPECT_FALSE(json["probe"]["verified"]);
  ASSERT_EQ(json["laws"].size(), 1u);
  EXPECT_EQ(json["probe"]["reason"], json["laws"][0]);
}

TEST(JsonReport, SaysWhyThereAreNoNumbers) {
  Report report;
  report.unverified_reason = "this Python runs without a GIL";
  const auto json = nlohmann::json::parse(json_report(report));
  EXPECT_FALSE(json["probe"]["verified"]);
  EXPECT_EQ(json["probe"]["reason"], "this Python runs without a GIL");
  EXPECT_TRUE(json["gils"].is_array() && json["gils"].empty());
  EXPECT_TRUE(json["threads"].is_array() && json["threads"].empty());
  EXPECT_FALSE(json.contains("laws"));
}

TEST(JsonReport, StaysJsonWhateverAThreadIsCalled) {
  Report report = sample_report();
  report.threads[0].name = "caf\xe9 \"x\"\n\x1b[31m";
  const auto json = nlohmann::json::parse(json_report(report, -1));
  EXPECT_EQ(json["threads"][0]["name"], "caf\xef\xbf\xbd \"x\"\n\x1b[31m");
}

TEST(JsonReport, FitsOnOneLine) {
  const std::string text = json_report(sample_report(), -1);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

}  // namespace
}  // namespace gilscope::app
