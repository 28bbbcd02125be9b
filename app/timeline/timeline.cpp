#include "app/timeline/timeline.h"

#include <algorithm>

namespace gilscope::app {

Timeline::Gil& Timeline::gil_of(std::uint16_t id) {
  if (id >= gils_.size()) gils_.resize(id + std::size_t{1});
  if (gils_[id] == nullptr) gils_[id] = std::make_unique<Gil>();
  return *gils_[id];
}

void Timeline::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  if (records.empty()) return;
  if (thread >= threads_.size()) threads_.resize(thread + std::size_t{1});
  ThreadLanes& lanes = threads_[thread];
  Lane* lane = nullptr;
  Gil* gil = nullptr;
  for (const probe::Turn& record : records) {
    if (record.kind != probe::RecordKind::kTurn) [[unlikely]] {
      if (record.kind == probe::RecordKind::kMark) {
        ++marks_[record.location];
      } else if (record.kind == probe::RecordKind::kRegionBegin ||
                 record.kind == probe::RecordKind::kRegionEnd) {
        lanes.region_event(record, regions_);
      }
      continue;
    }
    if (lane == nullptr || lane->gil != record.gil) [[unlikely]] {
      lane = &lanes.lane_of(record.gil);
      gil = &gil_of(record.gil);
    }
    lanes.add_turn(*lane, record);
    gil->order.add(thread, record);
    if (record.request != 0) {
      gil->drop_requests += record.requests;
      gil->obeyed.add(record.drop - std::min(record.drop, record.request));
    }
  }
  latest_ = std::max(latest_, records.back().drop);
}

void Timeline::end_of_pass(probe::Ticks oldest_open_want) {
  for (const auto& gil : gils_) {
    if (gil != nullptr) gil->order.end_of_pass(oldest_open_want);
  }
}

}  // namespace gilscope::app
