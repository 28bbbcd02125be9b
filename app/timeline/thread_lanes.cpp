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

ThreadLanes::Moment ThreadLanes::completed() const noexcept {
  Moment moment;
  for (const Lane& lane : lanes_) {
    moment.hold += lane.hold;
    moment.wait += lane.wait;
  }
  return moment;
}

void ThreadLanes::add_span(RegionMap& regions, const OpenRegion& region, const Moment& end) {
  RegionTotals& totals = regions[region.name];
  ++totals.count;
  totals.wall += end.wall - std::min(end.wall, region.begin.wall);
  totals.hold += end.hold - std::min(end.hold, region.begin.hold);
  totals.wait += end.wait - std::min(end.wait, region.begin.wait);
}

void ThreadLanes::region_event(const probe::Turn& event, RegionMap& regions) {
  Moment moment = completed();
  moment.wall = event.drop;
  if (event.take != 0 && event.take <= event.drop) {
    moment.hold += event.drop - event.take;
    moment.wait += event.take - std::min(event.take, event.want);
  }
  if (event.kind == probe::RecordKind::kRegionBegin) {
    open_regions_.push_back({event.location, moment});
    return;
  }
  const auto named = std::find_if(
      open_regions_.rbegin(), open_regions_.rend(),
      [&](const OpenRegion& region) { return event.location == 0 || region.name == event.location; });
  if (named == open_regions_.rend()) return;
  const auto keep = static_cast<std::size_t>(open_regions_.rend() - named) - 1;
  while (open_regions_.size() > keep) {
    add_span(regions, open_regions_.back(), moment);
    open_regions_.pop_back();
  }
}

void ThreadLanes::add_open_regions(RegionMap& regions, probe::Ticks now, probe::Ticks hold,
                                   probe::Ticks wait) const {
  Moment moment = completed();
  moment.wall = now;
  moment.hold += hold;
  moment.wait += wait;
  for (const OpenRegion& region : open_regions_) add_span(regions, region, moment);
}

}  // namespace gilscope::app
