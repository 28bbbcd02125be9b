#include "app/report/picture_columns.h"

#include <algorithm>
#include <map>
#include <span>

namespace gilscope::app {

using probe::RecordKind;
using probe::Ticks;
using probe::Turn;

namespace {

// Hands the turns and the other records of a trace to a visitor, and at the end what is still open:
//   void turn(thread, gil, want, take, drop)    take = drop: it still waits
//   void event(thread, record)
template <class Visitor>
class Walk final : public probe::TurnSink {
 public:
  explicit Walk(Visitor& visitor) : visitor_(visitor) {}

  void add(std::uint32_t thread, std::span<const Turn> records) override {
    if (thread >= last_.size()) last_.resize(thread + std::size_t{1});
    for (const Turn& record : records) {
      if (record.kind != RecordKind::kTurn) [[unlikely]] {
        visitor_.event(thread, record);
        continue;
      }
      visitor_.turn(thread, record.gil, record.want, record.take, record.drop);
    }
    for (std::size_t i = records.size(); i-- > 0;) {
      if (records[i].kind != RecordKind::kTurn) continue;
      last_[thread] = {records[i].drop, records[i].sequence, records[i].gil, true};
      break;
    }
  }
  void end_of_pass(Ticks) override {}

  void add_open(const TraceFacts& facts, Ticks end_of_run) {
    for (const OpenTurn& open : facts.open) {
      if (open.want == 0 || is_recorded(open)) continue;
      Ticks end = end_of_run;
      for (const ThreadFacts& thread : facts.threads) {
        if (thread.index == open.thread && thread.end != 0) end = std::min(end, thread.end);
      }
      visitor_.turn(open.thread, open.gil, open.want, open.take != 0 ? open.take : end, end);
    }
  }

 private:
  struct Last {
    Ticks drop = 0;
    std::uint32_t sequence = 0;
    std::uint16_t gil = 0;
    bool any = false;
  };

  // What was open when it was looked up may have ended, and be recorded, by now.
  bool is_recorded(const OpenTurn& open) const {
    if (open.thread >= last_.size() || !last_[open.thread].any) return false;
    const Last& last = last_[open.thread];
    if (open.take == 0 || open.gil != last.gil) return open.want < last.drop;
    return static_cast<std::int32_t>(open.sequence - last.sequence) <= 0;
  }

  Visitor& visitor_;
  std::vector<Last> last_;
};

template <class Visitor>
void walk(const Trace& trace, Ticks end_of_run, Visitor& visitor) {
  Walk<Visitor> walk(visitor);
  trace.replay(walk);
  walk.add_open(trace.facts(), end_of_run);
}

// The first time: who does how much in the span.
class Busyness {
 public:
  explicit Busyness(const ColumnScale& scale) : from_(scale.from()), to_(scale.to()) {}

  struct Thread {
    std::uint32_t index = 0;
    bool any = false;
    Ticks inside = 0;  // holding and waiting
    Ticks tiles = 0;
  };

  void turn(std::uint32_t thread, std::uint16_t gil, Ticks want, Ticks take, Ticks drop) {
    if (drop < from_ || want >= to_) return;
    Thread& busy = thread_of(thread);
    busy.any = true;
    busy.inside += shown(want, drop);
    if (gil >= held.size()) held.resize(gil + std::size_t{1});
    held[gil].ticks += shown(take, drop);
    held[gil].any = true;
  }
  void event(std::uint32_t thread, const Turn& event) {
    const Ticks begin = event.kind == RecordKind::kTile ? event.take : event.drop;
    if (event.drop < from_ || begin >= to_) return;
    Thread& busy = thread_of(thread);
    busy.any = true;
    if (event.kind == RecordKind::kTile) busy.tiles += shown(event.take, event.drop);
  }

  /// The thread lived in the span, and that is to be shown.
  void life(std::uint32_t thread, Ticks begin, Ticks end) {
    if (begin < to_ && end >= from_) thread_of(thread).any = true;
  }

  /// The busiest, at most `most`, and how many more there are.
  std::vector<std::uint32_t> busiest(std::size_t most, std::size_t& more) {
    std::erase_if(threads_, [](const Thread& thread) { return !thread.any; });
    std::ranges::stable_sort(threads_, [](const Thread& a, const Thread& b) {
      return a.inside != b.inside ? a.inside > b.inside : a.tiles > b.tiles;
    });
    more = threads_.size() - std::min(threads_.size(), most);
    std::vector<std::uint32_t> chosen;
    for (const Thread& thread : threads_) {
      if (chosen.size() < most) chosen.push_back(thread.index);
    }
    std::ranges::sort(chosen);
    return chosen;
  }

  struct Held {
    Ticks ticks = 0;
    bool any = false;
  };
  std::vector<Held> held;  // by GIL

 private:
  Ticks shown(Ticks begin, Ticks end) const {
    begin = std::max(begin, from_);
    end = std::min(end, to_);
    return end > begin ? end - begin : 0;
  }
  Thread& thread_of(std::uint32_t index) {
    while (threads_.size() <= index)
      threads_.push_back({.index = static_cast<std::uint32_t>(threads_.size())});
    return threads_[index];
  }

  Ticks from_;
  Ticks to_;
  std::vector<Thread> threads_;
};

// A lane's outermost span of one kind.
struct OpenSpan {
  std::uint32_t depth = 0;
  Ticks begin = 0;

