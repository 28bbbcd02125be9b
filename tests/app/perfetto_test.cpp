// The Perfetto trace, read back field by field.
#include "app/report/perfetto.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/golden.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/perfetto_decode.h"
#include "tests/app/sample_trace.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string perfetto_bytes(const MemoryTrace& trace) {
  std::ostringstream stream;
  write_perfetto(trace.report(), trace, stream);
  return stream.str();
}

PerfettoFile perfetto_of(const MemoryTrace& trace) { return decode_perfetto(perfetto_bytes(trace)); }

struct Slice {
  std::uint64_t begin_ns, end_ns;
  PerfettoEvent begin, end;
};

// The slices of each track, as a reader finds them: events sorted by time, those of one moment as in the
// file. Anything that is not balanced is an error.
std::map<std::uint64_t, std::vector<Slice>> slices_of(const PerfettoFile& file) {
  std::vector<PerfettoEvent> events = file.events;
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.at_ns < b.at_ns; });
  std::map<std::uint64_t, std::vector<PerfettoEvent>> open;
  std::map<std::uint64_t, std::vector<Slice>> slices;
  for (const PerfettoEvent& event : events) {
    std::vector<PerfettoEvent>& stack = open[event.track];
    if (event.type == PerfettoEvent::kBegin) stack.push_back(event);
    if (event.type != PerfettoEvent::kEnd) continue;
    if (stack.empty()) {
      ADD_FAILURE() << "an end without a begin on track " << event.track << " at " << event.at_ns;
      continue;
    }
    slices[event.track].push_back({stack.back().at_ns, event.at_ns, stack.back(), event});
    stack.pop_back();
  }
  for (const auto& [track, stack] : open) EXPECT_THAT(stack, IsEmpty()) << "track " << track;
  return slices;
}

const PerfettoTrack& track_of(const PerfettoFile& file, const std::string& name) {
  for (const auto& [id, track] : file.tracks) {
    if (track.name == name) return track;
  }
  throw std::runtime_error("no track " + name);
}

TEST(Perfetto, SampleHasTheGoldenPackets) { expect_golden("perfetto.txt", perfetto_of(sample_trace()).text); }

TEST(Perfetto, SlicesOfTheSampleAreBalanced) {
  const PerfettoFile file = perfetto_of(sample_trace());
  const auto slices = slices_of(file);
  EXPECT_EQ(slices.at(track_of(file, "MainThread").id).size(), 6u);  // 4 holds, a wait, an open wait
  EXPECT_EQ(slices.at(track_of(file, "GIL 0: who holds it").id).size(), 6u);
  EXPECT_EQ(slices.at(track_of(file, "kernel thread").id).size(), 2u);
}

MemoryTrace random_trace(std::mt19937_64& random, const ScheduleShape& shape, Expected& expected) {
  const Schedule schedule = random_schedule(random, shape);
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  trace.its_facts.begin = 0;
  trace.its_facts.scale = {1.0};
  std::vector<std::vector<probe::Turn>> records(schedule.threads);
  for (const ScheduledTurn& scheduled : schedule.turns) {
    trace.its_facts.now = std::max(trace.its_facts.now, scheduled.turn.drop);
    if (!scheduled.lost) records[scheduled.thread].push_back(scheduled.turn);
  }
  // In pieces of random size, threads in any interleaving.
  std::vector<std::size_t> given(schedule.threads);
  for (bool more = true; more;) {
    more = false;
    for (std::uint32_t thread = 0; thread < schedule.threads; ++thread) {
      const std::size_t left = records[thread].size() - given[thread];
      const std::size_t count = std::min<std::size_t>(left, random() % 20);
      const auto first = records[thread].begin() + static_cast<std::ptrdiff_t>(given[thread]);
      if (count > 0) trace.add(thread, {first, first + static_cast<std::ptrdiff_t>(count)});
      given[thread] += count;
      more = more || given[thread] < records[thread].size();
    }
  }
  trace.end_pass(0);
  trace.end_pass(0);
  for (std::uint32_t thread = 0; thread < schedule.threads; ++thread) {
    trace.its_facts.threads.push_back(thread_facts(thread, "t" + std::to_string(thread), 0));
  }
  expected = expected_at(schedule, trace.its_facts.now);
  return trace;
}

