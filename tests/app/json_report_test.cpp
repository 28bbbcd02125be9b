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
      "obeyed_p99_ns": 5020000
    }
  ],
  "threads": [
    {
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
  ]
}
)");
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
