// The last drop of a trace: the moment at which a made-up run may end. For tests and benches.
#pragma once

#include <algorithm>

#include "app/trace_file/trace.h"

namespace gilscope::app {

inline probe::Ticks last_drop_of(const Trace& trace) {
  struct Last final : probe::TurnSink {
    probe::Ticks drop = 0;
    void add(std::uint32_t, std::span<const probe::Turn> records) override {
      drop = std::max(drop, records.back().drop);
    }
    void end_of_pass(probe::Ticks) override {}
  } last;
  trace.replay(last);
  return last.drop;
}

}  // namespace gilscope::app
