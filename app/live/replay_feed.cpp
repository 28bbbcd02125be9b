#include "app/live/replay_feed.h"

#include <algorithm>

namespace gilscope::app {

namespace {

constexpr std::size_t kMostTurns = 600'000;
// A wait during which others take the GIL more often than that is drawn from when it is so near.
constexpr std::uint64_t kAhead = 50'000;
constexpr std::uint64_t kTurnsAMark = 100'000;
constexpr std::size_t kMostMarks = 128;

// What the marks need of the records.
struct IndexSink final : probe::TurnSink {
  std::uint64_t turns = 0;
  probe::Ticks latest_drop = 0;
  std::vector<probe::Ticks> first_takes;
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    if (thread >= first_takes.size()) first_takes.resize(thread + std::size_t{1});
    for (const probe::Turn& record : records) {
      if (record.kind != probe::RecordKind::kTurn) continue;
      ++turns;
      latest_drop = std::max(latest_drop, record.drop);
      if (first_takes[thread] == 0) first_takes[thread] = record.take;
    }
  }
  void end_of_pass(probe::Ticks) override {}
};

}  // namespace

ReplayFeed::ReplayFeed(const TraceReader& trace) : trace_(trace), cursor_(trace) { index(); }

void ReplayFeed::index() {
  IndexSink sink;
  std::uint64_t every = kTurnsAMark;
  std::uint64_t marked_at = 0;
  probe::Ticks complete_until = 0;
  marks_.push_back({cursor_.mark(), 0});
  for (;;) {
    const probe::Ticks before = sink.latest_drop;
    if (!cursor_.step(sink)) break;
    complete_until = before;
    if (sink.turns - marked_at < every) continue;
    marked_at = sink.turns;
    marks_.push_back({cursor_.mark(), complete_until});
    if (marks_.size() < kMostMarks) continue;
    // Every other one is enough.
    std::vector<Mark> fewer;
    for (std::size_t i = 0; i < marks_.size(); i += 2) fewer.push_back(std::move(marks_[i]));
    marks_ = std::move(fewer);
    every *= 2;
  }
  turns_ = sink.turns;
  first_takes_ = std::move(sink.first_takes);
  go_to(marks_.front());
}

void ReplayFeed::go_to(const Mark& mark) {
  cursor_.go_to(mark.place);
  history_.emplace(kMostTurns);
  history_->know_first_takes(first_takes_);
  loaded_from_ = complete_until_ = latest_drop_ = mark.complete_until;
  at_end_ = false;
}

// The take of a turn that has not ended may be a hand-over, too.
void ReplayFeed::add_turns_in_progress() {
  for (const OpenTurn& open : trace_.facts().open) {
    if (open.take == 0 || history_->open_turn(open.thread) == nullptr) continue;
    probe::Turn turn;
    turn.want = open.want;
    turn.take = open.take;
    turn.drop = trace_.facts().now + 1;  // not before the end
    turn.request = open.request;
    turn.requests = open.requests;
    turn.sequence = open.sequence;
    turn.gil = open.gil;
    turn.end = probe::TurnEnd::kOpen;
    history_->add(open.thread, {&turn, 1});
  }
  history_->end_of_pass(0);
  history_->end_of_pass(0);
}

bool ReplayFeed::step() {
  if (at_end_) return false;
  if (!cursor_.step(*history_)) {
    at_end_ = true;
    // Twice: what is missing after a whole further pass is lost.
    history_->end_of_pass(0);
    history_->end_of_pass(0);
    complete_until_ = trace_.facts().now;
    history_->set_open(complete_until_, trace_.facts().open);
    add_turns_in_progress();
    return false;
  }
  complete_until_ = latest_drop_;
  if (!history_->turns().empty()) {
    latest_drop_ = std::max(latest_drop_, history_->turns()[history_->turns().end() - 1].drop);
  }
  return true;
}

void ReplayFeed::bring(probe::Ticks from, probe::Ticks until,
                       const std::function<void(probe::Ticks)>& shown) {
  const auto after =
      std::ranges::partition_point(marks_, [&](const Mark& mark) { return mark.complete_until <= from; });
  const Mark& best = after == marks_.begin() ? marks_.front() : *(after - 1);
  const bool is_there = std::max(loaded_from_, history_->forgotten_until()) <= from;
  if (!is_there || best.complete_until > complete_until_) go_to(best);
  constexpr std::uint64_t kPiece = kMostTurns / 4;
  std::uint64_t shown_at = history_->turns().end();
  while (complete_until_ < until || ahead_of(until) < kAhead) {
    if (!step()) return;
    if (history_->turns().end() - shown_at < kPiece || complete_until_ >= until) continue;
    shown_at = history_->turns().end();
    shown(complete_until_);
  }
}

bool ReplayFeed::bring_more() {
  const std::uint64_t before = history_->turns().end();
  while (history_->turns().end() - before < kAhead) {
    if (!step()) return history_->turns().end() > before;
  }
  return true;
}

}  // namespace gilscope::app
