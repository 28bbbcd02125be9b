#include "app/timeline/kernel_calls.h"

#include <algorithm>

namespace gilscope::app {

void KernelCalls::begin(const probe::Turn& event) {
  Call& call = calls_[event.sequence];
  call.name = event.location;
  call.holds_gil = event.requests != 0;
  call.begun = true;
  call.settling = false;
}

void KernelCalls::tile(std::uint32_t thread, const probe::Turn& event) {
  Call& call = calls_[event.sequence];
  ++call.tiles;
  call.tile_ticks += event.drop - std::min(event.drop, event.take);
  if (std::find(call.threads.begin(), call.threads.end(), thread) == call.threads.end()) {
    call.threads.push_back(thread);
  }
}

void KernelCalls::end(std::uint32_t call) {
  if (const auto found = calls_.find(call); found != calls_.end()) found->second.ended = true;
}

void KernelCalls::end_of_pass() {
  for (auto i = calls_.begin(); i != calls_.end();) {
    Call& call = i->second;
    const bool is_complete = call.ended || !call.begun;
    if (is_complete && call.settling) {
      fold(call, totals_);
      i = calls_.erase(i);
    } else {
      call.settling = is_complete;
      ++i;
    }
  }
}

void KernelCalls::fold(const Call& call, KernelMap& totals) {
  if (!call.begun || call.tiles == 0) return;
  KernelTotals& sums = totals[{call.name, call.holds_gil}];
  sums.tiles += call.tiles;
  sums.tile_ticks += call.tile_ticks;
  sums.most_threads = std::max<std::uint64_t>(sums.most_threads, call.threads.size());
}

KernelMap KernelCalls::totals() const {
  KernelMap totals = totals_;
  for (const auto& [number, call] : calls_) fold(call, totals);
  return totals;
}

}  // namespace gilscope::app
