// The Chrome trace, read back with a JSON parser.
#include "app/report/chrome.h"

#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/report/perfetto.h"
#include "tests/app/golden.h"
#include "tests/app/perfetto_decode.h"
#include "tests/app/sample_trace.h"

namespace gilscope::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string chrome_text(const MemoryTrace& trace) {
  std::ostringstream stream;
  write_chrome(trace.report(), trace, stream);
  return stream.str();
}

// A number of microseconds as the file has it, in nanoseconds: it has three decimals.
std::uint64_t ns_of(const json& number) {
  return static_cast<std::uint64_t>(number.get<double>() * 1000 + 0.5);
}

TEST(Chrome, SampleIsTheGoldenText) { expect_golden("chrome.json", chrome_text(sample_trace())); }

TEST(Chrome, HoldsAndWaitsOfTheSampleAddUpToItsReport) {
  const MemoryTrace trace = sample_trace();
  const Report report = trace.report();
  std::map<std::int64_t, std::map<std::string, std::uint64_t>> sums;
  const json file = json::parse(chrome_text(trace));
  for (const json& event : file["traceEvents"]) {
    if (event["ph"] == "X") sums[event["tid"]][event["name"]] += ns_of(event["dur"]);
  }
  for (const ThreadReport& thread : report.threads) {
    // Each edge is rounded: half a nanosecond.
    EXPECT_NEAR(static_cast<double>(sums[thread.native_id]["hold"]), static_cast<double>(thread.hold_ns),
                static_cast<double>(thread.turns));
    EXPECT_NEAR(static_cast<double>(sums[thread.native_id]["wait"]), static_cast<double>(thread.wait_ns),
                static_cast<double>(thread.turns));
  }
}

TEST(Chrome, EachFlowHasTwoEndsOnHoldsOfTwoThreads) {
  std::map<std::string, std::vector<json>> flows;
  std::vector<json> holds;
  const json file = json::parse(chrome_text(sample_trace()));
  for (const json& event : file["traceEvents"]) {
    if (event["ph"] == "s" || event["ph"] == "f") flows[event["id"].dump()].push_back(event);
    if (event["ph"] == "X" && event["name"] == "hold") holds.push_back(event);
  }
  EXPECT_EQ(flows.size(), 3u);
  for (const auto& [id, ends] : flows) {
    ASSERT_EQ(ends.size(), 2u) << id;
    // Perfetto takes a text for a hexadecimal number, and draws no arrow where it is none.
    EXPECT_TRUE(ends[0]["id"].is_number_unsigned()) << id;
    EXPECT_NE(ends[0]["ph"], ends[1]["ph"]);
    EXPECT_NE(ends[0]["tid"], ends[1]["tid"]);
    for (const json& end : ends) {
      int within = 0;
      for (const json& hold : holds) {
        const std::uint64_t begin = ns_of(hold["ts"]);
        within += hold["tid"] == end["tid"] && begin <= ns_of(end["ts"]) &&
                  ns_of(end["ts"]) <= begin + ns_of(hold["dur"]);
      }
      EXPECT_EQ(within, 1) << end;
    }
  }
}

TEST(Chrome, SaysThePerfettoSlices) {
  const MemoryTrace trace = sample_trace();
  std::ostringstream stream;
  write_chrome(trace.report(), trace, stream);
  std::multimap<std::string, std::string> chrome, perfetto;
  const json file = json::parse(stream.str());
  for (const json& event : file["traceEvents"]) {
    if (event["ph"] != "X") continue;
    std::string place = event.value("args", json::object()).value("place", "");
    chrome.emplace(event["name"], std::to_string(ns_of(event["ts"])) + " " + place);
  }
  std::ostringstream packets;
  write_perfetto(trace.report(), trace, packets);
  for (const PerfettoEvent& event : decode_perfetto(packets.str()).events) {
    if (event.type != PerfettoEvent::kBegin) continue;
    std::string place = event.note("place");
    std::erase(place, '\'');
    perfetto.emplace(event.name, std::to_string(event.at_ns) + " " + place);
  }
  const auto sorted = [](const auto& slices) {
    return std::multiset<std::pair<std::string, std::string>>(slices.begin(), slices.end());
  };
  EXPECT_EQ(sorted(chrome), sorted(perfetto));
}

TEST(Chrome, HostileNamesAreValidJson) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.run.command = "a\"\\\n\x01\x7f\xff";
  trace.its_facts.threads[0].name = std::string("a\"b\0\xed\xa0\x80</script>", 16);
  trace.its_facts.names[1] = "\xf0\x9f\x90\x8d \xc0\xaf";
  trace.its_facts.places[2].function = "<lambda>\"\t";
  const json file = json::parse(chrome_text(trace));
  EXPECT_EQ(file["otherData"]["command"], "a\"\\\n\x01\x7f\xef\xbf\xbd");
  EXPECT_THAT(file.dump(), HasSubstr("\xf0\x9f\x90\x8d \xef\xbf\xbd\xef\xbf\xbd"));
}

TEST(Chrome, LossIsSaid) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.gils[0].takes_counted = 7;
  trace.its_facts.gils[0].lost_counted = 1;
  const json file = json::parse(chrome_text(trace));
  EXPECT_EQ(file["otherData"]["lost"], 1);
  EXPECT_THAT(file["traceEvents"].dump(), HasSubstr("WARNING: GIL 0: 1 turn lost"));
}

TEST(Chrome, UnverifiedRunHasNoTurnsAndSaysSo) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.run.verified = false;
  trace.its_facts.run.unverified_reason = "the GIL is somewhere else";
  const json file = json::parse(chrome_text(trace));
  EXPECT_THAT(file.dump(), HasSubstr("WARNING: not verified"));
  EXPECT_THAT(file.dump(), Not(HasSubstr("\"hold\"")));
}

TEST(Chrome, NothingRecordedIsAValidFile) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  EXPECT_TRUE(json::parse(chrome_text(trace)).contains("traceEvents"));
}

}  // namespace
}  // namespace gilscope::app
