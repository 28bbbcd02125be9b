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

// In the first row that is free, if they can not all be in one.
void ThreadDrawing::begin_region(DrawnSpan span, Drawing& drawing) {
  if (regions_overlap_) {
    if (free_rows_.empty()) free_rows_.insert(next_row_++);
    span.row = free_rows_.extract(free_rows_.begin()).value();
  }
  regions_.insert({span.number, span});
  drawing.span_begin(span);
}

void ThreadDrawing::end_region(std::uint32_t number, std::uint64_t end_ns, Drawing& drawing) {
  const auto its = regions_.find(number);
  if (its == regions_.end()) return;  // its begin was lost
  DrawnSpan& span = its->second;
  span.end_ns = end_ns;
  drawing.span_end(span);
  if (regions_overlap_) free_rows_.insert(span.row);
  regions_.erase(its);
}

// An end closes the innermost span that it matches, and with it the spans inside whose own ends were lost;
// one that matches none is passed over: its begin was lost.
template <typename Matches>
void ThreadDrawing::end_span(Stack& stack, std::uint64_t end_ns, std::uint64_t objects, Matches matches,
                             Drawing& drawing) {
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
      span.number = record.sequence;
      begin_region(span, drawing);
      break;
    case RecordKind::kRegionEnd:
      end_region(record.sequence, at_ns, drawing);
      break;
    case RecordKind::kKernelBegin:
      span.name = record.location;
      span.number = record.sequence;
      span.bytes = record.request;
      span.holds_gil = record.requests != 0;
      kernels_.push_back(span);
      drawing.span_begin(span);
      break;
    case RecordKind::kKernelEnd:
      end_span(
          kernels_, at_ns, 0, [&](const DrawnSpan& open) { return open.number == record.sequence; }, drawing);
      break;
    case RecordKind::kCollectBegin:
      span.generation = record.requests;
      collections_.push_back(span);
      drawing.span_begin(span);
      break;
    case RecordKind::kCollectEnd:
      end_span(
          collections_, at_ns, record.request,
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
  const auto end = [&](DrawnSpan span) {
    span.end_ns = std::max(end_ns, last_span_ns_);
    span.open = true;
    drawing.span_end(span);
  };
  for (auto region = regions_.rbegin(); region != regions_.rend(); ++region) end(region->second);
  for (const Stack* stack : {&kernels_, &collections_}) std::for_each(stack->rbegin(), stack->rend(), end);
}

}  // namespace gilscope::app
