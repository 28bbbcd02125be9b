#include "app/timeline/thread_lanes.h"

#include <algorithm>

namespace gilscope::app {

Lane& ThreadLanes::lane_of(std::uint16_t gil) {
  for (Lane& lane : lanes_) {
    if (lane.gil == gil) return lane;
  }
  Lane& lane = lanes_.emplace_back();
  lane.gil = gil;
  return lane;
}

ThreadLanes::Moment ThreadLanes::Moment::since(const Moment& begin) const noexcept {
  return {wall - std::min(wall, begin.wall), hold - std::min(hold, begin.hold),
          wait - std::min(wait, begin.wait)};
}

ThreadLanes::Moment ThreadLanes::completed() const noexcept {
  Moment moment;
  for (const Lane& lane : lanes_) {
    moment.hold += lane.hold;
    moment.wait += lane.wait;
  }
  return moment;
}

ThreadLanes::Moment ThreadLanes::moment_of(const probe::Turn& event) const noexcept {
  Moment moment = completed();
  moment.wall = event.drop;
  if (event.take != 0 && event.take <= event.drop) {
    moment.hold += event.drop - event.take;
    moment.wait += event.take - std::min(event.take, event.want);
  }
  return moment;
}

void ThreadLanes::add_span(RegionMap& regions, const OpenRegion& region, const Moment& end) {
  RegionTotals& totals = regions[region.name];
  const Moment span = end.since(region.begin);
  ++totals.count;
  totals.wall += span.wall;
  totals.hold += span.hold;
  totals.wait += span.wait;
}

void ThreadLanes::add_span(KernelMap& kernels, const OpenKernel& kernel, const Moment& end) {
  KernelTotals& totals = kernels[{kernel.name, kernel.holds_gil}];
  const Moment span = end.since(kernel.begin);
  ++totals.calls;
  totals.bytes += kernel.bytes;
  totals.wall += span.wall;
  totals.hold += span.hold;
  totals.wait += span.wait;
}

void ThreadLanes::add_span(CollectionMap& collections, const OpenCollection& collection, const Moment& end,
                           std::uint64_t objects) {
  CollectionTotals& totals = collections[collection.generation];
  const Moment span = end.since(collection.begin);
  ++totals.count;
  totals.objects += objects;
  totals.wall += span.wall;
  totals.hold += span.hold;
  totals.longest = std::max(totals.longest, span.wall);
}

void ThreadLanes::region_event(const probe::Turn& event, RegionMap& regions) {
  const Moment moment = moment_of(event);
  if (event.kind == probe::RecordKind::kRegionBegin) {
    open_regions_.insert({event.sequence, {event.location, moment}});
    return;
  }
  const auto its = open_regions_.find(event.sequence);
  if (its == open_regions_.end()) return;
  add_span(regions, its->second, moment);
  if (open_regions_.upper_bound(event.sequence) != open_regions_.end()) regions_overlap_ = true;
  open_regions_.erase(its);
}

void ThreadLanes::kernel_event(const probe::Turn& event, KernelCalls& calls) {
  const Moment moment = moment_of(event);
  if (event.kind == probe::RecordKind::kKernelBegin) {
    calls.begin(event);
    open_kernels_.push_back({event.location, event.sequence, event.requests != 0, event.request, moment});
    return;
  }
  const auto numbered = std::find_if(open_kernels_.rbegin(), open_kernels_.rend(),
                                     [&](const OpenKernel& kernel) { return kernel.call == event.sequence; });
  if (numbered == open_kernels_.rend()) return;
  const auto keep = static_cast<std::size_t>(open_kernels_.rend() - numbered) - 1;
  while (open_kernels_.size() > keep) {
    calls.end(open_kernels_.back().call);
    add_span(calls.spans(), open_kernels_.back(), moment);
    open_kernels_.pop_back();
  }
}

void ThreadLanes::collect_event(const probe::Turn& event, CollectionMap& collections) {
  const Moment moment = moment_of(event);
  const int generation = event.requests;
  if (event.kind == probe::RecordKind::kCollectBegin) {
    open_collection_ = OpenCollection{generation, moment};
    return;
  }
  if (open_collection_ && open_collection_->generation == generation) {
    add_span(collections, *open_collection_, moment, event.request);
  }
  open_collection_.reset();
}

void ThreadLanes::add_open_spans(RegionMap& regions, KernelMap& kernels, CollectionMap& collections,
                                 probe::Ticks now, probe::Ticks hold, probe::Ticks wait) const {
  Moment moment = completed();
  moment.wall = now;
  moment.hold += hold;
  moment.wait += wait;
  for (const auto& [number, region] : open_regions_) add_span(regions, region, moment);
  for (const OpenKernel& kernel : open_kernels_) add_span(kernels, kernel, moment);
  if (open_collection_) add_span(collections, *open_collection_, moment, 0);
}

}  // namespace gilscope::app
