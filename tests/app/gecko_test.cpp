// The Gecko profile, read back with a JSON parser and held against the format's documentation: which tables
// and columns there are, that the columns of a table are of one length, and that indices lie in their tables.
#include "app/report/gecko.h"

#include <array>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/report/gecko_lanes.h"
#include "tests/app/golden.h"
#include "tests/app/sample_trace.h"

namespace gilscope::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string gecko_text(const MemoryTrace& trace) {
  std::ostringstream stream;
  write_gecko(trace.report(), trace, stream);
  return stream.str();
}

// The columns of a table are those that the format names, all as long as it says.
void expect_table(const json& table, const std::set<std::string>& columns, const char* name) {
  std::set<std::string> found;
  for (const auto& [key, column] : table.items()) {
    if (!column.is_array()) continue;
    found.insert(key);
    EXPECT_EQ(column.size(), table.at("length").get<std::size_t>()) << name << "." << key;
  }
  EXPECT_EQ(found, columns) << name;
}

void expect_indices(const json& column, const json& table, bool may_be_null, const char* name) {
  const std::size_t length = table.is_array() ? table.size() : table.at("length").get<std::size_t>();
  for (const json& index : column) {
    if (may_be_null && index.is_null()) continue;
    ASSERT_TRUE(index.is_number_unsigned()) << name << ": " << index;
    EXPECT_LT(index.get<std::size_t>(), length) << name;
  }
}

void expect_valid_markers(const json& thread, const json& profile) {
  const json& markers = thread.at("markers");
  const json& shared = profile.at("shared");
  expect_table(markers, {"name", "startTime", "endTime", "phase", "category", "data"}, "markers");
  expect_indices(markers.at("name"), shared.at("stringArray"), false, "markers.name");
  expect_indices(markers.at("category"), profile.at("meta").at("categories"), false, "markers.category");
  std::map<std::string, std::map<std::string, std::string>> schemas;
  for (const json& schema : profile.at("meta").at("markerSchema")) {
    auto& fields = schemas[schema.at("name")];
    for (const json& field : schema.at("fields")) fields[field.at("key")] = field.at("format");
  }
  for (std::size_t i = 0; i < markers.at("length"); ++i) {
    EXPECT_TRUE(markers.at("startTime")[i].is_number());
    if (markers.at("phase")[i] == 1) {
      EXPECT_LE(markers.at("startTime")[i].get<double>(), markers.at("endTime")[i].get<double>());
    } else {
      EXPECT_EQ(markers.at("phase")[i], 0);
      EXPECT_TRUE(markers.at("endTime")[i].is_null());
    }
    const json& data = markers.at("data")[i];
    ASSERT_TRUE(schemas.contains(data.at("type"))) << data;
    for (const auto& [key, value] : data.items()) {
      if (key == "type") continue;
      if (key == "cause") {
        expect_indices(json::array({value.at("stack")}), shared.at("stackTable"), false, "cause");
        continue;
      }
      ASSERT_TRUE(schemas[data.at("type")].contains(key)) << key << " is not in the schema: " << data;
      if (schemas[data.at("type")][key] == "unique-string") {
        expect_indices(json::array({value}), shared.at("stringArray"), false, key.c_str());
      }
    }
  }
}

