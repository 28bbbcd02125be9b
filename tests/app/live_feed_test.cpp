// What a live page is sent of a run: every turn once, or a gap that says how many are missing.
#include "app/live_web/live_feed.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/report/page_records.h"

namespace gilscope::app {
namespace {

using nlohmann::json;
using probe::Ticks;
using probe::Turn;

constexpr Ticks kBegin = 1'000'000;

// A run that is told by the test. Time goes by at the wall's pace: the feed sends when it is due.
class ToldRun final : public RunView {
 public:
  TraceFacts moment_now() const override {
    TraceFacts facts;
    facts.begin = kBegin;
    facts.now = now;
    facts.threads = threads;
    facts.open = open;
    return facts;
  }
  std::vector<std::string> names() const override { return known_names; }
  std::vector<probe::Place> places_from(std::uint32_t first) const override {
    if (first > places.size()) return {};
    return {places.begin() + first - 1, places.end()};
  }
  Report report_now() override {
    Report report;
    report.wall_ns = now - kBegin;
    return report;
  }

  Ticks now = kBegin;
  std::vector<ThreadFacts> threads{{.index = 0, .native_id = 10, .name = "main", .begin = kBegin, .end = 0}};
  std::vector<OpenTurn> open;
  std::vector<std::string> known_names{""};
  std::vector<probe::Place> places;  // from number 1 on
};

struct Sent {
  std::string type;
  json data;
};

class LiveFeedTest : public ::testing::Test {
 protected:
  // Passes until the feed has told the moment.
  void pass(Ticks now) {
    run_.now = now;
    const auto told = [&] {
      for (const Sent& one : sent_) {
        if (one.type == "facts" && one.data["now"] == now - kBegin) return true;
      }
      return false;
    };
    while (!told()) {
      feed_.pass_ended(run_);
      take();
    }
  }
  void take() {
    while (const SharedEvent event = events_.after(last_)) {
      last_ = event->id;
      const auto data = event->text.find("\ndata: ") + 7;
      sent_.push_back({event->type, json::parse(event->text.substr(data))});
    }
  }
  std::vector<json> all(const std::string& type) const {
    std::vector<json> found;
    for (const Sent& one : sent_) {
      if (one.type == type) found.push_back(one.data);
    }
    return found;
  }
  static Turn turn(Ticks take, std::uint32_t sequence) {
    Turn turn;
    turn.want = take;
    turn.take = take;
    turn.drop = take + 5;
    turn.sequence = sequence;
    return turn;
  }

