// How a kernel's work is cut into tiles, and who watches them go by. Every kernel takes a TileOptions and
// returns a TileOutcome; this is the only way in which a kernel talks to its caller while it runs. Thread
// rule: TileWatcher::tile_begun and tile_done are called from any of the kernel's native threads, several at
// once; TileWatcher::keep_going only from the thread that called the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gilscope::kernels {

/// How often TileWatcher::keep_going is called, in milliseconds.
inline constexpr int kKeepGoingMs = 4;

/// No kernel starts more threads than this, whatever num_threads says.
inline constexpr int kMaxThreads = 1024;

/// One tile: which of how many, and the half-open range of rows (or iterations) that it covered.
struct Tile {
  std::size_t index = 0;
  std::size_t count = 0;
  std::size_t first_row = 0;
  std::size_t end_row = 0;
  std::uint64_t begun = 0;  ///< what TileWatcher::tile_begun said; 0 without a watcher
};

/// Told of a kernel's progress; may end it early.
class TileWatcher {
 public:
  virtual ~TileWatcher() = default;
  /// Called on the native thread that is about to compute the tile. What it returns is in the Tile that
  /// tile_done gets: a moment, say.
  virtual std::uint64_t tile_begun(const Tile&) noexcept { return 0; }
  /// Called on the native thread that computed the tile. False: the kernel stops as soon as it can.
  virtual bool tile_done(const Tile&) noexcept { return true; }
  /// Called on the calling thread while the kernel runs, about every kKeepGoingMs milliseconds and not more
  /// often: a kernel that is done sooner never calls it. False: the kernel stops as soon as it can, and does
  /// not ask again.
  virtual bool keep_going() noexcept { return true; }
  /// Called on each of the kernel's native threads when it leaves, before the kernel returns: the place to
  /// drop what tile_done keeps for a thread.
  virtual void thread_done() noexcept {}
};

struct TileOptions {
  int num_threads = 0;             ///< native threads to use at most; 0: one per core this process may use
  TileWatcher* watcher = nullptr;  ///< may be null
};

enum class TileOutcome {
  kDone,         ///< all tiles were computed
  kStopped,      ///< the watcher ended it; some of the output is not written
  kOutOfMemory,  ///< no memory for what the kernel needs beside its output; nothing was written
};

/// Cores that this process may run on: the default of num_threads.
int available_cores() noexcept;

}  // namespace gilscope::kernels
