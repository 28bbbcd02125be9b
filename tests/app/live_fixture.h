// What the tests of moving views have in common: turns of a GIL in a history, threads, a window.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/live/turn_history.h"
#include "app/timeline/facts.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// Turns, those of each GIL numbered as they are given. One tick is one nanosecond.
class HistoryFixture {
 public:
  explicit HistoryFixture(std::size_t most = 1'000'000) : history(most) {}

  void turn(std::uint32_t thread, probe::Ticks want, probe::Ticks take, probe::Ticks drop,
            probe::TurnEnd end = probe::TurnEnd::kGave, probe::Ticks request = 0, std::uint32_t place = 1,
            std::uint16_t gil = 0) {
    probe::Turn turn;
    turn.gil = gil;
    turn.want = want;
    turn.take = take;
    turn.drop = drop;
    turn.request = request;
    turn.requests = request != 0 ? 1 : 0;
    turn.end = end;
    turn.location = place;
    turn.sequence = sequences_[gil]++;
    history.add(thread, {&turn, 1});
  }
  void turn_of_gil(std::uint16_t gil, std::uint32_t thread, probe::Ticks take, probe::Ticks drop) {
    turn(thread, take, take, drop, probe::TurnEnd::kGave, 0, 1, gil);
  }
  void pass(probe::Ticks at, std::vector<OpenTurn> open = {}) {
    history.end_of_pass(0);
    history.set_open(at, open);
  }
  void skip_numbers(std::uint32_t count) { sequences_[0] += count; }

  static std::vector<ThreadFacts> threads(std::vector<std::string> names) {
    std::vector<ThreadFacts> threads;
    for (const std::string& name : names) {
      threads.push_back({.index = static_cast<std::uint32_t>(threads.size()), .name = name, .begin = 0});
    }
    return threads;
  }

  TurnHistory history;

 private:
  std::map<std::uint16_t, std::uint32_t> sequences_;  // by GIL
};

}  // namespace gilscope::app
