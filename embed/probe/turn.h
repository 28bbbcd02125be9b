// One turn: a stretch of holding the GIL by one thread, from take to drop. The unit that the probe records,
// and the only thing that leaves the hot path. Plain data; no Python, no threads.
//
//            want            take                         drop
//     outside |     wait      |            hold             |  outside
//     --------+---------------+-----------------------------+--------->  ticks
#pragma once

#include <cstdint>

namespace gilscope::probe {

/// Raw ticks of the trace clock (clock.h says how many there are in a nanosecond).
using Ticks = std::uint64_t;

/// Why a turn ended.
enum class TurnEnd : std::uint8_t {
  kGave,   ///< the thread released the GIL itself
  kAsked,  ///< the eval loop dropped it because another thread's drop request was pending
  kOpen,   ///< it had not ended when the recording did (or the numbers were asked for)
};

/// What a record is. Spans and marks travel in the same stream as turns, so that they keep their order. In
/// all but tiles and sleeps `drop` is the moment, and `want` and `take` are those of the thread's open turn
/// (0: it has none).
enum class RecordKind : std::uint8_t {
  kTurn,
  kRegionBegin,   ///< `location` is the id of the name, `sequence` the span's number
  kRegionEnd,     ///< `location` likewise; `sequence` is that of its begin
  kMark,          ///< `location` is the id of the name
  kKernelBegin,   ///< `location`: the kernel's name; `sequence`: the call's number, from 1; `request`: bytes
                  ///< that it reads and writes; `requests`: 1 when it holds the GIL, 0 when it releases it
  kKernelEnd,     ///< `location` and `sequence` as at its begin
  kTile,          ///< on a kernel's native thread: `take` to `drop` is the tile's time (`want` = `take`),
                  ///< `location` the kernel's name, `sequence` its call's number, `request` the tile's index
  kCollectBegin,  ///< the garbage collector begins; `requests`: the generation
  kCollectEnd,    ///< it has ended; `requests`: the generation; `request`: objects collected
  kSleep,  ///< on one of Python's own locks, without a GIL: `take` to `drop` (`want` = `take`), `location`
           ///< the place, `requests` 1 when the world was stopped, 0 for any other lock
};
inline constexpr std::uint8_t kRecordKinds = 10;

/// One record, written once by the thread that held the GIL, when it drops it.
struct Turn {
  Ticks want = 0;     ///< when the thread first wanted the GIL; equals `take` when it did not have to wait
  Ticks take = 0;     ///< when it got it
  Ticks drop = 0;     ///< when it let go; want <= take <= drop
  Ticks request = 0;  ///< when the first drop request of this turn came; 0 when none did
  /// Counts the takes of this GIL, from 0: the order of the turns of one GIL, without looking at a clock.
  std::uint32_t sequence = 0;
  std::uint32_t location =
      0;                  ///< interned id: where in Python it was dropped (places.h; 0: not known), or a name
  std::uint16_t gil = 0;  ///< which GIL: index in the order in which they were made
  std::uint8_t requests = 0;  ///< drop requests that came during the turn; stays at 255 when there were more
  TurnEnd end = TurnEnd::kGave;
  RecordKind kind = RecordKind::kTurn;
};

static_assert(sizeof(Turn) <= 48, "a turn is 48 bytes or less");

}  // namespace gilscope::probe