TEST(Perfetto, SlicesAddUpToTheReport) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 30; ++round) {
    ScheduleShape shape;
    shape.threads = 1 + static_cast<std::uint32_t>(random() % 6);
    shape.outside = random() % 2 == 0 ? 10 : 500;
    Expected expected;
    const MemoryTrace trace = random_trace(random, shape, expected);
    const Report report = trace.report();
    const PerfettoFile file = perfetto_of(trace);
    const auto slices = slices_of(file);
    std::uint64_t flows = 0;
    for (const ThreadReport& thread : report.threads) {
      std::uint64_t hold = 0, wait = 0, turns = 0;
      for (const Slice& slice : slices.at(track_of(file, thread.name).id)) {
        (slice.begin.name == "hold" ? hold : wait) += slice.end_ns - slice.begin_ns;
        turns += slice.begin.name == "hold";
        flows += slice.begin.flows_in.size();
      }
      EXPECT_EQ(hold, thread.hold_ns);
      EXPECT_EQ(wait, thread.wait_ns);
      EXPECT_EQ(turns, thread.turns);
    }
    EXPECT_EQ(flows, report.gils.at(0).hand_overs);
    std::uint64_t held = 0, turns = 0, last_end = 0;
    for (const Slice& slice : slices.at(track_of(file, "GIL 0: who holds it").id)) {
      EXPECT_GE(slice.begin_ns, last_end);
      last_end = slice.end_ns;
      held += std::stoull(slice.begin.note("held_ns"));
      turns += std::stoull(slice.begin.note("turns"));
      EXPECT_GE(slice.end_ns - slice.begin_ns, std::stoull(slice.begin.note("held_ns")));
    }
    EXPECT_EQ(held, report.gils.at(0).held_ns);
    EXPECT_EQ(turns, report.gils.at(0).turns);
  }
}

