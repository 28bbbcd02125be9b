// What is drawn of one thread: what its own records say, in their order. Not for what needs the order of
// other threads' turns. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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
  /// `regions_overlap`: each region needs a row in which no other is open.
  explicit ThreadDrawing(std::uint32_t thread, bool regions_overlap = false)
      : thread_(thread), regions_overlap_(regions_overlap) {}

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
  // The open spans of one kind that nests by itself.
  using Stack = std::vector<DrawnSpan>;

  void draw_turn(const probe::Turn& turn, bool taken, const GilWanted& gil, const RunClock& clock,
                 Drawing& drawing);
  void begin_region(DrawnSpan span, Drawing& drawing);
  void end_region(std::uint32_t number, std::uint64_t end_ns, Drawing& drawing);
  template <typename Matches>
  void end_span(Stack& stack, std::uint64_t end_ns, std::uint64_t objects, Matches matches, Drawing& drawing);

  std::uint32_t thread_;
  bool regions_overlap_;
  std::uint64_t last_drop_ns_ = 0;
  std::uint64_t last_span_ns_ = 0;
  std::uint64_t last_tile_ns_ = 0;
  Stack kernels_;
  Stack collections_;
  std::map<std::uint32_t, DrawnSpan> regions_;  // by number: in the order of their begins
  std::set<std::uint32_t> free_rows_;           // of those before next_row_, where regions overlap
  std::uint32_t next_row_ = 0;
};

}  // namespace gilscope::app
