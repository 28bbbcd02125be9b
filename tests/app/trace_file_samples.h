// Small whole trace files, each seed's another one: what damage begins with, in the unit tests and for the
// fuzzer.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "app/trace_file/trace_writer.h"
#include "tests/app/legal_schedule.h"
#include "tests/app/trace_file_fixture.h"

namespace gilscope::app {

using Bytes = std::vector<std::uint8_t>;

// A run of all kinds of records, with a checkpoint after each pass.
inline Bytes written(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  TestFacts facts;
  TraceWriter writer(TraceOutput::temporary(kRoomy), facts);
  const Schedule schedule =
      random_schedule(random, {.threads = 1 + static_cast<std::uint32_t>(seed % 4), .turns = 60});
  for (std::uint32_t i = 0; i < schedule.threads; ++i) {
    facts.now.threads.push_back(thread_facts(i, "thread " + std::to_string(i), facts.now.begin));
  }
  facts.now.names = {"", "load"};
  facts.now.places = {{}, {"a.py", "f", 3, 0}, {"b.py", "g", 4, 1}};
  facts.now.gils = {{}};
  facts.now.cpu = {{0, 100, 10}, {CpuFacts::kProcess, 200, 0}};
  writer.begin();
  probe::Turn region;
  region.kind = probe::RecordKind::kRegionBegin;
  region.location = 1;
  region.drop = facts.now.begin + 1;
  writer.write(std::vector<ThreadSection>{{0, {&region, 1}}}, {});
  for (ScheduledTurn scheduled : schedule.turns) {
    probe::Turn& record = scheduled.turn;
    record.want += facts.now.begin;
    record.take += facts.now.begin;
    record.drop += facts.now.begin;
    if (record.request != 0) record.request += facts.now.begin;
    record.location = static_cast<std::uint32_t>(random() % 3);
    ++facts.now.gils[0].takes_counted;
    facts.now.now = record.drop;
    facts.clock = {record.drop, facts.clock.monotonic_ns + 700'000'000};
    writer.write(std::vector<ThreadSection>{{scheduled.thread, {&record, 1}}}, record.want);
    if (random() % 4 == 0) writer.checkpoint();
  }
  facts.now.scale = {0.5};
  writer.finish(facts.now);
  return bytes_of(writer.output());
}

}  // namespace gilscope::app
