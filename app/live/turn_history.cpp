#include "app/live/turn_history.h"

#include <algorithm>

namespace gilscope::app {

void TurnHistory::Gil::ordered_turn(std::uint32_t thread, const probe::Turn& turn, bool, bool hand_over) {
  pass.push_back({.want = turn.want,
                  .take = turn.take,
                  .drop = turn.drop,
                  .request = turn.request,
                  .thread = thread,
                  .sequence = turn.sequence,
                  .place = turn.location,
                  .gil = turn.gil,
                  .requests = turn.requests,
                  .end = turn.end,
                  .hand_over = hand_over,
                  .is_first = false});
}

TurnHistory::Gil& TurnHistory::gil_of(std::uint16_t id) {
  if (id >= gils_.size()) gils_.resize(id + std::size_t{1});
  if (gils_[id] == nullptr) gils_[id] = std::make_unique<Gil>(pass_);
  return *gils_[id];
}

TurnHistory::Thread& TurnHistory::thread_of(std::uint32_t thread) {
  if (thread >= threads_.size()) threads_.resize(thread + std::size_t{1});
  return threads_[thread];
}

void TurnHistory::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  thread_of(thread);
  for (const probe::Turn& record : records) {
    if (record.kind == probe::RecordKind::kTurn) gil_of(record.gil).order.add(thread, record);
  }
}

void TurnHistory::end_of_pass(probe::Ticks oldest_open_want) {
  for (const std::unique_ptr<Gil>& gil : gils_) {
    if (gil != nullptr) gil->order.end_of_pass(oldest_open_want);
  }
  // The turns of one GIL come in order; those of several are mixed here.
  if (gils_.size() > 1) std::ranges::stable_sort(pass_, {}, &PastTurn::drop);
  for (PastTurn& turn : pass_) {
    if (turns_.end() - turns_.begin() >= most_) forget_oldest();
    Thread& thread = thread_of(turn.thread);
    turn.is_first = is_first(turn, thread);
    thread.numbers.push(turns_.end());
    thread.last_drop = turn.drop;
    turns_.push(turn);
  }
  pass_.clear();
}

void TurnHistory::set_open(probe::Ticks at, std::span<const OpenTurn> open) {
  for (Thread& thread : threads_) thread.open.reset();
  for (const OpenTurn& turn : open) {
    // A thread that ended in between was not looked at in one moment with the rest: the buffers tell of it.
    if (turn.want != 0) thread_of(turn.thread).open = turn;
  }
  known_until_ = at;
}

void TurnHistory::forget_oldest() {
  const PastTurn& oldest = turns_[turns_.begin()];
  forgotten_until_ = std::max(forgotten_until_, oldest.drop);
  threads_[oldest.thread].numbers.pop();
  turns_.pop();
}

void TurnHistory::forget_before(probe::Ticks moment) {
  while (!turns_.empty() && turns_[turns_.begin()].drop < moment) forget_oldest();
}

std::uint64_t TurnHistory::first_after(probe::Ticks moment) const {
  const auto kept = turns_.kept();
  const auto found =
      std::ranges::partition_point(kept, [&](const PastTurn& turn) { return turn.drop <= moment; });
  return turns_.begin() + static_cast<std::uint64_t>(found - kept.begin());
}

const PastTurn* TurnHistory::turn_from(std::uint32_t thread, std::uint64_t number) const {
  if (thread >= threads_.size()) return nullptr;
  const auto numbers = threads_[thread].numbers.kept();
  // The one that is looked for is, as a rule, among the last.
  if (numbers.empty() || numbers.back() < number) return nullptr;
  return &turns_[*std::ranges::lower_bound(numbers, number)];
}

const OpenTurn* TurnHistory::open_turn(std::uint32_t thread) const {
  if (thread >= threads_.size() || !threads_[thread].open) return nullptr;
  const OpenTurn& open = *threads_[thread].open;
  // It was recorded meanwhile.
  return open.want >= threads_[thread].last_drop ? &open : nullptr;
}

}  // namespace gilscope::app
