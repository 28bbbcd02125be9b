#include "app/timeline/timeline.h"

#include <algorithm>

namespace gilscope::app {

Timeline::Gil& Timeline::gil_of(std::uint16_t id) {
  if (id >= gils_.size()) gils_.resize(id + std::size_t{1});
  if (gils_[id] == nullptr) {
    gils_[id] = std::make_unique<Gil>(hand_overs_ != nullptr ? &hand_overs_->of(id) : nullptr);
  }
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
      add_event(thread, record);
      continue;
    }
    if (lane == nullptr || lane->gil != record.gil) [[unlikely]] {
      lane = &lanes.lane_of(record.gil);
      gil = &gil_of(record.gil);
    }
    lanes.add_turn(*lane, record, giving_);
    gil->order.add(thread, record);
    if (record.request != 0) add_request(*gil, thread, record);
  }
  latest_ = std::max(latest_, records.back().drop);
}

void Timeline::add_event(std::uint32_t thread, const probe::Turn& record) {
  ThreadLanes& lanes = threads_[thread];
  switch (record.kind) {
    case probe::RecordKind::kTurn:
      break;
    case probe::RecordKind::kRegionBegin:
    case probe::RecordKind::kRegionEnd:
      lanes.region_event(record, regions_);
      break;
    case probe::RecordKind::kMark:
      ++marks_[record.location];
      break;
    case probe::RecordKind::kKernelBegin:
    case probe::RecordKind::kKernelEnd:
      lanes.kernel_event(record, kernels_);
      break;
    case probe::RecordKind::kTile:
      kernels_.tile(thread, record);
      break;
    case probe::RecordKind::kCollectBegin:
    case probe::RecordKind::kCollectEnd:
      lanes.collect_event(record, collections_);
      break;
    case probe::RecordKind::kSleep:
      lock_waits_.add(thread, record);
      break;
  }
}

void Timeline::add_request(Gil& gil, std::uint32_t thread, const probe::Turn& record) {
  const probe::Ticks after = record.drop - std::min(record.drop, record.request);
  gil.drop_requests += record.requests;
  gil.obeyed.add(after);
  obeyed_latest_.add(
      {after, record.request, thread, record.gil, record.end == probe::TurnEnd::kGave, record.location});
}

void Timeline::end_of_pass(probe::Ticks oldest_open_want) {
  for (const auto& gil : gils_) {
    if (gil != nullptr) gil->order.end_of_pass(oldest_open_want);
  }
  kernels_.end_of_pass();
}

}  // namespace gilscope::app
