// Counts down to zero, one at a time: the plainest work there is, for showing what threads do with it.
// Not a benchmark of the machine: the loop is kept from being optimised, and touches no memory.
// Thread rule: may be called from many threads at once.
#pragma once

#include <cstdint>

#include "kernels/tiles.h"

namespace gilscope::kernels {

/// Counts `n` down to zero in `n` steps that the compiler can neither remove nor merge; the threads share the
/// steps. A tile is a run of steps: Tile::first_row and Tile::end_row are step numbers.
TileOutcome countdown(std::uint64_t n, const TileOptions& options) noexcept;

}  // namespace gilscope::kernels
