// Traces of several processes become one: each GIL's numbers stay what they were, on one time axis.
#include "app/trace_file/trace_merge.h"

#include <map>
#include <memory>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "app/report/processes.h"
#include "app/user_error.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/trace_file_fixture.h"

namespace gilscope::app {
namespace {

class NoSink final : public probe::TurnSink {
 public:
  void add(std::uint32_t, std::span<const probe::Turn>) override {}
  void end_of_pass(probe::Ticks) override {}
};

// One process's trace: a random schedule that begins at `begin`, in passes of which some see a turn only
// after the one that follows it.
struct Process {
  TestFacts facts;
  NoSink none;
  TraceRecording recording{TraceOutput::temporary(kRoomy), facts, none};
  probe::Ticks begin;

  Process(std::int64_t id, probe::Ticks from) : begin(from) {
    facts.now.run.process_id = id;
    facts.now.run.command = "process " + std::to_string(id);
    facts.now.begin = facts.now.now = begin;
    facts.clock = {begin, 4'000'000 + begin};
    facts.now.names = {"", "of " + std::to_string(id), "of all"};
    facts.now.places = {{}, {"all.py", "f", 1, 0}, {std::to_string(id) + ".py", "g", 2, 1}};
  }

  void record(std::mt19937_64& random, std::uint32_t threads, std::uint32_t turns) {
    for (std::uint32_t i = 0; i < threads; ++i) facts.now.threads.push_back(thread_facts(i, "main", begin));
    recording.begin("test.gil");
    const Schedule schedule =
        random_schedule(random, {.threads = threads, .turns = turns, .outside = 3'000, .hold = 20'000});
    std::vector<std::vector<probe::Turn>> pass(threads);
    // What a pass leaves out, the next one has: no later one would be legal.
    std::uint32_t late_before = threads;
    const auto end_pass = [&](std::uint32_t late_thread) {
      if (late_thread == late_before) late_thread = threads;
      late_before = late_thread;
      for (std::uint32_t thread = 0; thread < threads; ++thread) {
        if (thread == late_thread) continue;
        recording.add(thread, pass[thread]);
        pass[thread].clear();
      }
      recording.end_of_pass(begin);
      recording.flush();
    };
    for (ScheduledTurn scheduled : schedule.turns) {
      probe::Turn turn = scheduled.turn;
      turn.want += begin;
      turn.take += begin;
      turn.drop += begin;
      if (turn.request != 0) turn.request += begin;
      turn.location = 1 + turn.location % 2;
      pass[scheduled.thread].push_back(turn);
      facts.now.now = std::max(facts.now.now, turn.drop);
      if (random() % 20 == 0) end_pass(scheduled.thread == 0 ? 1 : scheduled.thread - 1);
    }
    probe::Turn mark;
    mark.kind = probe::RecordKind::kMark;
    mark.drop = facts.now.now;
    mark.location = 2;
    pass[0].push_back(mark);
    for (int i = 0; i < 3; ++i) end_pass(threads);
    facts.now.gils = {{0, turns, 0, 0}};
  }
  void finish() { recording.finish(facts.now); }

  MergePart part(std::int64_t parent = 0) const {
    MergePart part{.path = "test.gil", .descriptor = recording.output().descriptor(), .process = {}};
    part.process.process_id = facts.now.run.process_id;
    part.process.parent_id = parent;
    part.process.how = ProcessFacts::End::kKilled;
    return part;
  }
  Report report() const {
    return report_of(TraceReader::of_descriptor(recording.output().descriptor(), "test.gil"));
  }
};

TraceReader merged(const std::vector<MergePart>& parts, std::vector<UntracedProcess> untraced = {}) {
  MergeResult result = merge_traces(parts, std::move(untraced), TraceOutput::temporary(kRoomy));
  EXPECT_EQ(result.failure, "");
  return std::move(*result.trace);
}

void expect_same(const GilReport& a, const GilReport& b) {
  EXPECT_EQ(a.turns, b.turns);
  EXPECT_EQ(a.takes_counted, b.takes_counted);
  EXPECT_EQ(a.held_ns, b.held_ns);
  EXPECT_EQ(a.contended_ns, b.contended_ns);
  EXPECT_EQ(a.hand_overs, b.hand_overs);
  EXPECT_EQ(a.drop_requests, b.drop_requests);
  EXPECT_EQ(a.missing, b.missing);
  EXPECT_EQ(a.late, b.late);
  EXPECT_EQ(a.overlaps, b.overlaps);
}

TEST(TraceMerge, EveryGilKeepsItsNumbers) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::unique_ptr<Process>> processes;
    std::vector<MergePart> parts;
    for (std::int64_t id = 1; id <= 5; ++id) {
      // Far apart, close together, and over before another begins.
      processes.push_back(std::make_unique<Process>(id, 1'000'000 + (id == 1 ? 0 : random() % 200'000'000)));
      processes.back()->record(random, 1 + static_cast<std::uint32_t>(random() % 4), 300);
      processes.back()->finish();
      parts.push_back(processes.back()->part(id - 1));
    }
    const Report report = report_of(merged(parts));
    EXPECT_THAT(check_laws(report), ::testing::IsEmpty());
    ASSERT_EQ(report.processes.size(), 5u);
    ASSERT_EQ(report.gils.size(), 5u);
    std::uint64_t threads = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const Report alone = processes[i]->report();
      SCOPED_TRACE(i);
      expect_same(report.gils[i], alone.gils.at(0));
      EXPECT_EQ(report.processes[i].wall_ns, alone.wall_ns);
      EXPECT_EQ(report.processes[i].how, ProcessReport::End::kExited);
      EXPECT_EQ(process_of_gil(report, report.gils[i].id), &report.processes[i]);
      threads += alone.threads.size();
    }
    EXPECT_EQ(report.threads.size(), threads);
    EXPECT_EQ(report.marks.size(), 1u);  // the name that all have is one
    EXPECT_EQ(report.marks.at(0).count, 5u);
  }
}