  void begins(Ticks tick) {
    if (depth++ == 0) begin = tick;
  }
  /// True: the outermost one has ended.
  bool ends() { return depth > 0 && --depth == 0; }
};

// The second time: what the chosen ones do, by columns.
class Columns {
 public:
  Columns(const ColumnScale& scale, PictureColumns& result) : scale_(scale), result_(result) {
    spans_.resize(result.lanes.size());
    for (std::size_t i = 0; i < result.lanes.size(); ++i) {
      const std::uint32_t thread = result.lanes[i].thread;
      if (thread >= lane_of_.size()) lane_of_.resize(thread + std::size_t{1}, kNone);
      lane_of_[thread] = i;
    }
    for (std::size_t i = 0; i < result.gils.size(); ++i) {
      if (result.gils[i] >= place_of_.size()) place_of_.resize(result.gils[i] + std::size_t{1}, kNone);
      place_of_[result.gils[i]] = i;
    }
  }

  void turn(std::uint32_t thread, std::uint16_t gil, Ticks want, Ticks take, Ticks drop) {
    const std::size_t place = gil < place_of_.size() ? place_of_[gil] : kNone;
    const std::size_t lane = lane_at(thread);
    if (lane == kNone) {
      if (place != kNone) result_.other_hold[place].add(scale_, take, drop);
      return;
    }
    LaneColumns& columns = result_.lanes[lane];
    columns.holds[std::min(place, result_.gils.size())].add(scale_, take, drop);
    columns.wait.add(scale_, want, take);
  }

  void event(std::uint32_t thread, const Turn& event) {
    const std::size_t lane = lane_at(thread);
    if (lane == kNone) return;
    LaneColumns& columns = result_.lanes[lane];
    Spans& open = spans_[lane];
    const auto end = [&](OpenSpan& span, Coverage& coverage) {
      if (span.ends()) coverage.add(scale_, span.begin, event.drop);
    };
    switch (event.kind) {
      case RecordKind::kRegionBegin:
        return open.region.begins(event.drop);
      case RecordKind::kRegionEnd:
        return end(open.region, columns.region);
      case RecordKind::kKernelBegin:
        return open.kernel.begins(event.drop);
      case RecordKind::kKernelEnd:
        return end(open.kernel, columns.kernel);
      case RecordKind::kCollectBegin:
        return open.collection.begins(event.drop);
      case RecordKind::kCollectEnd:
        return end(open.collection, columns.collection);
      case RecordKind::kTile:
        return columns.tile.add(scale_, event.take, event.drop);
      case RecordKind::kSleep:
        return columns.wait.add(scale_, event.take, event.drop);
      case RecordKind::kTurn:
      case RecordKind::kMark:
        return;
    }
  }

  /// Spans that never ended last as long as their thread.
  void end_open_spans() {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      LaneColumns& lane = result_.lanes[i];
      if (spans_[i].region.depth > 0) lane.region.add(scale_, spans_[i].region.begin, lane.end);
      if (spans_[i].kernel.depth > 0) lane.kernel.add(scale_, spans_[i].kernel.begin, lane.end);
      if (spans_[i].collection.depth > 0) lane.collection.add(scale_, spans_[i].collection.begin, lane.end);
    }
  }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  struct Spans {
    OpenSpan region;
    OpenSpan kernel;
    OpenSpan collection;
  };

  std::size_t lane_at(std::uint32_t thread) const {
    return thread < lane_of_.size() ? lane_of_[thread] : kNone;
  }

  const ColumnScale& scale_;
  PictureColumns& result_;
  std::vector<std::size_t> lane_of_;   // by thread
  std::vector<std::size_t> place_of_;  // by GIL
  std::vector<Spans> spans_;           // by lane
};

}  // namespace

PictureColumns read_columns(const Trace& trace, const ColumnScale& scale, Ticks end_of_run,
                            std::size_t most_lanes, std::size_t most_gils) {
  Busyness busyness(scale);
  walk(trace, end_of_run, busyness);
  // Without a GIL a thread that is never blocked has no records.
  if (!trace.facts().run.gil_enabled) {
    for (const ThreadFacts& thread : trace.facts().threads) {
      busyness.life(thread.index, thread.begin, thread.end != 0 ? thread.end : end_of_run);
    }
  }

  PictureColumns result;
  std::vector<std::uint16_t> used;
  for (std::size_t gil = 0; gil < busyness.held.size(); ++gil) {
    if (busyness.held[gil].any) used.push_back(static_cast<std::uint16_t>(gil));
  }
  std::ranges::stable_sort(used, [&](std::uint16_t a, std::uint16_t b) {
    return busyness.held[a].ticks > busyness.held[b].ticks;
  });
  result.more_gils = used.size() - std::min(used.size(), most_gils);
  used.resize(std::min(used.size(), most_gils));
  std::ranges::sort(used);
  result.gils = used;
  result.other_hold.resize(used.size());

  for (const std::uint32_t thread : busyness.busiest(most_lanes, result.more_threads)) {
    LaneColumns& lane = result.lanes.emplace_back();
    lane.thread = thread;
    lane.begin = scale.from();
    lane.end = end_of_run;
    for (const ThreadFacts& facts : trace.facts().threads) {
      if (facts.index != thread) continue;
      lane.name = facts.name;
      lane.begin = facts.begin;
      if (facts.end != 0) lane.end = std::min(end_of_run, facts.end);
    }
    lane.holds.resize(used.size() + 1);
  }
  Columns columns(scale, result);
  walk(trace, end_of_run, columns);
  columns.end_open_spans();
  return result;
}

}  // namespace gilscope::app
