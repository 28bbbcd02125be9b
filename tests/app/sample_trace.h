// A literal trace with one of everything that a view draws, for the golden files: two Python threads that
// share GIL 0, a native thread with tiles, a hand-over, an asked drop, a region, a mark, a kernel, a
// collection, a span without an end, turns that are still open. Two ticks are a nanosecond.
#pragma once

#include "tests/app/memory_trace.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {

inline probe::Turn event_record(probe::RecordKind kind, std::uint32_t location, probe::Ticks moment) {
  probe::Turn record;
  record.kind = kind;
  record.location = location;
  record.drop = moment;
  return record;
}

inline probe::Turn region_record(probe::RecordKind edge, std::uint32_t name, std::uint32_t number,
                                 probe::Ticks moment) {
  probe::Turn record = event_record(edge, name, moment);
  record.sequence = number;
  return record;
}

inline MemoryTrace sample_trace() {
  using probe::RecordKind;
  constexpr probe::Ticks kBegin = 1'000'000;
  MemoryTrace trace;
  TraceFacts& facts = trace.its_facts;
  facts.run = verified_run();
  facts.run.command = "demo.py -t 2";
  facts.run.process_id = 4711;
  facts.run.started_unix_ns = 1'700'000'000'000'000'000;
  facts.begin = kBegin;
  facts.now = kBegin + 8'000'000;
  facts.scale = {0.5};
  facts.threads = {{0, 4711, "MainThread", kBegin, 0},
                   {1, 4712, "worker \"1\"", kBegin + 20'000, 0},
                   {2, 4713, "kernel thread", kBegin + 3'000'000, kBegin + 4'000'000}};
  facts.gils = {{0, 6, 0, 0}};
  facts.names = {"", "load", "checkpoint", "blur"};
  facts.places = {{},
                  {"/home/me/demo.py", "<module>", 20, 0},
                  {"/home/me/demo.py", "count", 7, 1},
                  {"/usr/lib/python3.11/threading.py", "Thread.run", 982, 0},
                  {"/home/me/demo.py", "read", 12, 3}};

  const auto at = [](probe::Turn record, std::uint32_t place) {
    record.location = place;
    record.want += kBegin;
    record.take += kBegin;
    record.drop += kBegin;
    if (record.request != 0) record.request += kBegin;
    return record;
  };
  probe::Turn kernel_begin = event_record(RecordKind::kKernelBegin, 3, kBegin + 3'050'000);
  kernel_begin.sequence = 1;
  kernel_begin.request = 65'536;
  probe::Turn kernel_end = event_record(RecordKind::kKernelEnd, 3, kBegin + 3'900'000);
  kernel_end.sequence = 1;
  probe::Turn collect_begin = event_record(RecordKind::kCollectBegin, 0, kBegin + 4'200'000);
  collect_begin.requests = 2;
  probe::Turn collect_end = event_record(RecordKind::kCollectEnd, 0, kBegin + 4'300'001);
  collect_end.requests = 2;
  collect_end.request = 17;
  const auto tile = [](std::uint64_t index, probe::Ticks begin, probe::Ticks end) {
    probe::Turn record = event_record(RecordKind::kTile, 3, kBegin + end);
    record.want = record.take = kBegin + begin;
    record.request = index;
    record.sequence = 1;
    return record;
  };

  trace.add(0, {region_record(RecordKind::kRegionBegin, 1, 1, kBegin + 2'000),
                at(asked(0, 1'000, 1'000, 1'040'000, 2'000'001, 2), 2),
                event_record(RecordKind::kMark, 2, kBegin + 3'010'000),
                at(turn(2, 2'000'001, 3'000'000, 3'040'000), 2), kernel_begin});
  trace.add(1, {at(turn(1, 40'000, 2'010'000, 2'990'000), 4)});
  trace.end_pass(kBegin + 2'990'000);
  trace.add(2, {tile(0, 3'100'000, 3'400'000), tile(1, 3'400'000, 3'800'000)});
  trace.add(0, {kernel_end, collect_begin, collect_end, at(turn(3, 3'950'000, 3'950'000, 4'500'000), 1),
                region_record(RecordKind::kRegionEnd, 1, 1, kBegin + 4'600'000),
                at(turn(4, 4'550'000, 4'550'000, 4'700'000), 0)});
  trace.add(1, {region_record(RecordKind::kRegionBegin, 1, 2, kBegin + 5'000'000)});
  trace.end_pass(kBegin + 5'000'000);
  facts.open = {{1, 0, kBegin + 4'690'000, kBegin + 4'710'000, kBegin + 7'000'000, 1, 5},
                {0, 0, kBegin + 6'000'000, 0, 0, 0, 0}};
  return trace;
}

}  // namespace gilscope::app
