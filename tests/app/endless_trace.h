// A trace of any length that takes no memory: the turns of threads that queue for one GIL, made anew each
// time it is gone through. One tick is one nanosecond. For benches and pictures of long runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "app/trace_file/trace.h"
#include "tests/app/last_drop.h"

namespace gilscope::app {

class EndlessTrace final : public Trace {
 public:
  /// What a thread does again and again: on average so long outside, then with the GIL.
  struct Habit {
    std::string name;
    double hold_ns = 1000;
    double outside_ns = 0;
    probe::Ticks begin = 0;
  };

  EndlessTrace(std::vector<Habit> habits, std::uint64_t turns) : habits_(std::move(habits)), turns_(turns) {
    facts_.run.verified = true;
    facts_.run.python_version = "3.11.2";
    facts_.run.cores = 2;
    facts_.run.pair_cost_ns = 30;
    for (std::uint32_t i = 0; i < habits_.size(); ++i) {
      facts_.threads.push_back({i, 1000 + i, habits_[i].name, habits_[i].begin, 0});
    }
    facts_.now = last_drop_of(*this);
    facts_.gils = {{0, turns, 0, 0}};
  }

  TraceFacts& its_facts() { return facts_; }
  const TraceFacts& facts() const override { return facts_; }

  void replay(probe::TurnSink& sink) const override {
    constexpr std::size_t kBlock = 256;
    std::vector<std::vector<probe::Turn>> blocks(habits_.size());
    std::minstd_rand random(1);
    const auto about = [&random](double mean) {
      return static_cast<probe::Ticks>(mean * (0.5 + static_cast<double>(random() % 1024) / 1024));
    };
    using Wish = std::pair<probe::Ticks, std::uint32_t>;  // want, thread
    std::priority_queue<Wish, std::vector<Wish>, std::greater<>> wishes;
    for (std::uint32_t i = 0; i < habits_.size(); ++i) wishes.push({habits_[i].begin + 1, i});
    probe::Ticks now = 1;
    for (std::uint64_t i = 0; i < turns_; ++i) {
      const auto [want, thread] = wishes.top();
      wishes.pop();
      probe::Turn turn;
      turn.sequence = static_cast<std::uint32_t>(i);
      turn.want = want;
      turn.take = std::max(now, want);
      turn.drop = now = turn.take + about(habits_[thread].hold_ns);
      blocks[thread].push_back(turn);
      wishes.push({turn.drop + about(habits_[thread].outside_ns), thread});
      if (blocks[thread].size() < kBlock && i + 1 < turns_) continue;
      for (std::uint32_t other = 0; other < blocks.size(); ++other) {
        if (!blocks[other].empty()) sink.add(other, blocks[other]);
        blocks[other].clear();
      }
      sink.end_of_pass(wishes.top().first);
    }
  }

  Report report() const { return report_of(*this); }

 private:
  std::vector<Habit> habits_;
  std::uint64_t turns_;
  TraceFacts facts_;
};

}  // namespace gilscope::app