TEST(TraceMerge, NumbersPlacesOfAllProcessesAnew) {
  std::mt19937_64 random(5);
  Process first(10, 1'000'000), second(20, 2'000'000);
  for (Process* process : {&first, &second}) {
    process->record(random, 2, 50);
    process->finish();
  }
  const TraceReader trace = merged({first.part(), second.part(10)});
  std::vector<std::string> files;
  for (const probe::Place& place : trace.facts().places) files.push_back(place.file);
  EXPECT_THAT(files, ::testing::ElementsAre("", "all.py", "10.py", "20.py"));
  EXPECT_EQ(trace.facts().places.at(3).caller, 1u);
  EXPECT_THAT(trace.facts().names, ::testing::ElementsAre("", "of 10", "of all", "of 20"));
  EXPECT_EQ(trace.facts().threads.at(2).name, "process 20");
  const ProcessFacts& told = trace.facts().processes.at(1);
  EXPECT_EQ(told.process_id, 20);
  EXPECT_EQ(told.parent_id, 10);
  EXPECT_EQ(told.command, "process 20");
  EXPECT_EQ(told.begin, 2'000'000u);
  EXPECT_EQ(told.first_thread, 2u);
  EXPECT_EQ(told.first_gil, 1u);
}

TEST(TraceMerge, TellsHowFarTheClocksDiffer) {
  std::mt19937_64 random(5);
  Process first(10, 1'000'000), second(20, 2'000'000);
  second.facts.clock.monotonic_ns -= 1'500;
  for (Process* process : {&first, &second}) {
    process->record(random, 1, 20);
    process->facts.now.scale = {1.0};
    process->finish();
  }
  const Report report = report_of(merged({first.part(), second.part(10)}));
  EXPECT_EQ(report.processes.at(1).clock_error_ns, -1'500);
  EXPECT_EQ(greatest_clock_error_ns(report), 1'500u);
}

TEST(TraceMerge, ATraceWithoutAnEndIsToldAsSuch) {
  std::mt19937_64 random(5);
  Process first(10, 1'000'000), second(20, 2'000'000);
  for (Process* process : {&first, &second}) process->record(random, 2, 100);
  first.finish();
  second.recording.write_so_far();
  const Report report = report_of(merged({first.part(), second.part(10)}));
  EXPECT_EQ(report.processes.at(1).how, ProcessReport::End::kKilled);
  EXPECT_EQ(report.processes.at(1).turns, 100u);
  EXPECT_EQ(report.ends_early, "");
  EXPECT_THAT(check_laws(report), ::testing::IsEmpty());
}

// The process of a part may still run, and write, while the parts are merged.
TEST(TraceMerge, WhatIsWrittenAfterTheFactsIsLeftOut) {
  std::mt19937_64 random(5);
  Process process(10, 1'000'000);
  process.record(random, 2, 100);
  process.recording.write_so_far();
  const int descriptor = process.recording.output().descriptor();
  const TraceReader before = TraceReader::of_descriptor(descriptor, "test.gil");
  probe::Turn mark;
  mark.kind = probe::RecordKind::kMark;
  mark.drop = process.facts.now.now;
  mark.location = 2;
  process.recording.add(0, {&mark, 1});
  process.recording.end_of_pass(mark.drop);
  process.recording.flush();
  process.finish();
  TraceReader after = TraceReader::of_descriptor(descriptor, "test.gil");
  SinkLog of_before, of_all, of_part;
  before.replay(of_before);
  after.replay(of_all);
  after.end_at(before.end());
  after.replay(of_part);
  EXPECT_NE(of_all.lines, of_before.lines);
  EXPECT_EQ(of_part.lines, of_before.lines);
}

TEST(TraceMerge, WhatCannotBeReadIsCounted) {
  std::mt19937_64 random(5);
  Process first(10, 1'000'000), second(20, 2'000'000);
  first.record(random, 1, 20);
  first.finish();
  const Report report = report_of(merged({first.part(), second.part(10)}, {{30, "the disk is full"}}));
  ASSERT_EQ(report.untraced.size(), 2u);
  EXPECT_EQ(report.untraced[0].why, "the disk is full");
  EXPECT_EQ(report.untraced[1].process_id, 20);
  EXPECT_THAT(report.untraced[1].why, ::testing::HasSubstr("is empty"));
  EXPECT_THROW(merged({second.part()}), UserError);
}

TEST(TraceMerge, AFullDiskLeavesNothingBehind) {
  std::mt19937_64 random(5);
  Process first(10, 1'000'000);
  first.record(random, 2, 5'000);
  first.finish();
  MergeResult result = merge_traces({first.part()}, {}, TraceOutput::temporary(4'000));
  EXPECT_FALSE(result.trace);
  EXPECT_THAT(result.failure, ::testing::HasSubstr("limit"));
}

}  // namespace
}  // namespace gilscope::app
