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

// What tells whether an open turn has been added as a record meanwhile.
struct LastTurn {
  std::uint32_t thread = 0;
  std::uint16_t gil = 0;
  std::uint32_t sequence = 0;
  Ticks drop = 0;
};

bool already_recorded(const LastTurn& last, const OpenTurn& open) {
  if (open.take == 0) return open.want < last.drop;
  return static_cast<std::int32_t>(open.sequence - last.sequence) <= 0;
}

using GilDrawings = std::vector<std::unique_ptr<GilDrawing>>;  // by GIL id; null: not seen

// The first way: turns only.
class OrderPass final : public probe::TurnSink {
 public:
  OrderPass(const TraceFacts& facts, const RunClock& clock, Drawing& drawing)
      : clock_(clock), drawing_(drawing), run_ns_(clock.at(facts.now)) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    if (records.empty()) return;
    latest_ = std::max(latest_, records.back().drop);
    GilDrawing* gil = nullptr;
    LastTurn* last = nullptr;
    for (const probe::Turn& record : records) {
      if (record.kind != RecordKind::kTurn) continue;
      if (last == nullptr || last->gil != record.gil) [[unlikely]] {
        gil = &gil_of(record.gil);
        last = &last_of(thread, record.gil);
      }
      gil->add(thread, record);
      last->sequence = record.sequence;
      last->drop = record.drop;
    }
  }
  void end_of_pass(Ticks oldest_open_want) override {
    for (const auto& gil : gils_) {
      if (gil != nullptr) gil->end_of_pass(oldest_open_want);
    }
  }

  Ticks latest() const { return latest_; }
  GilDrawings& gils() { return gils_; }
  GilDrawing& gil_of(std::uint16_t id) {
    if (id >= gils_.size()) gils_.resize(id + std::size_t{1});
    if (gils_[id] == nullptr) gils_[id] = std::make_unique<GilDrawing>(id, clock_, run_ns_, drawing_);
    return *gils_[id];
  }
  const LastTurn* find_last(std::uint32_t thread, std::uint16_t gil) const {
    const auto found = last_.find(key(thread, gil));
    return found == last_.end() ? nullptr : &found->second;
  }

 private:
  static std::uint64_t key(std::uint32_t thread, std::uint16_t gil) {
    return std::uint64_t{thread} << 16 | gil;
  }
  LastTurn& last_of(std::uint32_t thread, std::uint16_t gil) {
    LastTurn& last = last_[key(thread, gil)];
    last.thread = thread;
    last.gil = gil;
    return last;
  }

  const RunClock& clock_;
  Drawing& drawing_;
  const std::uint64_t run_ns_;
  GilDrawings gils_;
  std::unordered_map<std::uint64_t, LastTurn> last_;
  Ticks latest_ = 0;
};

// The second way: all records.
class LanePass final : public probe::TurnSink {
 public:
  LanePass(GilDrawings& gils, const RunClock& clock, Drawing& drawing)
      : gils_(gils), clock_(clock), drawing_(drawing) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    ThreadDrawing& lane = lane_of(thread);
    for (const probe::Turn& record : records) {
      if (record.kind == RecordKind::kTurn) [[likely]] {
        lane.turn(record, *gils_[record.gil], clock_, drawing_);
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
  GilDrawings& gils_;
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

void draw_run(const Report& report, const Trace& trace, Drawing& drawing) {
  const TraceFacts& facts = trace.facts();
  const RunClock clock(facts);
  const std::vector<DrawnThread> threads = drawn_threads(report, facts, clock);
  drawing.threads(threads);
  if (!report.verified) return;

  OrderPass order(facts, clock, drawing);
  trace.replay(order);
  const Ticks now = std::max(facts.now, order.latest());

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
    if (turn.want == 0) continue;  // nothing is known of it yet
    const LastTurn* const last = order.find_last(turn.thread, turn.gil);
    if (last != nullptr && already_recorded(*last, turn)) continue;
    order.gil_of(turn.gil);
    open[turn.gil].push_back({turn, end_of(turn.thread)});
  }
  for (std::size_t id = 0; id < order.gils().size(); ++id) {
    if (order.gils()[id] == nullptr) continue;
    order.gils()[id]->finish(open[static_cast<std::uint16_t>(id)], clock.at(now));
  }

  LanePass lanes(order.gils(), clock, drawing);
  trace.replay(lanes);
  for (const auto& [gil, turns] : open) {
    for (const OpenUntil& turn : turns) {
      lanes.lane_of(turn.turn.thread).open_turn(turn, *order.gils()[gil], clock, drawing);
    }
  }
  for (std::uint32_t thread = 0; thread < lanes.lanes(); ++thread) {
    lanes.lane_of(thread).finish(clock.at(end_of(thread)), drawing);
  }
}

}  // namespace gilscope::app