void expect_valid(const json& profile) {
  const json& meta = profile.at("meta");
  EXPECT_EQ(meta.at("preprocessedProfileVersion"), 60);
  for (const char* key : {"interval", "startTime", "processType", "product", "stackwalk", "version",
                          "categories", "markerSchema"}) {
    EXPECT_TRUE(meta.contains(key)) << key;
  }
  std::set<std::string> colors;
  for (const json& category : meta.at("categories")) {
    colors.insert(category.at("color"));
    EXPECT_EQ(category.at("subcategories").at(0), "Other");
  }
  EXPECT_TRUE(colors.contains("grey"));

  const json& shared = profile.at("shared");
  const json& stacks = shared.at("stackTable");
  const json& frames = shared.at("frameTable");
  const json& functions = shared.at("funcTable");
  expect_table(stacks, {"frame", "prefix"}, "stackTable");
  expect_table(frames,
               {"address", "inlineDepth", "category", "subcategory", "func", "nativeSymbol", "innerWindowID",
                "line", "column"},
               "frameTable");
  expect_table(functions,
               {"name", "isJS", "relevantForJS", "resource", "source", "lineNumber", "columnNumber"},
               "funcTable");
  expect_table(shared.at("resourceTable"), {"lib", "name", "host", "type"}, "resourceTable");
  expect_table(shared.at("nativeSymbols"), {"libIndex", "address", "name", "functionSize"}, "nativeSymbols");
  expect_table(shared.at("sources"), {"uuid", "filename"}, "sources");
  expect_indices(stacks.at("frame"), frames, false, "stackTable.frame");
  for (std::size_t i = 0; i < stacks.at("length"); ++i) {
    const json& prefix = stacks.at("prefix")[i];
    EXPECT_TRUE(prefix.is_null() || prefix.get<std::size_t>() < i) << "parents come first";
  }
  expect_indices(frames.at("func"), functions, false, "frameTable.func");
  expect_indices(frames.at("category"), meta.at("categories"), false, "frameTable.category");
  expect_indices(functions.at("name"), shared.at("stringArray"), false, "funcTable.name");
  expect_indices(functions.at("source"), shared.at("sources"), false, "funcTable.source");
  expect_indices(shared.at("sources").at("filename"), shared.at("stringArray"), false, "sources.filename");

  EXPECT_GT(profile.at("threads").size(), 0u);
  std::set<std::string> tids;
  for (const json& thread : profile.at("threads")) {
    for (const char* key : {"name", "processType", "processStartupTime", "processShutdownTime",
                            "registerTime", "unregisterTime", "pausedRanges", "isMainThread", "pid", "tid"}) {
      EXPECT_TRUE(thread.contains(key)) << key;
    }
    EXPECT_TRUE(thread.at("pid").is_string());
    EXPECT_TRUE(tids.insert(thread.at("tid").dump()).second);
    const json& samples = thread.at("samples");
    expect_table(samples, {"stack", "time", "weight"}, "samples");
    EXPECT_EQ(samples.at("weightType"), "tracing-ms");
    expect_indices(samples.at("stack"), stacks, true, "samples.stack");
    EXPECT_TRUE(std::is_sorted(samples.at("time").begin(), samples.at("time").end()));
    expect_valid_markers(thread, profile);
  }
}

TEST(Gecko, SampleIsTheGoldenText) { expect_golden("gecko.json", gecko_text(sample_trace())); }

TEST(Gecko, SampleIsAValidProfile) { expect_valid(json::parse(gecko_text(sample_trace()))); }

TEST(Gecko, WeightsAndMarkersAddUpToTheReport) {
  const MemoryTrace trace = sample_trace();
  const Report report = trace.report();
  const json profile = json::parse(gecko_text(trace));
  for (const ThreadReport& thread : report.threads) {
    const json& its = profile["threads"][thread.index];
    EXPECT_EQ(its["tid"], thread.native_id);
    double weight = 0, hold = 0, wait = 0;
    for (const json& part : its["samples"]["weight"]) weight += part.get<double>() * 1e6;
    const json& markers = its["markers"];
    for (std::size_t i = 0; i < markers["length"]; ++i) {
      if (markers["phase"][i] != 1) continue;
      const double ns = (markers["endTime"][i].get<double>() - markers["startTime"][i].get<double>()) * 1e6;
      if (markers["data"][i]["type"] == "gil-hold") hold += ns;
      if (markers["data"][i]["type"] == "gil-wait") wait += ns;
    }
    // Each edge is rounded: half a nanosecond.
    EXPECT_NEAR(weight, static_cast<double>(thread.hold_ns), static_cast<double>(thread.turns));
    EXPECT_NEAR(hold, static_cast<double>(thread.hold_ns), static_cast<double>(thread.turns));
    EXPECT_NEAR(wait, static_cast<double>(thread.wait_ns), static_cast<double>(thread.turns));
  }
}

TEST(Gecko, SamplesHaveThePlaceOnTopOfItsCallers) {
  const json profile = json::parse(gecko_text(sample_trace()));
  const json& shared = profile["shared"];
  std::vector<std::string> functions;
  for (json stack = profile["threads"][0]["samples"]["stack"][0]; !stack.is_null();
       stack = shared["stackTable"]["prefix"][stack.get<std::size_t>()]) {
    const std::size_t frame = shared["stackTable"]["frame"][stack.get<std::size_t>()];
    const std::size_t function = shared["frameTable"]["func"][frame];
    functions.push_back(shared["stringArray"][shared["funcTable"]["name"][function].get<std::size_t>()]);
  }
  EXPECT_THAT(functions, testing::ElementsAre("count", "<module>"));
}

