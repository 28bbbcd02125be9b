#include "app/report/gecko_lanes.h"

namespace gilscope::app {

std::uint32_t TurnKinds::look_up(std::uint64_t key, const DrawnTurn& turn) {
  const auto [found, is_new] = ids_.emplace(key, static_cast<std::uint32_t>(kinds_.size()));
  if (is_new) kinds_.push_back({turn.place, turn.gil, turn.end});
  return found->second;
}

void KeptTurns::push_back(const DrawnTurn& turn, std::uint32_t kind) {
  const std::uint64_t wait_end_ns = turn.taken ? turn.take_ns : turn.drop_ns;
  if (!turn.taken && turn.want_ns == wait_end_ns) return;  // nothing to be seen
  if (chunks_.empty() || chunks_.back().size() == chunks_.back().capacity()) [[unlikely]] {
    const bool is_first = chunks_.empty();
    chunks_.emplace_back().reserve(is_first ? kFirst : kChunk);
  }
  // In this order they are asked for.
  const std::uint32_t before = kept(turn.want_ns - last_drop_ns_);
  std::uint32_t what = kind;
  if (turn.want_ns < wait_end_ns) {
    what |= kWaited;
    waits_.push_back(kept(wait_end_ns - turn.want_ns));
  }
  if (turn.taken) {
    what |= kTaken;
    ++holds_;
  }
  if (turn.requests != 0) {
    what |= kRequested;
    requests_.push_back({turn.obeyed_ns, turn.requests});
  }
  chunks_.back().push_back({before, kept(turn.drop_ns - wait_end_ns), what});
  last_drop_ns_ = turn.drop_ns;
}

void GeckoLanes::threads(const std::vector<DrawnThread>& threads) {
  for (const DrawnThread& thread : threads) {
    if (thread.index >= by_index_.size()) by_index_.resize(thread.index + std::size_t{1});
    lanes_.emplace_back().thread = thread;
    by_index_[thread.index] = &lanes_.back();
  }
}

GeckoLane& GeckoLanes::unknown_lane(std::uint32_t thread) {
  threads({unknown_thread(thread)});
  return *by_index_[thread];
}

}  // namespace gilscope::app
