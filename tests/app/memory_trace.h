// A trace in memory, for tests of what reads one: records are put in as the collector would give them.
#pragma once

#include <cstdint>
#include <vector>

#include "app/trace_file/trace.h"

namespace gilscope::app {

class MemoryTrace final : public Trace {
 public:
  TraceFacts its_facts;

  const TraceFacts& facts() const override { return its_facts; }
  void replay(probe::TurnSink& sink) const override {
    for (const Pass& pass : passes_) {
      for (const auto& [thread, records] : pass.blocks) sink.add(thread, records);
      sink.end_of_pass(pass.oldest_open_want);
    }
  }

  /// Records of one thread, in the pass that is going on.
  void add(std::uint32_t thread, std::vector<probe::Turn> records) {
    if (ended_) passes_.emplace_back();
    ended_ = false;
    passes_.back().blocks.push_back({thread, std::move(records)});
  }
  void end_pass(probe::Ticks oldest_open_want = 0) {
    if (ended_) passes_.emplace_back();
    passes_.back().oldest_open_want = oldest_open_want;
    ended_ = true;
  }

  /// The numbers of it.
  Report report() const { return report_of(*this); }

 private:
  struct Block {
    std::uint32_t thread;
    std::vector<probe::Turn> records;
  };
  struct Pass {
    std::vector<Block> blocks;
    probe::Ticks oldest_open_want = 0;
  };
  std::vector<Pass> passes_;
  bool ended_ = true;
};

}  // namespace gilscope::app
