#include "embed/probe/gil_watch.h"

#include <algorithm>

namespace gilscope::probe::gil_watch {

void wait_timed_out(Gil& gil, std::uint32_t switches_before, Ticks tick) noexcept {
  if (gil.holder.load(std::memory_order_relaxed) == nullptr || gil.switches != switches_before) return;
  if (gil.request.load(std::memory_order_relaxed) == 0) gil.request.store(tick, std::memory_order_relaxed);
  const std::uint8_t requests = gil.requests.load(std::memory_order_relaxed);
  if (requests != UINT8_MAX)
    gil.requests.store(static_cast<std::uint8_t>(requests + 1), std::memory_order_relaxed);
}

void take(Gil& gil, ThreadRecord& self, Ticks tick) noexcept {
  if (gil.holder.load(std::memory_order_relaxed) != nullptr) {
    gil.overlaps.fetch_add(1, std::memory_order_relaxed);
  } else {
    // The processor may read its clock a little before it has the lock, which comes first in the program; the
    // last holder has dropped the GIL by then, so its drop is the earliest that this can be.
    tick = std::max(tick, gil.last_drop);
  }
  const Ticks lock_want = self.lock_want.load(std::memory_order_relaxed);
  const Ticks want = self.want != 0 ? self.want : lock_want != 0 ? lock_want : tick;
  const std::uint32_t sequence = gil.sequence.load(std::memory_order_relaxed);
  begin_turn(*self.buffer.open_slot(), gil, sequence, std::min(want, tick), tick);
  if (want < tick) self.unpublished_want.store(want, std::memory_order_relaxed);
  self.want = 0;
  // Release, both: pairs with oldest_want(), which then sees unpublished_want.
  self.lock_want.store(0, std::memory_order_release);
  self.open_want.store(0, std::memory_order_release);
  if (gil.last_holder != &self) {
    gil.last_holder = &self;
    ++gil.switches;
  }
  gil.request.store(0, std::memory_order_relaxed);
  gil.requests.store(0, std::memory_order_relaxed);
  gil.sequence.store(sequence + 1, std::memory_order_relaxed);
  gil.holder.store(&self, std::memory_order_relaxed);
}

void drop(Gil& gil, ThreadRecord& self, Ticks tick, bool by_eval_loop, std::uint32_t location) noexcept {
  if (gil.holder.load(std::memory_order_relaxed) != &self) {
    self.want = 0;
    self.lock_want.store(0, std::memory_order_relaxed);
    self.open_want.store(0, std::memory_order_relaxed);
    return;
  }
  Turn* const turn = self.buffer.slot();
  turn->drop = tick;
  turn->location = location;
  turn->request = gil.request.load(std::memory_order_relaxed);
  turn->requests = gil.requests.load(std::memory_order_relaxed);
  if (turn->request != 0 && by_eval_loop) {
    turn->end = TurnEnd::kAsked;
    // The eval loop goes on to take the GIL again at once: from now on the thread wants it, even if the
    // system gives it no core for a while before it can say so.
    self.want = tick;
    self.open_gil.store(gil.index, std::memory_order_relaxed);
    self.open_want.store(tick, std::memory_order_relaxed);
  }
  gil.last_drop = tick;
  gil.holder.store(nullptr, std::memory_order_relaxed);
  if (!self.buffer.publish(turn)) gil.lost.fetch_add(1, std::memory_order_relaxed);
  // Release: pairs with oldest_want(); the turn is there then.
  self.unpublished_want.store(0, std::memory_order_release);
}

}  // namespace gilscope::probe::gil_watch
