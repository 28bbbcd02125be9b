// The loop over tiles that all kernels share: a team of OpenMP threads takes tiles in order, each the next
// one that is free, until all are done or the watcher ends it. Not for what is computed: that is the body's.
// Thread rule: for_each_tile may be called from many threads at once, each with a team of its own; the body
// runs on all threads of its team.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/tiles.h"

namespace gilscope::kernels {

/// How `rows` are cut: into tiles of `rows_per_tile` (at least 1), the last of which may be shorter.
struct TileGrid {
  std::size_t rows = 0;
  std::size_t rows_per_tile = 1;
  std::size_t tile_count() const noexcept {
    return rows / rows_per_tile + (rows % rows_per_tile != 0 ? 1 : 0);
  }
};

class TileLoop;

/// One thread of the team, as the body sees it.
class TileWorker {
 public:
  TileWorker(TileLoop& loop, std::size_t index, bool on_calling_thread) noexcept
      : loop_(loop), index_(index), on_calling_thread_(on_calling_thread) {}

  /// 0 to team_size() - 1; no two threads of one loop have the same.
  std::size_t index() const noexcept { return index_; }
  /// False: the kernel is to stop. A body whose tile may take more than some milliseconds asks now and then,
  /// and gives up its tile when told so.
  bool keep_going() noexcept;

 private:
  TileLoop& loop_;
  std::size_t index_;
  bool on_calling_thread_;
};

/// The most threads that for_each_tile uses: at most as many as asked for, as there are tiles, and
/// kMaxThreads.
std::size_t team_size(const TileGrid& grid, const TileOptions& options) noexcept;

namespace detail {
using TileBody = bool (*)(void* context, const Tile& tile, TileWorker& worker) noexcept;
TileOutcome for_each_tile(const TileGrid& grid, const TileOptions& options, TileBody body,
                          void* context) noexcept;
}  // namespace detail

/// Calls `body(const Tile&, TileWorker&) noexcept` for every tile, each once, on team_size() threads at most:
/// on the calling thread alone if that is 1. The body returns true when the tile is computed, false when it
/// gave it up.
///
/// In a process that was forked, the pool of threads that libgomp keeps for the forking thread does not exist
/// any more, and a parallel region there would wait for it for ever. On that thread the loop therefore runs
/// on a new thread, which gets a new pool; the calling thread waits for it, and goes on calling keep_going().
template <typename Body>
TileOutcome for_each_tile(const TileGrid& grid, const TileOptions& options, Body body) noexcept {
  static_assert(std::is_nothrow_invocable_r_v<bool, Body&, const Tile&, TileWorker&>,
                "nothing may be thrown through a parallel region");
  const auto call = [](void* context, const Tile& tile, TileWorker& worker) noexcept -> bool {
    return (*static_cast<Body*>(context))(tile, worker);
  };
  return detail::for_each_tile(grid, options, call, &body);
}

}  // namespace gilscope::kernels
