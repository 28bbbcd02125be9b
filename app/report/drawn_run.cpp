#include "app/report/drawn_run.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "app/report/gil_drawing.h"
#include "app/report/thread_drawing.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;
using probe::Ticks;

// On the first way: notes what tells whether an open turn has been added as a record meanwhile, and hands on.
class LastTurns final : public probe::TurnSink {
 public:
  explicit LastTurns(probe::TurnSink& next) : next_(next) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    Last* last = nullptr;
    std::uint16_t gil = 0;
    for (const probe::Turn& record : records) {
      if (record.kind != RecordKind::kTurn) continue;
      if (last == nullptr || gil != record.gil) [[unlikely]] {
        gil = record.gil;
        last = &last_[key(thread, gil)];
      }
      last->sequence = record.sequence;
      last->drop = record.drop;
    }
    if (!records.empty()) latest_ = std::max(latest_, records.back().drop);
    next_.add(thread, records);
  }
  void end_of_pass(Ticks oldest_open_want) override { next_.end_of_pass(oldest_open_want); }

  /// Of all records.
  Ticks latest() const { return latest_; }
  bool include(const OpenTurn& open) const {
    const auto found = last_.find(key(open.thread, open.gil));
    if (found == last_.end()) return false;
    if (open.take == 0) return open.want < found->second.drop;
    return static_cast<std::int32_t>(open.sequence - found->second.sequence) <= 0;
  }

 private:
  struct Last {
    std::uint32_t sequence = 0;
    Ticks drop = 0;
  };
  static std::uint64_t key(std::uint32_t thread, std::uint16_t gil) {
    return std::uint64_t{thread} << 16 | gil;
  }

  probe::TurnSink& next_;
  std::unordered_map<std::uint64_t, Last> last_;
  Ticks latest_ = 0;
};

using GilDrawings = std::vector<std::unique_ptr<GilDrawing>>;  // by GIL id; null: not seen

// Turns only, and the first way: lanes need to know of hand-overs to come.
class OrderPass final : public probe::TurnSink {
 public:
  OrderPass(const TraceFacts& facts, const RunClock& clock, Drawing& drawing)
      : clock_(clock), drawing_(drawing), run_ns_(clock.at(facts.now)) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    GilDrawing* gil = nullptr;
    std::uint16_t id = 0;
    for (const probe::Turn& record : records) {
      if (record.kind != RecordKind::kTurn) continue;
      if (gil == nullptr || id != record.gil) [[unlikely]] {
        id = record.gil;
        gil = &gil_of(id);
      }
      gil->add(thread, record);
    }
  }
  void end_of_pass(Ticks oldest_open_want) override {
    for (const auto& gil : gils_) {
      if (gil != nullptr) gil->end_of_pass(oldest_open_want);
    }
  }

  const GilDrawings& gils() const { return gils_; }
  /// Null: it was not gone through for this GIL.
  const GilDrawing* find(std::uint16_t id) const { return id < gils_.size() ? gils_[id].get() : nullptr; }
  GilDrawing& gil_of(std::uint16_t id) {
    if (id >= gils_.size()) gils_.resize(id + std::size_t{1});
    if (gils_[id] == nullptr) gils_[id] = std::make_unique<GilDrawing>(id, clock_, run_ns_, drawing_);
    return *gils_[id];
  }

 private:
  const RunClock& clock_;
  Drawing& drawing_;
  const std::uint64_t run_ns_;
  GilDrawings gils_;
};

// All records; the second way, or the only one.
class LanePass final : public probe::TurnSink {
 public:
  LanePass(const OrderPass& order, const RunClock& clock, Drawing& drawing)
      : order_(order), clock_(clock), drawing_(drawing) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    ThreadDrawing& lane = lane_of(thread);
    for (const probe::Turn& record : records) {
      if (record.kind == RecordKind::kTurn) [[likely]] {
        lane.turn(record, order_.find(record.gil), clock_, drawing_);
      } else {
        lane.event(record, clock_, drawing_);
      }
    }
  }
  void end_of_pass(Ticks) override {}

  ThreadDrawing& lane_of(std::uint32_t thread) {
    while (thread >= lanes_.size()) lanes_.emplace_back(static_cast<std::uint32_t>(lanes_.size()));
    return lanes_[thread];
  }
  std::size_t lanes() const { return lanes_.size(); }

 private:
  const OrderPass& order_;
  const RunClock& clock_;
  Drawing& drawing_;
  std::deque<ThreadDrawing> lanes_;  // by thread index
};

