// A run as things to draw, in nanoseconds from the begin of the recording: what the views for other people's
// tools have in common. Goes through a trace once where the hand-overs are known (Trace::hand_overs). Not for
// numbers (the Report has them) nor for any format. Thread rule: one thread at a time.
//
// Every edge is rounded to a nanosecond by itself, not every length: slices abut, and nest, as they did in
// ticks, and a sum of n slices is within n nanoseconds of the same sum in the Report. Edges before the
// recording began are drawn at its begin.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/report/report.h"
#include "app/trace_file/trace.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// A turn, or a wait that had not ended: want_ns <= take_ns <= drop_ns, and not before the thread's last
/// drop_ns.
struct DrawnTurn {
  std::uint64_t want_ns = 0;
  std::uint64_t take_ns = 0;
  std::uint64_t drop_ns = 0;
  std::uint64_t obeyed_ns = 0;  ///< first drop request to drop; of a turn with requests only
  std::uint32_t thread = 0;
  std::uint32_t sequence = 0;
  std::uint32_t place = 0;  ///< number in TraceFacts::places; 0: not known
  std::uint16_t gil = 0;
  std::uint8_t requests = 0;
  probe::TurnEnd end = probe::TurnEnd::kGave;
  bool taken = true;         ///< false: it was still waiting at drop_ns
  bool handed_over = false;  ///< the GIL was handed over to it: its hand-over has its own sequence
  bool hands_over = false;   ///< it handed the GIL over: that hand-over has the next sequence
};

/// Turns of one thread that followed each other closely: the GIL was free for at most kMostFreeNs between two
/// of them, and no other thread had it.
struct DrawnHolder {
  static constexpr std::uint64_t kMostFreeNs = 10'000;
  std::uint16_t gil = 0;
  std::uint32_t thread = 0;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t turns = 0;
  std::uint64_t held_ns = 0;
};

/// A region, a kernel's call or a collection.
struct DrawnSpan {
  probe::RecordKind kind = probe::RecordKind::kRegionBegin;  ///< of its begin
  std::uint32_t thread = 0;
  std::uint32_t name = 0;  ///< id in TraceFacts::names; not of a collection
  std::uint32_t row = 0;   ///< of a region: spans of one kind and row nest on their thread
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;   ///< in span_end only
  std::uint32_t number = 0;   ///< of a kernel: the call's, of a region: the span's
  std::uint64_t bytes = 0;    ///< of a kernel
  bool holds_gil = false;     ///< of a kernel
  int generation = 0;         ///< of a collection
  std::uint64_t objects = 0;  ///< collected; in span_end only
  bool open = false;          ///< in span_end: its own end is not known
};

struct DrawnTile {
  std::uint32_t thread = 0;
  std::uint32_t name = 0;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint32_t call = 0;
  std::uint64_t index = 0;
};

/// A thread, whether anything is drawn of it or not.
struct DrawnThread {
  std::uint32_t index = 0;
  std::int64_t native_id = 0;  ///< 0: not known
  std::string name;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  bool ended = false;
  bool has_turns = false;
};

/// A thread of which nothing is known but that it took a GIL: a damaged file has such.
DrawnThread unknown_thread(std::uint32_t index);

/// Who draws. Calls of the GILs and of the threads come in any interleaving, those of each in the order of
/// their moments. Spans of one kind and row nest on their thread; others, and turns, may overlap in part.
class Drawing {
 public:
  virtual ~Drawing() = default;
  /// All threads of which anything is known before the first turn is read; first of all calls.
  virtual void threads(const std::vector<DrawnThread>&) = 0;
  /// Whether it wants the calls of GILs, and the turns' hand-overs.
  virtual bool draws_gils() const { return true; }
  /// The GIL's own lane: who held it, in the order of takes. begin_ns is not before the last end_ns.
  virtual void holder(const DrawnHolder&) {}
  /// From at_ns on so many threads wait; called at each change, at_ns rising.
  virtual void waiting(std::uint16_t /*gil*/, std::uint64_t /*at_ns*/, std::uint32_t /*count*/) {}
  /// From at_ns to the next call the GIL was held for this share of the time, in percent.
  virtual void held_percent(std::uint16_t /*gil*/, std::uint64_t /*at_ns*/, double) {}
  virtual void turn(const DrawnTurn&) = 0;
  virtual void span_begin(const DrawnSpan&) {}
  virtual void span_end(const DrawnSpan&) = 0;
  virtual void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) = 0;
  virtual void tile(const DrawnTile&) = 0;
};

/// Share of a bucket of which held_percent() speaks: 1/2000 of the run, at least a millisecond.
std::uint64_t held_bucket_ns(std::uint64_t run_ns);

/// Draws the run. Of a run that is not verified there is nothing to draw but its threads.
void draw_run(const Report& report, const Trace& trace, Drawing& drawing);

}  // namespace gilscope::app
