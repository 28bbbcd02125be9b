// A long trace that takes no memory: its turns are made as they are asked for, the same each time. Each pass
// holds contended turns (threads that hand the GIL round, each waiting for the others) and uncontended ones.
// For benches. Thread rule: as Trace.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/trace_file/trace.h"
#include "tests/app/last_drop.h"

namespace gilscope::app {

class GeneratedTrace final : public Trace {
 public:
  GeneratedTrace(std::uint64_t turns, std::uint32_t threads) : turns_(turns), threads_(threads) {
    facts_.run.gilscope_version = "0.1.0";
    facts_.run.python_version = "3.11.2";
    facts_.run.command = "generated";
    facts_.run.verified = true;
    facts_.begin = 1'000'000;
    facts_.scale = {0.4};
    facts_.places.emplace_back();
    for (std::uint32_t i = 0; i < kPlaces; ++i) {
      facts_.places.push_back({fmt::format("/home/somebody/project/module_{}.py", i % 7),
                               fmt::format("Class.method_{}", i), 10 + i, i / 2});
    }
    for (std::uint32_t i = 0; i < threads; ++i) {
      facts_.threads.push_back({i, 5000 + i, fmt::format("worker-{}", i), facts_.begin, 0});
    }
    facts_.gils = {{0, turns, 0, 0}};
    facts_.now = last_drop_of(*this);
  }

  const TraceFacts& facts() const override { return facts_; }

  void replay(probe::TurnSink& sink) const override {
    std::vector<std::vector<probe::Turn>> records(threads_);
    std::vector<probe::Ticks> last_drop(threads_, facts_.begin);
    probe::Ticks moment = facts_.begin;
    std::uint32_t noise = 1;
    for (std::uint64_t done = 0; done < turns_;) {
      const std::uint64_t pass_end = std::min(turns_, done + kTurnsPerPass);
      for (; done < pass_end; ++done) {
        noise = noise * 1664525u + 1013904223u;
        const bool contended = (done / kStretch) % 2 == 0;
        const auto thread = static_cast<std::uint32_t>((contended ? done : done / kStretch) % threads_);
        probe::Turn turn;
        turn.sequence = static_cast<std::uint32_t>(done);
        turn.take = moment + 100;
        turn.want = contended ? std::min(last_drop[thread] + 50, turn.take) : turn.take;
        turn.drop = turn.take + 200 + (noise >> 22);
        turn.location = 1 + (noise >> 12) % kPlaces;
        if (contended && done % 3 == 0) {
          turn.end = probe::TurnEnd::kAsked;
          turn.request = turn.take + 60;
          turn.requests = 1;
        }
        moment = last_drop[thread] = turn.drop;
        records[thread].push_back(turn);
      }
      probe::Ticks oldest = moment;
      for (const probe::Ticks drop : last_drop) oldest = std::min(oldest, drop);
      for (std::uint32_t thread = 0; thread < threads_; ++thread) {
        if (!records[thread].empty()) sink.add(thread, records[thread]);
        records[thread].clear();
      }
      sink.end_of_pass(oldest);
    }
  }

  Report report() const { return report_of(*this); }

 private:
  static constexpr std::uint64_t kTurnsPerPass = 20'000;
  static constexpr std::uint64_t kStretch = 1'000;  // turns of one kind in a row
  static constexpr std::uint32_t kPlaces = 200;

  std::uint64_t turns_;
  std::uint32_t threads_;
  TraceFacts facts_;
};

}  // namespace gilscope::app
