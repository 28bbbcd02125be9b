// What is drawn of one thread: what its own records say, in their order. Not for what needs the order of
// other threads' turns. Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "app/report/drawn_run.h"
#include "app/report/gil_drawing.h"
#include "app/timeline/gil_order.h"
#include "app/timeline/hand_overs.h"

namespace gilscope::app {

/// What is asked for of a GIL beside the lanes of its threads; null: nothing.
struct GilWanted {
  GilDrawing* drawing = nullptr;
  const SequenceSet* hand_overs = nullptr;
};

class ThreadDrawing {
 public:
  explicit ThreadDrawing(std::uint32_t thread) : thread_(thread) {}

  /// `gil` is that of the turn.
  void turn(const probe::Turn& turn, const GilWanted& gil, const RunClock& clock, Drawing& drawing) {
    draw_turn(turn, true, gil, clock, drawing);
  }
  void open_turn(const OpenUntil& open, const GilWanted& gil, const RunClock& clock, Drawing& drawing);
  /// A record of any other kind.
  void event(const probe::Turn& record, const RunClock& clock, Drawing& drawing);
  /// Ends the spans that are still open.
  void finish(std::uint64_t end_ns, Drawing& drawing);

 private:
  // The open spans of one kind. Each kind nests by itself: a region that a generator is in may end inside a
  // collection that frees the generator.
  using Stack = std::vector<DrawnSpan>;

  void draw_turn(const probe::Turn& turn, bool taken, const GilWanted& gil, const RunClock& clock,
                 Drawing& drawing);
  void begin_span(const DrawnSpan& span, Drawing& drawing);
  template <typename Matches>
  void end_span(probe::RecordKind kind, std::uint64_t end_ns, std::uint64_t objects, Matches matches,
                Drawing& drawing);
  Stack& stack_of(probe::RecordKind begin_kind);

  std::uint32_t thread_;
  std::uint64_t last_drop_ns_ = 0;
  std::uint64_t last_span_ns_ = 0;
  std::uint64_t last_tile_ns_ = 0;
  std::array<Stack, 3> open_;  // regions, kernels, collections
};

}  // namespace gilscope::app