TEST(Perfetto, TheLaneOfAGilJoinsTurnsThatFollowClosely) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  trace.its_facts.scale = {1.0};
  trace.its_facts.now = 200'000;
  trace.its_facts.threads = {thread_facts(0, "a", 0), thread_facts(1, "b", 0)};
  // The second follows closely, the third does not, the fourth is another thread's.
  trace.add(0, std::vector{turn(0, 1'000, 1'000, 2'000), turn(1, 12'000, 12'000, 15'000),
                           turn(2, 25'001, 25'001, 30'000)});
  trace.add(1, std::vector{turn(3, 30'100, 30'100, 31'000)});
  trace.end_pass(0);
  trace.end_pass(0);
  const PerfettoFile file = perfetto_of(trace);
  std::vector<std::string> found;
  const auto slices = slices_of(file);
  for (const Slice& slice : slices.at(track_of(file, "GIL 0: who holds it").id)) {
    found.push_back(slice.begin.name + " " + std::to_string(slice.begin_ns) + "-" +
                    std::to_string(slice.end_ns) + " turns " + slice.begin.note("turns") + " held " +
                    slice.begin.note("held_ns"));
  }
  EXPECT_THAT(found,
              ::testing::ElementsAre("a 1000-15000 turns 2 held 4000", "a 25001-30000 turns 1 held 4999",
                                     "b 30100-31000 turns 1 held 900"));
}

TEST(Perfetto, EachFlowLeadsFromOneHoldToALaterOne) {
  std::mt19937_64 random(8);
  ScheduleShape shape;
  shape.threads = 4;
  shape.turns = 500;
  shape.lost_share = 0.05;
  Expected expected;
  const PerfettoFile file = perfetto_of(random_trace(random, shape, expected));
  std::map<std::uint64_t, std::vector<PerfettoEvent>> from, to;
  for (const PerfettoEvent& event : file.events) {
    for (const std::uint64_t flow : event.flows_out) from[flow].push_back(event);
    for (const std::uint64_t flow : event.flows_in) to[flow].push_back(event);
  }
  EXPECT_GT(from.size(), 50u);
  ASSERT_EQ(from.size(), to.size());
  for (const auto& [flow, events] : from) {
    ASSERT_EQ(events.size(), 1u);
    ASSERT_EQ(to[flow].size(), 1u);
    EXPECT_EQ(std::stoull(events[0].note("sequence")) + 1, std::stoull(to[flow][0].note("sequence")));
    EXPECT_LE(events[0].at_ns, to[flow][0].at_ns);
    EXPECT_NE(events[0].track, to[flow][0].track);
  }
}

TEST(Perfetto, WaitingCounterIsTheNumberOfWaitSlices) {
  std::mt19937_64 random(9);
  ScheduleShape shape;
  shape.threads = 5;
  Expected expected;
  const PerfettoFile file = perfetto_of(random_trace(random, shape, expected));
  std::map<std::uint64_t, int> changes;
  for (const auto& [track, slices] : slices_of(file)) {
    for (const Slice& slice : slices) {
      if (slice.begin.name != "wait") continue;
      ++changes[slice.begin_ns];
      --changes[slice.end_ns];
    }
  }
  const std::uint64_t counter = track_of(file, "GIL 0 waiting threads").id;
  std::map<std::uint64_t, double> said;
  std::uint64_t last_ns = 0;
  for (const PerfettoEvent& event : file.events) {
    if (event.track != counter) continue;
    EXPECT_GE(event.at_ns, last_ns);
    last_ns = event.at_ns;
    EXPECT_TRUE(said.emplace(event.at_ns, event.count).second) << "said twice at " << event.at_ns;
  }
  int waiting = 0;
  double now = 0;
  for (const auto& [at_ns, change] : changes) {
    waiting += change;
    if (const auto found = said.find(at_ns); found != said.end()) now = found->second;
    EXPECT_EQ(now, waiting) << "at " << at_ns;
  }
}

TEST(Perfetto, HeldCounterAveragesToTheReport) {
  std::mt19937_64 random(10);
  ScheduleShape shape;
  shape.hold = 200'000;
  shape.outside = 100'000;
  Expected expected;
  const MemoryTrace trace = random_trace(random, shape, expected);
  const PerfettoFile file = perfetto_of(trace);
  const std::uint64_t counter = track_of(file, "GIL 0 held %").id;
  double held_ns = 0;
  const PerfettoEvent* last = nullptr;
  for (const PerfettoEvent& event : file.events) {
    if (event.track != counter) continue;
    if (last != nullptr) held_ns += last->count / 100 * static_cast<double>(event.at_ns - last->at_ns);
    last = &event;
  }
  EXPECT_NEAR(held_ns, static_cast<double>(trace.report().gils.at(0).held_ns), 1);
}

TEST(Perfetto, LossAndEarlyEndAreSaid) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.gils[0].takes_counted = 9;
  trace.its_facts.gils[0].lost_counted = 3;
  Report report = trace.report();
  report.ends_early = "the program was killed";
  report.lost_reason = "the disk is full";
  std::ostringstream stream;
  write_perfetto(report, trace, stream);
  const std::string text = decode_perfetto(stream.str()).text;
  EXPECT_THAT(text, HasSubstr("0 instant track=1 run 'WARNING: GIL 0: 3 turns lost: the disk is full'"));
  EXPECT_THAT(text,
              HasSubstr("0 instant track=1 run 'WARNING: the trace ends early: the program was killed'"));
  EXPECT_THAT(text, HasSubstr(" lost=3 "));
}

TEST(Perfetto, UnverifiedRunHasNoTurnsAndSaysSo) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.run.verified = false;
  trace.its_facts.run.unverified_reason = "the GIL is somewhere else";
  const std::string text = perfetto_of(trace).text;
  EXPECT_THAT(text, HasSubstr("WARNING: not verified, there are no numbers: the GIL is somewhere else"));
  EXPECT_THAT(text, Not(HasSubstr("'hold'")));
}

TEST(Perfetto, NothingRecordedIsAValidTrace) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  EXPECT_THAT(perfetto_of(trace).text, HasSubstr("about this run"));
}

TEST(Perfetto, SpansWithoutTheirOtherHalfStayBalanced) {
  using probe::RecordKind;
  MemoryTrace trace = sample_trace();
  trace.add(0, {region_record(RecordKind::kRegionEnd, 1, 6, 9'000'100),
                event_record(RecordKind::kKernelEnd, 3, 9'000'200),
                region_record(RecordKind::kRegionBegin, 1, 7, 9'000'300),
                region_record(RecordKind::kRegionBegin, 3, 8, 9'000'300),
                region_record(RecordKind::kRegionEnd, 3, 8, 9'000'300),
                region_record(RecordKind::kRegionBegin, 2, 9, 9'000'300),
                event_record(RecordKind::kCollectEnd, 0, 9'000'301)});
  trace.end_pass();
  const PerfettoFile file = perfetto_of(trace);
  const auto slices = slices_of(file);
  std::vector<std::string> ends;
  for (const Slice& slice : slices.at(track_of(file, "regions").id)) {
    if (slice.begin_ns == 4'000'150) ends.push_back(slice.begin.name + slice.end.note("end"));
  }
  EXPECT_THAT(ends, testing::ElementsAre("blur", "checkpoint'open'", "load'open'"));
}

TEST(Perfetto, RegionsThatOverlapHaveARowEach) {
  using enum probe::RecordKind;
  MemoryTrace trace = sample_trace();
  trace.add(1, {region_record(kRegionBegin, 2, 7, 9'000'300), region_record(kRegionBegin, 3, 8, 9'000'400),
                region_record(kRegionEnd, 2, 7, 9'000'500), region_record(kRegionBegin, 2, 9, 9'000'600),
                region_record(kRegionEnd, 3, 8, 9'000'700), region_record(kRegionEnd, 2, 9, 9'000'800)});
  trace.end_pass();
  const PerfettoFile file = perfetto_of(trace);
  std::vector<std::string> rows;
  for (const auto& [track, slices] : slices_of(file)) {
    std::string row;
    for (const Slice& slice : slices) {
      if (slice.begin_ns < 4'000'000) continue;
      row += fmt::format("{} {} ", slice.begin.name, slice.end_ns - slice.begin_ns);
    }
    if (!row.empty() && track != track_of(file, "regions").id) rows.push_back(row);
  }
  EXPECT_THAT(rows, testing::IsSupersetOf({"checkpoint 100 checkpoint 100 ", "blur 150 "}));
}

TEST(Perfetto, HostileNamesStayText) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.threads[0].name = std::string("a\"b\\\n\0\x01\xff\xed\xa0\x80", 11);
  trace.its_facts.places[2].file = "\xf8\x88";
  trace.its_facts.places[2].caller = 2;         // a damaged file: calls itself
  trace.its_facts.places[4].caller = 99;        // one that is not there
  trace.its_facts.threads[1].native_id = 4711;  // the number of a thread that has ended
  const PerfettoFile file = perfetto_of(trace);
  const std::string clean =
      std::string("a\"b\\\n\0\x01", 7) + "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd";
  EXPECT_EQ(track_of(file, clean).kind, "thread");
  EXPECT_EQ(track_of(file, "worker \"1\"").kind, "track");
  EXPECT_THAT(file.text, HasSubstr("place='\xef\xbf\xbd\xef\xbf\xbd:7 count'"));
}

TEST(Perfetto, ManyThreads) {
  constexpr std::uint32_t kThreads = 100'000;
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  trace.its_facts.now = 20 * kThreads;
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    trace.its_facts.threads.push_back(thread_facts(thread, "t", 0));
    trace.add(thread, {turn(thread, 10 * thread, 10 * thread + 1, 10 * thread + 5)});
  }
  trace.end_pass();
  const PerfettoFile file = perfetto_of(trace);
  EXPECT_GE(file.tracks.size(), kThreads);
  EXPECT_GE(file.events.size(), 4 * kThreads);
}

}  // namespace
}  // namespace gilscope::app
