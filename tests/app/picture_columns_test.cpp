// Columns against the slow and obvious way: every tick of every turn, counted by itself.
#include "app/report/picture_columns.h"

#include <numeric>

#include <gtest/gtest.h>

#include "tests/app/legal_schedule.h"
#include "tests/app/memory_trace.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::RecordKind;
using probe::Ticks;

Ticks total(const Coverage& coverage) {
  Ticks sum = std::accumulate(coverage.columns().begin(), coverage.columns().end(), Ticks{0});
  for (const Coverage::Slice& slice : coverage.slices()) sum += slice.end - slice.begin;
  return sum;
}

/// Ticks in each column, slices included.
std::vector<Ticks> by_column(const Coverage& coverage, const ColumnScale& scale) {
  std::vector<Ticks> result(scale.columns());
  for (std::size_t i = 0; i < coverage.columns().size(); ++i) result[i] = coverage.columns()[i];
  for (const Coverage::Slice& slice : coverage.slices()) {
    for (Ticks tick = slice.begin; tick < slice.end; ++tick) ++result[scale.column_of(tick)];
  }
  return result;
}

probe::Turn event(RecordKind kind, Ticks tick) {
  probe::Turn result;
  result.kind = kind;
  result.drop = tick;
  return result;
}

TEST(ColumnScale, EveryTickIsInItsColumn) {
  for (const auto& [from, to, columns] : {std::tuple{Ticks{0}, Ticks{1000}, 320u},
                                          {Ticks{17}, Ticks{18}, 320u},
                                          {Ticks{5}, Ticks{333}, 7u},
                                          {Ticks{1} << 62, (Ticks{1} << 62) + 999, 320u}}) {
    const ColumnScale scale(from, to, columns);
    EXPECT_EQ(scale.edge(0), from);
    EXPECT_EQ(scale.edge(columns), to);
    for (Ticks tick = from; tick < to; ++tick) {
      const std::size_t column = scale.column_of(tick);
      ASSERT_LT(column, columns);
      ASSERT_LE(scale.edge(column), tick);
      ASSERT_GT(scale.edge(column + 1), tick);
    }
  }
}

TEST(Coverage, ShortOnesAreSharedOutAndWideOnesKept) {
  const ColumnScale scale(0, 1000, 100);  // 10 ticks each
  Coverage coverage;
  coverage.add(scale, 8, 12);
  EXPECT_TRUE(coverage.slices().empty());
  EXPECT_EQ(coverage.columns()[0], 2u);
  EXPECT_EQ(coverage.columns()[1], 2u);
  coverage.add(scale, 103, 125);
  ASSERT_EQ(coverage.slices().size(), 1u);
  EXPECT_EQ(coverage.slices()[0].begin, 103u);
  EXPECT_EQ(coverage.slices()[0].end, 125u);
  coverage.add(scale, 990, 2000);  // the part that is shown
  coverage.add(scale, 2000, 3000);
  EXPECT_EQ(total(coverage), 4u + 22u + 10u);
}

TEST(Coverage, SettlingChangesNoColumn) {
  const ColumnScale scale(0, 1000, 100);
  Coverage hold, wait;
  hold.add(scale, 0, 25);
  wait.add(scale, 25, 27);
  hold.add(scale, 27, 85);
  wait.add(scale, 200, 300);
  const std::vector<Coverage> shown = settled(scale, {&hold, &wait});
  EXPECT_EQ(by_column(shown[0], scale), by_column(hold, scale));
  EXPECT_EQ(by_column(shown[1], scale), by_column(wait, scale));
  // The column of the short wait shows shares of all; those beside it are as they were.
  ASSERT_EQ(shown[0].slices().size(), 2u);
  EXPECT_EQ(shown[0].slices()[0].end, 20u);
  EXPECT_EQ(shown[0].slices()[1].begin, 30u);
  EXPECT_EQ(shown[0].columns()[2], 5u + 3u);
  ASSERT_EQ(shown[1].slices().size(), 1u);
}

TEST(PictureColumns, AreExactForAnySchedule) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 30; ++round) {
    const Schedule schedule =
        random_schedule(random, {.threads = 3, .turns = 200, .outside = round % 2 ? 500.0 : 10.0});
    MemoryTrace trace;
    for (std::uint32_t thread = 0; thread < 3; ++thread) {
      trace.its_facts.threads.push_back(thread_facts(thread, std::to_string(thread), 0));
      std::vector<probe::Turn> turns;
      for (const ScheduledTurn& scheduled : schedule.turns) {
        if (scheduled.thread == thread) turns.push_back(scheduled.turn);
      }
      trace.add(thread, turns);
    }
    trace.end_pass();
    const Ticks end = schedule.turns.back().turn.drop;
    const ColumnScale scale(end / 4, end / 4 * 3, 37);
    const PictureColumns columns = read_columns(trace, scale, end, 3, 1);
    ASSERT_EQ(columns.lanes.size(), 3u);
    for (const LaneColumns& lane : columns.lanes) {
      std::vector<Ticks> hold(37), wait(37);
      for (const ScheduledTurn& scheduled : schedule.turns) {
        if (scheduled.thread != lane.thread) continue;
        for (Ticks tick = scheduled.turn.want; tick < scheduled.turn.drop; ++tick) {
          if (tick < scale.from() || tick >= scale.to()) continue;
          ++(tick < scheduled.turn.take ? wait : hold)[scale.column_of(tick)];
        }
      }
      EXPECT_EQ(by_column(lane.holds[0], scale), hold);
      EXPECT_EQ(by_column(lane.wait, scale), wait);
    }
  }
}

