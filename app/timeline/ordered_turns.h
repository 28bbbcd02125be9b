// Who wants the turns of one GIL in the order in which it was taken: the interface between GilOrder, which
// puts them in order, and what is worked out from that order. Thread rule: as the GilOrder that calls it.
#pragma once

#include <cstdint>

#include "embed/probe/turn.h"

namespace gilscope::app {

class OrderedTurnSink {
 public:
  virtual ~OrderedTurnSink() = default;
  /// The next turn. `after_gap`: the turn before it is not known (it was lost, or this is the first).
  /// `hand_over`: another thread's turn came before, and this one's thread was waiting when that ended.
  virtual void ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool after_gap,
                            bool hand_over) = 0;
  /// No turn is still to come whose want is earlier than this.
  virtual void settled_before(probe::Ticks) {}
};

}  // namespace gilscope::app
