// Records that are not turns, on the calling thread's lane: moments (edges of regions, kernels and
// collections; marks) and the tiles that a kernel's native threads compute. Not for turns: gil_watch.h. Each
// goes into the thread's own buffer, before the turn that is open, if one is; where a forked child or a lack
// of memory forbids, nothing happens. Thread rule: any thread, with or without the GIL; never takes it.
#pragma once

#include <cstdint>
#include <string_view>

#include "embed/probe/turn.h"

namespace gilscope::probe::lane_events {

/// Records that this is the moment of `event`, whose kind, `location`, and what else its kind wants, are set.
void publish(Turn event) noexcept;

/// A moment with a name.
void mark(std::string_view name) noexcept;

/// A span of a region, as its records name it; `number` 0: it is not recorded.
struct RegionSpan {
  std::uint32_t number = 0;  ///< counts the spans of this process, from 1
  std::uint32_t name = 0;    ///< id of the region's name
};

RegionSpan region_begin(std::string_view name) noexcept;
void region_end(RegionSpan span) noexcept;

/// A call of a kernel, as its records name it; `number` 0: it is not recorded.
struct KernelCall {
  std::uint32_t number = 0;  ///< counts the calls of this process, from 1
  std::uint32_t name = 0;    ///< id of the kernel's name
};

/// `bytes`: that it reads and writes.
KernelCall kernel_begin(std::string_view name, bool holds_gil, std::uint64_t bytes) noexcept;
void kernel_end(KernelCall call) noexcept;

/// Now, when the calling thread begins a tile: a thread that is not known yet lives from here on.
Ticks tile_begun() noexcept;
/// A tile that the calling thread has computed from `begun` until now. `own_thread`: the thread is one of the
/// kernel's own, and gets a name if this is the first that is seen of it.
void tile(KernelCall call, std::uint64_t index, Ticks begun, bool own_thread) noexcept;

}  // namespace gilscope::probe::lane_events