TEST(PictureColumns, TheBusiestGetTheLanes) {
  MemoryTrace trace;
  for (std::uint32_t thread = 0; thread < 5; ++thread) {
    trace.its_facts.threads.push_back(thread_facts(thread, "", 0));
    const Ticks take = 100 * thread;
    trace.add(thread, {turn(thread, take, take, take + 10 + thread)});
  }
  trace.end_pass();
  const ColumnScale scale(0, 1000, 10);
  const PictureColumns columns = read_columns(trace, scale, 1000, 2, 1);
  ASSERT_EQ(columns.lanes.size(), 2u);
  EXPECT_EQ(columns.lanes[0].thread, 3u);
  EXPECT_EQ(columns.lanes[1].thread, 4u);
  EXPECT_EQ(columns.more_threads, 3u);
  EXPECT_EQ(total(columns.other_hold[0]), 10u + 11u + 12u);
  // Who did nothing in the span is no candidate.
  EXPECT_EQ(read_columns(trace, ColumnScale(400, 500, 10), 1000, 2, 1).more_threads, 0u);
}

TEST(PictureColumns, OpenTurnsLastToTheEnd) {
  MemoryTrace trace;
  trace.its_facts.threads = {thread_facts(0, "a", 0), thread_facts(1, "b", 0), thread_facts(2, "c", 0, 600)};
  trace.its_facts.open = {{.thread = 0, .want = 100, .take = 200, .sequence = 1},
                          {.thread = 1, .want = 300},
                          {.thread = 2, .want = 550},
                          {.thread = 0, .want = 10, .take = 20, .sequence = 0}};  // recorded meanwhile
  trace.add(0, {turn(0, 10, 20, 90)});
  trace.end_pass();
  const PictureColumns columns = read_columns(trace, ColumnScale(0, 1000, 10), 1000, 3, 1);
  ASSERT_EQ(columns.lanes.size(), 3u);
  EXPECT_EQ(total(columns.lanes[0].holds[0]), 70u + 800u);
  EXPECT_EQ(total(columns.lanes[0].wait), 10u + 100u);
  EXPECT_EQ(total(columns.lanes[1].wait), 700u);
  EXPECT_EQ(total(columns.lanes[2].wait), 50u);
}

TEST(PictureColumns, SpansAreTheOutermost) {
  MemoryTrace trace;
  trace.its_facts.threads = {thread_facts(0, "a", 0), thread_facts(1, "native", 50)};
  trace.add(0, {event(RecordKind::kRegionEnd, 5),  // its begin was lost
                event(RecordKind::kRegionBegin, 100), event(RecordKind::kRegionBegin, 150),
                event(RecordKind::kCollectBegin, 160), event(RecordKind::kCollectEnd, 170),
                event(RecordKind::kRegionEnd, 200), event(RecordKind::kRegionEnd, 300),
                event(RecordKind::kKernelBegin, 400), event(RecordKind::kKernelEnd, 450),
                event(RecordKind::kRegionBegin, 900)});
  probe::Turn tile = event(RecordKind::kTile, 440);
  tile.want = tile.take = 410;
  trace.add(1, {tile});
  trace.end_pass();
  const PictureColumns columns = read_columns(trace, ColumnScale(0, 1000, 10), 1000, 3, 1);
  ASSERT_EQ(columns.lanes.size(), 2u);
  EXPECT_EQ(total(columns.lanes[0].region), 200u + 100u);
  EXPECT_EQ(total(columns.lanes[0].collection), 10u);
  EXPECT_EQ(total(columns.lanes[0].kernel), 50u);
  EXPECT_EQ(total(columns.lanes[1].tile), 30u);
  EXPECT_TRUE(columns.gils.empty());
}

TEST(PictureColumns, EachGilHasItsHolders) {
  MemoryTrace trace;
  trace.its_facts.threads = {thread_facts(0, "a", 0), thread_facts(1, "b", 0)};
  probe::Turn other = turn(0, 0, 0, 500);
  other.gil = 3;
  probe::Turn rare = turn(0, 600, 600, 610);
  rare.gil = 1;
  trace.add(0, {other, rare});
  trace.add(1, {turn(0, 0, 0, 100)});
  trace.end_pass();
  const PictureColumns columns = read_columns(trace, ColumnScale(0, 1000, 10), 1000, 2, 2);
  EXPECT_EQ(columns.gils, (std::vector<std::uint16_t>{0, 3}));
  EXPECT_EQ(columns.more_gils, 1u);
  ASSERT_EQ(columns.lanes.size(), 2u);
  EXPECT_EQ(total(columns.lanes[0].holds[0]), 0u);
  EXPECT_EQ(total(columns.lanes[0].holds[1]), 500u);
  EXPECT_EQ(total(columns.lanes[0].holds[2]), 10u) << "of the GIL that is not shown";
  EXPECT_EQ(total(columns.lanes[1].holds[0]), 100u);
}

}  // namespace
}  // namespace gilscope::app
