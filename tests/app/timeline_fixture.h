// Short ways to write turns and to take a snapshot in the timeline's tests: one tick is one nanosecond.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/timeline/timeline.h"

namespace gilscope::app {

inline probe::Turn turn(std::uint32_t sequence, probe::Ticks want, probe::Ticks take, probe::Ticks drop,
                        probe::TurnEnd end = probe::TurnEnd::kGave) {
  probe::Turn result;
  result.sequence = sequence;
  result.want = want;
  result.take = take;
  result.drop = drop;
  result.end = end;
  return result;
}

inline probe::Turn asked(std::uint32_t sequence, probe::Ticks want, probe::Ticks take, probe::Ticks request,
                         probe::Ticks drop, std::uint8_t requests = 1) {
  probe::Turn result = turn(sequence, want, take, drop, probe::TurnEnd::kAsked);
  result.request = request;
  result.requests = requests;
  return result;
}

inline RunFacts verified_run() {
  RunFacts run;
  run.gilscope_version = "0.1.0";
  run.python_version = "3.11.2";
  run.cores = 2;
  run.verified = true;
  run.pair_cost_ns = 30;
  return run;
}

inline ThreadFacts thread_facts(std::uint32_t index, std::string name, probe::Ticks begin,
                                probe::Ticks end = 0) {
  return {index, 1000 + index, std::move(name), begin, end};
}

/// What a snapshot is asked with; the defaults suit most tests.
struct Asked {
  RunFacts run = verified_run();
  std::vector<ThreadFacts> threads;
  std::vector<GilFacts> gils;
  std::vector<OpenTurn> open;
  std::vector<CpuFacts> cpu;
  std::vector<std::string> names;
  std::vector<probe::Place> places;
  probe::Ticks begin = 0;
  probe::Ticks now = 1000;
  double ns_per_tick = 1.0;

  Report of(const Timeline& timeline) const {
    TraceFacts facts;
    facts.run = run;
    facts.threads = threads;
    facts.gils = gils;
    facts.open = open;
    facts.cpu = cpu;
    facts.names = names;
    facts.places = places;
    facts.begin = begin;
    facts.now = now;
    facts.scale = {ns_per_tick};
    return timeline.snapshot(facts);
  }
};

/// The passes that it takes until what is missing counts as lost.
inline void finish(Timeline& timeline, probe::Ticks now = ~probe::Ticks{0}) {
  timeline.end_of_pass(now);
  timeline.end_of_pass(now);
}

}  // namespace gilscope::app
