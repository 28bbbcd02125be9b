#include "app/report/drawn_run.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "app/report/gil_drawing.h"
#include "app/report/thread_drawing.h"
#include "app/timeline/hand_overs.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;
using probe::Ticks;

// Notes what tells whether an open turn has been added as a record meanwhile, and hands on.
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

class RecordPass final : public probe::TurnSink {
 public:
  /// `hand_overs` null: nothing is drawn of GILs.
  RecordPass(const Report& report, const HandOvers* hand_overs, const RunClock& clock, std::uint64_t run_ns,
             Drawing& drawing)
      : hand_overs_(hand_overs), clock_(clock), run_ns_(run_ns), drawing_(drawing) {
    for (const ThreadReport& thread : report.threads) {
      if (thread.regions_overlap) regions_overlap_.insert(thread.index);
    }
  }

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    ThreadDrawing& lane = lane_of(thread);
    const GilWanted* gil = nullptr;
    std::uint16_t id = 0;
    for (const probe::Turn& record : records) {
      if (record.kind != RecordKind::kTurn) [[unlikely]] {
        lane.event(record, clock_, drawing_);
        continue;
      }
      if (gil == nullptr || id != record.gil) [[unlikely]] {
        id = record.gil;
        gil = &wanted_of(id);
      }
      lane.turn(record, *gil, clock_, drawing_);
    }
  }
  void end_of_pass(Ticks oldest_open_want) override {
    for (const auto& gil : gils_) {
      if (gil != nullptr) gil->end_of_pass(clock_.at(oldest_open_want));
    }
  }

  void open_turn(const OpenUntil& open) {
    lane_of(open.turn.thread).open_turn(open, wanted_of(open.turn.gil), clock_, drawing_);
  }
  /// `end_ns(thread)` is when it ended.
  template <typename EndOf>
  void finish(std::uint64_t now_ns, EndOf&& end_ns) {
    for (const auto& gil : gils_) {
      if (gil != nullptr) gil->finish(now_ns);
    }
    for (std::uint32_t thread = 0; thread < lanes_.size(); ++thread) {
      lanes_[thread].finish(end_ns(thread), drawing_);
    }
  }

 private:
  ThreadDrawing& lane_of(std::uint32_t thread) {
    while (thread >= lanes_.size()) {
      const auto next = static_cast<std::uint32_t>(lanes_.size());
      lanes_.emplace_back(next, regions_overlap_.contains(next));
    }
    return lanes_[thread];
  }
  const GilWanted& wanted_of(std::uint16_t id) {
    if (id >= gils_.size()) {
      gils_.resize(id + std::size_t{1});
      wanted_.resize(id + std::size_t{1});
    }
    if (hand_overs_ != nullptr && gils_[id] == nullptr) {
      gils_[id] = std::make_unique<GilDrawing>(id, run_ns_, drawing_);
      wanted_[id] = {gils_[id].get(), hand_overs_->find(id)};
    }
    return wanted_[id];
  }

  const HandOvers* hand_overs_;
  const RunClock& clock_;
  const std::uint64_t run_ns_;
  Drawing& drawing_;
  std::set<std::uint32_t> regions_overlap_;        // on these threads
  std::vector<std::unique_ptr<GilDrawing>> gils_;  // by GIL id; null: not seen, or not wanted
  std::vector<GilWanted> wanted_;                  // likewise
  std::deque<ThreadDrawing> lanes_;                // by thread index
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

  HandOvers found;
  const HandOvers* hand_overs = nullptr;
  if (drawing.draws_gils()) {
    hand_overs = trace.hand_overs();
    if (hand_overs == nullptr) {
      report_of(trace, &found);
      hand_overs = &found;
    }
  }
  RecordPass records(report, hand_overs, clock, clock.at(facts.now), drawing);
  LastTurns last(records);
  trace.replay(last);
  const Ticks now = std::max(facts.now, last.latest());

  std::unordered_map<std::uint32_t, Ticks> ends;
  for (const ThreadFacts& thread : facts.threads) {
    if (thread.end != 0) ends[thread.index] = std::min(thread.end, now);
  }
  const auto end_of = [&](std::uint32_t thread) {
    const auto its_end = ends.find(thread);
    return its_end == ends.end() ? now : its_end->second;
  };
  for (const OpenTurn& turn : facts.open) {
    const bool is_known = turn.want != 0 && !last.include(turn);
    if (is_known) records.open_turn({turn, end_of(turn.thread)});
  }
  records.finish(clock.at(now), [&](std::uint32_t thread) { return clock.at(end_of(thread)); });
}

}  // namespace gilscope::app