TEST(Gecko, HostileNamesAreValid) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.run.command = "a\"\\\n\x01\x7f\xff";
  trace.its_facts.threads[0].name = std::string("a\"b\0\xed\xa0\x80", 7);
  trace.its_facts.threads[1].native_id = 4711;
  trace.its_facts.names[1] = "\xc0\xaf";
  trace.its_facts.places[2].caller = 2;   // a damaged file: calls itself
  trace.its_facts.places[4].caller = 99;  // one that is not there
  expect_valid(json::parse(gecko_text(trace)));
}

TEST(Gecko, LossIsSaid) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.gils[0].takes_counted = 7;
  trace.its_facts.gils[0].lost_counted = 1;
  const json profile = json::parse(gecko_text(trace));
  expect_valid(profile);
  EXPECT_THAT(profile["shared"]["stringArray"].dump(), HasSubstr("WARNING: GIL 0: 1 turn lost"));
  EXPECT_EQ(profile["threads"][0]["markers"]["data"].back()["type"], "warning");
}

TEST(Gecko, UnverifiedAndEmptyRunsAreValid) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  expect_valid(json::parse(gecko_text(trace)));
  trace.its_facts.run.verified = false;
  const json profile = json::parse(gecko_text(trace));
  expect_valid(profile);
  EXPECT_THAT(profile["shared"]["stringArray"].dump(), HasSubstr("WARNING: not verified"));
}

TEST(Gecko, KeptTurnsAreWhatCame) {
  std::mt19937_64 random(1);
  const auto some_ns = [&] {
    constexpr std::uint64_t kEdge = 0xffff'ffff;
    return std::array<std::uint64_t, 5>{0, random() % 1000, kEdge - 1, kEdge, kEdge + 1}[random() % 5];
  };
  TurnKinds kinds;
  KeptTurns kept;
  std::vector<DrawnTurn> came;
  std::uint64_t now_ns = 0;
  for (int i = 0; i < 50'000; ++i) {
    DrawnTurn turn;
    turn.want_ns = now_ns += some_ns();
    turn.taken = random() % 10 != 0;
    if (random() % 2 == 0) now_ns += 1 + some_ns();
    turn.take_ns = now_ns;
    if (turn.taken) now_ns += some_ns();
    turn.drop_ns = now_ns;
    turn.place = static_cast<std::uint32_t>(random() % 100);
    turn.gil = static_cast<std::uint16_t>(random() % 3);
    turn.end = static_cast<probe::TurnEnd>(random() % 3);
    turn.requests = static_cast<std::uint8_t>(random() % 3);
    if (turn.requests != 0) turn.obeyed_ns = random();
    kept.push_back(turn, kinds.id_of(turn));
    // Of a thread that does not wait any more and never took there is nothing to be seen.
    if (turn.taken || turn.want_ns < turn.drop_ns) came.push_back(turn);
  }
  std::size_t at = 0, waits = 0, holds = 0;
  kept.for_each([&](const KeptTurn& turn) {
    ASSERT_LT(at, came.size());
    const DrawnTurn& expected = came[at++];
    const TurnKind& kind = kinds.all()[turn.kind];
    EXPECT_EQ(turn.want_ns, expected.want_ns);
    EXPECT_EQ(turn.wait_end_ns, expected.taken ? expected.take_ns : expected.drop_ns);
    EXPECT_EQ(turn.drop_ns, expected.drop_ns);
    EXPECT_EQ(turn.waited, expected.want_ns < turn.wait_end_ns);
    EXPECT_EQ(turn.taken, expected.taken);
    EXPECT_EQ(turn.requests, expected.requests);
    EXPECT_EQ(turn.requests != 0 ? turn.obeyed_ns : 0, expected.obeyed_ns);
    EXPECT_EQ(std::tie(kind.place, kind.gil, kind.end), std::tie(expected.place, expected.gil, expected.end));
    waits += turn.waited;
    holds += turn.taken;
  });
  EXPECT_EQ(at, came.size());
  EXPECT_EQ(waits, kept.waits());
  EXPECT_EQ(holds, kept.holds());
}

}  // namespace
}  // namespace gilscope::app
