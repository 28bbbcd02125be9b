#include "app/report/thread_drawing.h"

#include <algorithm>

namespace gilscope::app {

using probe::RecordKind;

void ThreadDrawing::draw_turn(const probe::Turn& turn, bool taken, const GilWanted& gil,
                              const RunClock& clock, Drawing& drawing) {
  DrawnTurn drawn;
  const std::uint64_t take_ns = clock.at(turn.take);
  drawn.want_ns = std::max(turn.want == turn.take ? take_ns : clock.at(turn.want), last_drop_ns_);
  drawn.take_ns = std::max(take_ns, drawn.want_ns);
  drawn.drop_ns = std::max(clock.at(turn.drop), drawn.take_ns);
  last_drop_ns_ = drawn.drop_ns;
  drawn.thread = thread_;
  drawn.gil = turn.gil;
  drawn.end = turn.end;
  drawn.taken = taken;
  if (taken) {
    drawn.sequence = turn.sequence;
    drawn.place = turn.location;
    drawn.requests = turn.requests;
    if (turn.requests != 0) drawn.obeyed_ns = clock.span(turn.request, turn.drop);
    if (gil.hand_overs != nullptr) {
      drawn.handed_over = gil.hand_overs->contains(turn.sequence);
      drawn.hands_over = gil.hand_overs->contains(turn.sequence + 1);
    }
  }
  if (gil.drawing != nullptr) gil.drawing->add(drawn);
  drawing.turn(drawn);
}

void ThreadDrawing::open_turn(const OpenUntil& open, const GilWanted& gil, const RunClock& clock,
                              Drawing& drawing) {
  const bool taken = open.turn.take != 0;
  probe::Turn turn;
  turn.want = open.turn.want;
  turn.take = taken ? open.turn.take : open.until;
  turn.drop = open.until;
  turn.request = open.turn.request;
  turn.requests = open.turn.requests;
  turn.sequence = open.turn.sequence;
  turn.gil = open.turn.gil;
  turn.end = probe::TurnEnd::kOpen;
  draw_turn(turn, taken, gil, clock, drawing);
}

ThreadDrawing::Stack& ThreadDrawing::stack_of(RecordKind begin_kind) {
  switch (begin_kind) {
    case RecordKind::kKernelBegin:
      return open_[1];
    case RecordKind::kCollectBegin:
      return open_[2];
    default:
      return open_[0];
  }
}

void ThreadDrawing::begin_span(const DrawnSpan& span, Drawing& drawing) {
  drawing.span_begin(span);
  stack_of(span.kind).push_back(span);
}

// An end closes the innermost span that it matches, and with it the spans inside whose own ends were lost;
// one that matches none is passed over: its begin was lost.
template <typename Matches>
void ThreadDrawing::end_span(RecordKind kind, std::uint64_t end_ns, std::uint64_t objects, Matches matches,
                             Drawing& drawing) {
  Stack& stack = stack_of(kind);
  const auto found = std::find_if(stack.rbegin(), stack.rend(), matches);
  if (found == stack.rend()) return;
  const auto keep = static_cast<std::size_t>(stack.rend() - found) - 1;
  while (stack.size() > keep) {
    DrawnSpan span = stack.back();
    stack.pop_back();
    span.end_ns = end_ns;
    span.open = stack.size() > keep;
    if (!span.open) span.objects = objects;
    drawing.span_end(span);
  }
}

void ThreadDrawing::event(const probe::Turn& record, const RunClock& clock, Drawing& drawing) {
  if (record.kind == RecordKind::kTile) {
    DrawnTile tile;
    tile.thread = thread_;
    tile.name = record.location;
    tile.begin_ns = std::max(clock.at(record.take), last_tile_ns_);
    tile.end_ns = std::max(clock.at(record.drop), tile.begin_ns);
    tile.call = record.sequence;
    tile.index = record.request;
    last_tile_ns_ = tile.end_ns;
    drawing.tile(tile);
    return;
  }

  const std::uint64_t at_ns = last_span_ns_ = std::max(clock.at(record.drop), last_span_ns_);
  DrawnSpan span;
  span.kind = record.kind;
  span.thread = thread_;
  span.begin_ns = at_ns;
  switch (record.kind) {
    case RecordKind::kRegionBegin:
      span.name = record.location;
      begin_span(span, drawing);
      break;
    case RecordKind::kKernelBegin:
      span.name = record.location;
      span.call = record.sequence;
      span.bytes = record.request;
      span.holds_gil = record.requests != 0;
      begin_span(span, drawing);
      break;
    case RecordKind::kCollectBegin:
      span.generation = record.requests;
      begin_span(span, drawing);
      break;
    case RecordKind::kRegionEnd:
      end_span(
          RecordKind::kRegionBegin, at_ns, 0,
          [&](const DrawnSpan& open) { return record.location == 0 || open.name == record.location; },
          drawing);
      break;
    case RecordKind::kKernelEnd:
      end_span(
          RecordKind::kKernelBegin, at_ns, 0,
          [&](const DrawnSpan& open) { return open.call == record.sequence; }, drawing);
      break;
    case RecordKind::kCollectEnd:
      end_span(
          RecordKind::kCollectBegin, at_ns, record.request,
          [&](const DrawnSpan& open) { return open.generation == record.requests; }, drawing);
      break;
    case RecordKind::kMark:
      drawing.mark(thread_, at_ns, record.location);
      break;
    case RecordKind::kTurn:
    case RecordKind::kTile:
    case RecordKind::kSleep:
      break;
  }
}

void ThreadDrawing::finish(std::uint64_t end_ns, Drawing& drawing) {
  for (Stack& stack : open_) {
    while (!stack.empty()) {
      DrawnSpan span = stack.back();
      stack.pop_back();
      span.end_ns = std::max(end_ns, last_span_ns_);
      span.open = true;
      drawing.span_end(span);
    }
  }
}

}  // namespace gilscope::app