// Those that the facts know, and those that only the report names.
std::vector<DrawnThread> drawn_threads(const Report& report, const TraceFacts& facts, const RunClock& clock) {
  std::map<std::uint32_t, DrawnThread> by_index;
  const std::uint64_t now_ns = std::max(clock.at(facts.now), report.wall_ns);
  for (const ThreadFacts& thread : facts.threads) {
    DrawnThread& drawn = by_index[thread.index];
    drawn.native_id = thread.native_id;
    drawn.name = thread.name;
    drawn.begin_ns = clock.at(thread.begin);
    drawn.ended = thread.end != 0;
    drawn.end_ns = drawn.ended ? std::min(clock.at(thread.end), now_ns) : now_ns;
  }
  for (const ThreadReport& thread : report.threads) {
    const bool is_new = !by_index.contains(thread.index);
    DrawnThread& drawn = by_index[thread.index];
    drawn.has_turns = true;
    if (is_new) {
      drawn.native_id = thread.native_id;
      drawn.end_ns = now_ns;
    }
    if (drawn.name.empty()) drawn.name = thread.name;
  }
  std::vector<DrawnThread> threads;
  for (auto& [index, thread] : by_index) {
    thread.index = index;
    if (thread.name.empty()) thread.name = fmt::format("thread {}", index);
    threads.push_back(std::move(thread));
  }
  return threads;
}

}  // namespace

DrawnThread unknown_thread(std::uint32_t index) {
  DrawnThread unknown;
  unknown.index = index;
  unknown.name = fmt::format("thread {}", index);
  unknown.has_turns = true;
  return unknown;
}

void draw_run(const Report& report, const Trace& trace, Drawing& drawing) {
  const TraceFacts& facts = trace.facts();
  const RunClock clock(facts);
  const std::vector<DrawnThread> threads = drawn_threads(report, facts, clock);
  drawing.threads(threads);
  if (!report.verified) return;

  OrderPass order(facts, clock, drawing);
  LanePass lanes(order, clock, drawing);
  const bool draws_gils = drawing.draws_gils();
  LastTurns first(draws_gils ? static_cast<probe::TurnSink&>(order) : lanes);
  trace.replay(first);
  const Ticks now = std::max(facts.now, first.latest());

  std::unordered_map<std::uint32_t, Ticks> ends;
  for (const ThreadFacts& thread : facts.threads) {
    if (thread.end != 0) ends[thread.index] = std::min(thread.end, now);
  }
  const auto end_of = [&](std::uint32_t thread) {
    const auto found = ends.find(thread);
    return found == ends.end() ? now : found->second;
  };
  std::map<std::uint16_t, std::vector<OpenUntil>> open;  // by GIL
  for (const OpenTurn& turn : facts.open) {
    const bool is_known = turn.want != 0 && !first.include(turn);
    if (is_known) open[turn.gil].push_back({turn, end_of(turn.thread)});
  }
  if (draws_gils) {
    for (const auto& [gil, turns] : open) order.gil_of(gil);
    for (std::size_t id = 0; id < order.gils().size(); ++id) {
      if (order.gils()[id] == nullptr) continue;
      order.gils()[id]->finish(open[static_cast<std::uint16_t>(id)], clock.at(now));
    }
    trace.replay(lanes);
  }
  for (const auto& [gil, turns] : open) {
    for (const OpenUntil& turn : turns) {
      lanes.lane_of(turn.turn.thread).open_turn(turn, order.find(gil), clock, drawing);
    }
  }
  for (std::uint32_t thread = 0; thread < lanes.lanes(); ++thread) {
    lanes.lane_of(thread).finish(clock.at(end_of(thread)), drawing);
  }
}

}  // namespace gilscope::app
