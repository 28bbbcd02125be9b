// What happened when the GIL passed from one thread to the next, in a sentence. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "app/live/turn_history.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

/// What sentences are made from.
struct Telling {
  std::span<const ThreadFacts> threads;  ///< each at its index
  std::span<const probe::Place> places;
  probe::TickScale scale;
  probe::Ticks begin = 0;
  bool ascii = false;
};

/// Whether there is something to tell of this turn: the GIL was handed over to it, or it is its thread's
/// first.
bool is_telling(const TurnHistory& history, std::uint64_t turn);

/// "worker-1 asked at 5.000 ms; main obeyed 20.0 us later, at countdown.py:4 count_down". How the turn with
/// this number came about.
std::string sentence(const TurnHistory& history, std::uint64_t turn, const Telling& telling);

/// "worker-1 ended at 12.000 ms".
std::string end_sentence(const ThreadFacts& thread, const Telling& telling);

}  // namespace gilscope::app
