#include "app/report/gecko_lanes.h"

namespace gilscope::app {

void GeckoLanes::threads(const std::vector<DrawnThread>& threads) {
  for (const DrawnThread& thread : threads) {
    if (thread.index >= by_index_.size()) by_index_.resize(thread.index + std::size_t{1});
    lanes_.emplace_back().thread = thread;
    by_index_[thread.index] = &lanes_.back();
  }
}

GeckoLane& GeckoLanes::lane_of(std::uint32_t thread) {
  if (thread < by_index_.size() && by_index_[thread] != nullptr) [[likely]]
    return *by_index_[thread];
  threads({unknown_thread(thread)});
  return *by_index_[thread];
}

}  // namespace gilscope::app