  EventStream events_{64 << 20};
  LiveFeed feed_{events_};
  ToldRun run_;
  std::uint64_t last_ = 0;
  std::vector<Sent> sent_;
};

std::string encoded(const std::vector<Turn>& turns) {
  PageRecords records(kBegin);
  records.add(turns);
  std::string text;
  append_base64(text, records.take());
  return text;
}

TEST_F(LiveFeedTest, EachTextOfRecordsBeginsAnew) {
  const std::vector<Turn> first{turn(kBegin + 10, 0), turn(kBegin + 20, 1)};
  const std::vector<Turn> second{turn(kBegin + 30, 3)};
  feed_.add(0, first);
  feed_.add(7, std::vector<Turn>{turn(kBegin + 25, 2)});
  pass(kBegin + 28);
  feed_.add(0, second);
  pass(kBegin + 40);
  EXPECT_EQ(all("records"), (std::vector<json>{{{0, encoded(first)}, {7, encoded({turn(kBegin + 25, 2)})}},
                                               {{0, encoded(second)}}}));
  EXPECT_TRUE(all("gap").empty());
}

TEST_F(LiveFeedTest, NamesAndPlacesAreToldOnceAndKept) {
  run_.known_names = {"", "load"};
  run_.places = {{.file = "a.py", .function = "f", .line = 3, .caller = 0}};
  pass(kBegin + 1);
  run_.places.push_back({.file = "b.py", .function = "g", .line = 4, .caller = 1});
  pass(kBegin + 2);
  pass(kBegin + 3);
  const std::vector<json> facts = all("facts");
  ASSERT_EQ(facts.size(), 3u);
  EXPECT_EQ(facts[0]["names"], json({"", "load"}));
  EXPECT_EQ(facts[0]["first_place"], 0);
  EXPECT_EQ(facts[0]["places"], json({{"", 0, "", 0}, {"a.py", 3, "f", 0}}));
  EXPECT_EQ(facts[1]["first_name"], 2);
  EXPECT_EQ(facts[1]["first_place"], 2);
  EXPECT_EQ(facts[1]["places"], json::array({{"b.py", 4, "g", 1}}));
  EXPECT_EQ(facts[2]["places"], json::array());
  // Who comes now gets all of them, and of the moments only the last.
  sent_.clear();
  last_ = 0;
  take();
  EXPECT_EQ(all("facts").size(), 3u);
  pass(kBegin + 4);
  sent_.clear();
  last_ = 0;
  take();
  EXPECT_EQ(all("facts").size(), 3u);
  EXPECT_EQ(all("facts").back()["now"], 4);
}

TEST_F(LiveFeedTest, ThreadsAreToldWhenTheyChange) {
  pass(kBegin + 1);
  pass(kBegin + 2);
  run_.threads[0].name = "renamed";
  run_.threads.push_back({.index = 1, .native_id = 11, .name = "worker", .begin = kBegin + 3, .end = 0});
  pass(kBegin + 3);
  run_.threads[1].end = kBegin + 4;
  pass(kBegin + 4);
  std::vector<std::vector<std::string>> told;
  for (const json& facts : all("facts")) {
    std::vector<std::string> names;
    for (const json& thread : facts["threads"]) names.push_back(thread["name"]);
    told.push_back(names);
  }
  EXPECT_EQ(told, (std::vector<std::vector<std::string>>{{"main"}, {}, {"renamed", "worker"}, {"worker"}}));
  EXPECT_EQ(all("facts").back()["threads"][0]["end"], 4);
}

TEST_F(LiveFeedTest, AnOpenTurnIsToldAsFarAsItHasGone) {
  run_.open = {{.thread = 0,
                .gil = 0,
                .want = kBegin + 1,
                .take = kBegin + 2,
                .request = 0,
                .requests = 0,
                .sequence = 4}};
  pass(kBegin + 9);
  const json open = all("facts").back()["open"];
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0]["take"], 2);
  EXPECT_EQ(all("facts").back()["now"], 9);
}

TEST_F(LiveFeedTest, WhatIsTooMuchForABrowserIsAGapThatSaysHowMuch) {
  constexpr std::uint32_t kMany = 250'000;
  std::vector<Turn> turns;
  for (std::uint32_t i = 0; i < kMany; ++i) turns.push_back(turn(kBegin + 10 * i, i));
  Turn mark = turn(kBegin + 10 * kMany, 0);
  mark.kind = probe::RecordKind::kMark;
  turns.push_back(mark);
  feed_.add(3, turns);
  pass(kBegin + 10 * kMany + 1);
  const std::vector<json> gaps = all("gap");
  ASSERT_EQ(gaps.size(), 1u);
  const std::uint64_t missing = gaps[0]["turns"];
  ASSERT_LT(missing, kMany);
  const std::uint64_t shown = kMany - missing;
  EXPECT_EQ(gaps[0]["begin"], 10 * shown);
  EXPECT_EQ(gaps[0]["end"], 10 * (kMany - 1) + 5);
  // The mark is not a turn, and still comes.
  std::vector<Turn> expected(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(shown));
  expected.push_back(mark);
  EXPECT_EQ(all("records"), std::vector<json>{json::array({{3, encoded(expected)}})});
  // The next period begins without a debt.
  sent_.clear();
  feed_.add(3, std::vector<Turn>{turn(kBegin + 11 * kMany, kMany)});
  pass(kBegin + 12 * kMany);
  EXPECT_EQ(all("records").size(), 1u);
  EXPECT_TRUE(all("gap").empty());
}

TEST_F(LiveFeedTest, TheEndHasTheReport) {
  Report report;
  report.wall_ns = 42;
  report.exit_status = 3;
  feed_.end(report);
  take();
  ASSERT_EQ(all("end").size(), 1u);
  EXPECT_EQ(all("end")[0]["report"]["exit_status"], 3);
}

}  // namespace
}  // namespace gilscope::app
