#include "kernels/countdown.h"

#include <algorithm>

#include "kernels/tile_loop.h"

namespace gilscope::kernels {

namespace {

// One step takes about a cycle: the longest tile is done in well under a millisecond, and the shortest is
// still long beside the cost of fetching it.
constexpr std::uint64_t kShortestTile = std::uint64_t{1} << 14;
constexpr std::uint64_t kLongestTile = std::uint64_t{1} << 20;
constexpr std::uint64_t kTilesAimedAt = 64;

void count_to_zero(std::uint64_t left) noexcept {
  // The empty asm claims to change the counter, so that no step can be foreseen.
  for (; left != 0; --left) asm volatile("" : "+r"(left));
}

}  // namespace

TileOutcome countdown(std::uint64_t n, const TileOptions& options) noexcept {
  const TileGrid grid{n, std::clamp(n / kTilesAimedAt, kShortestTile, kLongestTile)};
  return for_each_tile(grid, options, [](const Tile& tile, TileWorker&) noexcept {
    count_to_zero(tile.end_row - tile.first_row);
    return true;
  });
}

}  // namespace gilscope::kernels
