// The calls of kernels: their spans on the calling threads, and the tiles that their native threads ran,
// which come in any order beside them. Memory grows with the kernels' names and the calls that are under way.
// Not for the spans' nesting: thread_lanes.h. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "embed/probe/turn.h"

namespace gilscope::app {

/// The calls of one kernel in one way.
struct KernelTotals {
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  probe::Ticks wall = 0;
  probe::Ticks hold = 0;
  probe::Ticks wait = 0;
  std::uint64_t most_threads = 0;
  std::uint64_t tiles = 0;
  probe::Ticks tile_ticks = 0;
};
/// By the id of the name, and whether the GIL is held.
using KernelMap = std::map<std::pair<std::uint32_t, bool>, KernelTotals>;

class KernelCalls {
 public:
  void begin(const probe::Turn& event);
  void tile(std::uint32_t thread, const probe::Turn& event);
  /// The call ends, or turns out to have ended, with its span.
  void end(std::uint32_t call);
  /// As Timeline::end_of_pass: a call's tiles and its begin are there when the pass after its end, or after
  /// its first tile, has ended. Tiles of a call whose begin was lost are passed over.
  void end_of_pass();

  /// Where the spans are added to.
  KernelMap& spans() noexcept { return totals_; }
  /// All of it, calls that are under way included.
  KernelMap totals() const;

 private:
  struct Call {
    std::uint32_t name = 0;
    bool holds_gil = false;
    bool begun = false;
    bool ended = false;
    bool settling = false;  // a pass has ended since it ended, or since a tile came without its begin
    std::uint64_t tiles = 0;
    probe::Ticks tile_ticks = 0;
    std::vector<std::uint32_t> threads;  // that ran its tiles
  };
  static void fold(const Call& call, KernelMap& totals);

  std::map<std::uint32_t, Call> calls_;  // by number
  KernelMap totals_;
};

}  // namespace gilscope::app
