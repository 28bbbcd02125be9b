// What goes into a trace file comes out of it: the same records, facts and numbers.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/json_report.h"
#include "app/report/laws.h"
#include "app/trace_file/trace_reader.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/trace_file_fixture.h"

namespace gilscope::app {
namespace {

// A recording whose records go into a file, and into a timeline.
struct Recorded {
  TestFacts facts;
  SinkLog log;
  TraceRecording recording;

  explicit Recorded(std::uint64_t limit = kRoomy) : recording(TraceOutput::temporary(limit), facts, log) {}
  TraceReader read() const { return TraceReader::of_descriptor(recording.output().descriptor(), "test.gil"); }
};

std::vector<std::string> replayed(const TraceReader& reader) {
  SinkLog log;
  reader.replay(log);
  return log.lines;
}

TEST(TraceRecording, GivesTheFileWhatItGivesOn) {
  Recorded run;
  run.facts.now.threads = {thread_facts(0, "main", 1'000'000),
                           thread_facts(1, "worker", 1'000'100, 1'900'000)};
  run.facts.now.names = {"", "load", "tick"};
  run.facts.now.places = {{}, {"a.py", "f", 3, 0}, {"a.py", "g", 9, 1}, {"", "", 0, 2}};
  run.recording.begin("test.gil");
  probe::Turn first = turn(0, 1'000'010, 1'000'010, 1'000'400);
  first.location = 2;
  probe::Turn mark;
  mark.kind = probe::RecordKind::kMark;
  mark.drop = 1'000'200;
  mark.location = 2;
  run.recording.add(0, std::vector{mark, first});
  run.recording.add(1, std::vector{asked(1, 1'000'100, 1'000'410, 1'000'500, 1'000'900)});
  run.recording.end_of_pass(1'000'050);
  run.recording.add(0, std::vector{turn(2, 1'000'600, 1'000'910, 1'001'000)});
  run.recording.end_of_pass(1'000'800);
  run.recording.flush();

  run.facts.now.gils = {{0, 4, 1, 0}};
  run.facts.now.open = {{.thread = 1,
                         .gil = 0,
                         .want = 1'000'900,
                         .take = 1'001'010,
                         .request = 1'001'200,
                         .requests = 1,
                         .sequence = 3},
                        {.thread = 0, .gil = 0, .want = 1'001'050}};
  run.facts.now.cpu = {{0, 500, 20}, {CpuFacts::kProcess, 900, 0}};
  run.facts.now.now = 1'001'500;
  run.facts.now.scale = {0.4321};
  run.facts.now.run.exit_status = -3;
  run.facts.now.run.lost_reason = "the disk is full";
  run.recording.finish(run.facts.now);

  const TraceReader reader = run.read();
  EXPECT_EQ(replayed(reader), run.log.lines);
  EXPECT_EQ(run.log.lines.size(), 7u);  // both passes as one, each thread once
  const TraceFacts& facts = reader.facts();
  EXPECT_EQ(facts.run.exit_status, -3);
  EXPECT_EQ(facts.run.lost_reason, "the disk is full");
  EXPECT_EQ(facts.run.ends_early, "");
  EXPECT_FALSE(facts.run.still_running);
  EXPECT_EQ(facts.names, run.facts.now.names);
  ASSERT_EQ(facts.places.size(), 4u);
  EXPECT_EQ(facts.places[2].file, "a.py");
  EXPECT_EQ(facts.places[2].function, "g");
  EXPECT_EQ(facts.places[2].caller, 1u);
  EXPECT_EQ(facts.places[3].file, "");
  ASSERT_EQ(facts.threads.size(), 2u);
  EXPECT_EQ(facts.threads[1].name, "worker");
  EXPECT_EQ(facts.threads[1].end, 1'900'000u);
  ASSERT_EQ(facts.gils.size(), 1u);
  EXPECT_EQ(facts.gils[0].takes_counted, 4u);
  EXPECT_EQ(facts.gils[0].lost_counted, 1u);
  ASSERT_EQ(facts.open.size(), 2u);
  EXPECT_EQ(facts.open[0].want, 1'000'900u);
  EXPECT_EQ(facts.open[0].take, 1'001'010u);
  EXPECT_EQ(facts.open[0].request, 1'001'200u);
  EXPECT_EQ(facts.open[0].requests, 1);
  EXPECT_EQ(facts.open[0].sequence, 3u);
  EXPECT_EQ(facts.open[1].want, 1'001'050u);
  EXPECT_EQ(facts.open[1].take, 0u);
  ASSERT_EQ(facts.cpu.size(), 2u);
  EXPECT_EQ(facts.cpu[1].thread, CpuFacts::kProcess);
  EXPECT_EQ(facts.cpu[0].runnable_ns, 20u);
  EXPECT_EQ(facts.begin, 1'000'000u);
  EXPECT_EQ(facts.now, 1'001'500u);
  EXPECT_EQ(facts.scale.ns_per_tick, 0.4321);
}

// Feeds a random schedule in passes; what was open at the end is closed with the last fact.
void feed(Recorded& run, std::mt19937_64& random, const Schedule& schedule) {
  std::vector<std::vector<probe::Turn>> pass(schedule.threads);
  std::map<std::uint16_t, GilFacts> gils;
  const auto hand_over = [&] {
    for (std::uint32_t thread = 0; thread < pass.size(); ++thread) {
      run.recording.add(thread, pass[thread]);
      pass[thread].clear();
    }
    run.recording.end_of_pass(0);
    if (random() % 3 == 0) run.recording.flush();
  };
  for (ScheduledTurn scheduled : schedule.turns) {
    scheduled.turn.want += 1'000'000;
    scheduled.turn.take += 1'000'000;
    scheduled.turn.drop += 1'000'000;
    if (scheduled.turn.request != 0) scheduled.turn.request += 1'000'000;
    GilFacts& gil = gils[0];
    ++gil.takes_counted;
    gil.lost_counted += scheduled.lost;
    if (!scheduled.lost) pass[scheduled.thread].push_back(scheduled.turn);
    run.facts.now.now = scheduled.turn.drop;
    if (random() % 20 == 0) hand_over();
  }
  hand_over();
  run.recording.flush();
  run.recording.end_of_pass(0);
  run.recording.flush();
  run.facts.now.gils = {gils[0]};
  run.facts.now.gils[0].lost_counted += run.recording.lost(0);
  run.facts.now.run.lost_reason = run.recording.lost_reason();
}

TEST(TraceRecording, TheNumbersOfTheFileAreThoseOfTheRun) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 50; ++i) {
    const Schedule schedule = random_schedule(
        random, {.threads = 1 + static_cast<std::uint32_t>(random() % 5), .turns = 500, .lost_share = 0.02});
    Recorded run;
    run.recording.begin("test.gil");
    feed(run, random, schedule);
    run.recording.finish(run.facts.now);
    const TraceReader reader = run.read();
    EXPECT_EQ(replayed(reader), run.log.lines);
    const Report report = report_of(reader);
    EXPECT_THAT(check_laws(report), ::testing::IsEmpty());
    EXPECT_EQ(report.gils.at(0).takes_counted, 500u);
  }
}

TEST(TraceRecording, AtTheLimitWhatIsLostIsCountedAndTheEndFits) {
  std::mt19937_64 random(3);
  Recorded run(8'000);
  run.recording.begin("test.gil");
  feed(run, random, random_schedule(random, {.threads = 3, .turns = 5'000}));
  run.recording.finish(run.facts.now);
  EXPECT_LE(run.recording.output().size(), 8'000u);
  EXPECT_GT(run.recording.lost(0), 0u);
  EXPECT_THAT(run.recording.lost_reason(), ::testing::HasSubstr("--trace-limit"));

  const TraceReader reader = run.read();
  EXPECT_EQ(replayed(reader), run.log.lines);
  const Report report = report_of(reader);
  EXPECT_THAT(check_laws(report), ::testing::IsEmpty());
  EXPECT_EQ(report.gils.at(0).takes_counted, 5'000u);
  EXPECT_EQ(report.gils.at(0).lost, run.recording.lost(0));
  EXPECT_EQ(report.ends_early, "");
  EXPECT_EQ(report.lost_reason, run.recording.lost_reason());
}

}  // namespace
}  // namespace gilscope::app
