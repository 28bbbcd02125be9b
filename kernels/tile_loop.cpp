#include "kernels/tile_loop.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include <omp.h>
#include <pthread.h>

namespace gilscope::kernels {

namespace {

// True on the one thread of a forked process that came through fork(): libgomp believes that its pool still
// exists.
thread_local bool came_through_fork = false;

[[maybe_unused]] const int fork_watched = pthread_atfork(nullptr, nullptr, [] { came_through_fork = true; });

}  // namespace

/// One run of the loop. Lives on the calling thread's stack until every thread of the team has left it.
class TileLoop {
 public:
  TileLoop(const TileGrid& grid, TileWatcher* watcher, detail::TileBody body, void* context) noexcept
      : grid_(grid), count_(grid.tile_count()), watcher_(watcher), body_(body), context_(context) {
    ready_.store(true, std::memory_order_release);  // partner: work()
  }

  /// Takes tiles until none is left. On the calling thread it then waits for the others, as keep_going must
  /// still be called while one of them is held up in tile_done.
  void work(std::size_t index, bool on_calling_thread) noexcept {
    // libgomp orders its threads in a way that ThreadSanitizer cannot see; this pair and the one of left_ it
    // can.
    if (!ready_.load(std::memory_order_acquire)) return;
    TileWorker worker(*this, index, on_calling_thread);
    do {
      busy_.fetch_add(1);
      const bool more = take_tile(worker);
      if (busy_.fetch_sub(1) == 1 && over()) wake_caller();
      if (!more) break;
    } while (worker.keep_going());
    if (on_calling_thread) wait_until_over();
    if (watcher_ != nullptr) watcher_->thread_done();
    left_.fetch_add(1, std::memory_order_release);  // partner: outcome()
  }

  /// On the calling thread: returns when no tile is being computed, nor ever will be.
  void wait_until_over() noexcept {
    if (watcher_ == nullptr) return;  // the end of the parallel region waits better
    std::unique_lock lock(mutex_);
    while (!over() || busy_.load() != 0) {
      wake_.wait_for(lock, kAskEvery);
      lock.unlock();
      ask_watcher();
      lock.lock();
    }
  }

  /// On the calling thread, now and then.
  void ask_watcher() noexcept {
    if (watcher_ == nullptr || stopped()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - asked_ < kAskEvery) return;
    if (!watcher_->keep_going()) stop_.store(true);
    asked_ = std::chrono::steady_clock::now();
  }

  bool stopped() const noexcept { return stop_.load(std::memory_order_relaxed); }

  /// After all threads have left work().
  TileOutcome outcome() const noexcept {
    (void)left_.load(std::memory_order_acquire);  // partner: work()
    return stop_.load() ? TileOutcome::kStopped : TileOutcome::kDone;
  }

 private:
  static constexpr std::chrono::milliseconds kAskEvery{kKeepGoingMs};

  bool over() const noexcept { return stop_.load() || next_.load() >= count_; }

  bool take_tile(TileWorker& worker) noexcept {
    if (over()) return false;
    const std::size_t index = next_.fetch_add(1);
    if (index >= count_) return false;
    const std::size_t first = index * grid_.rows_per_tile;
    Tile tile{index, count_, first, first + std::min(grid_.rows_per_tile, grid_.rows - first)};
    if (watcher_ != nullptr) tile.begun = watcher_->tile_begun(tile);
    if (!body_(context_, tile, worker)) return false;
    if (watcher_ != nullptr && !watcher_->tile_done(tile)) stop_.store(true);
    return true;
  }

  void wake_caller() noexcept {
    if (watcher_ == nullptr) return;
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
  }

  const TileGrid grid_;
  const std::size_t count_;
  TileWatcher* const watcher_;
  const detail::TileBody body_;
  void* const context_;

  std::atomic<bool> ready_{false};
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::atomic<int> busy_{0};  // threads that have, or may yet get, a tile
  std::atomic<int> left_{0};

  std::chrono::steady_clock::time_point asked_ = std::chrono::steady_clock::now();  // the calling thread's
  std::mutex mutex_;
  std::condition_variable wake_;  // it may be over
};

bool TileWorker::keep_going() noexcept {
  if (on_calling_thread_) loop_.ask_watcher();
  return !loop_.stopped();
}

namespace {

// Not instrumented, nor is the function that the compiler makes of the region: the threads of the pool read
// `loop` and `caller_works` off this stack, ordered only by libgomp. All else they share is in TileLoop, and
// is checked.
[[gnu::no_sanitize("thread")]] void run_team(TileLoop& loop, int threads, bool caller_works) noexcept {
#pragma omp parallel num_threads(threads) default(none) shared(loop, caller_works)
  {
    const int index = omp_get_thread_num();
    loop.work(static_cast<std::size_t>(index), caller_works && index == 0);
  }
}

void run_team_on_new_thread(TileLoop& loop, int threads) noexcept {
  std::thread fresh;
  try {
    fresh = std::thread([&loop, threads] { run_team(loop, threads, false); });
  } catch (const std::system_error&) {
    loop.work(0, true);  // no thread to be had: then without
    return;
  }
  loop.wait_until_over();
  fresh.join();
}

}  // namespace

std::size_t team_size(const TileGrid& grid, const TileOptions& options) noexcept {
  const int asked = options.num_threads > 0 ? options.num_threads : available_cores();
  return std::min(static_cast<std::size_t>(std::min(asked, kMaxThreads)), grid.tile_count());
}

TileOutcome detail::for_each_tile(const TileGrid& grid, const TileOptions& options, TileBody body,
                                  void* context) noexcept {
  TileLoop loop(grid, options.watcher, body, context);
  const auto threads = static_cast<int>(team_size(grid, options));
  if (threads <= 1) {
    loop.work(0, true);
  } else if (came_through_fork) {
    run_team_on_new_thread(loop, threads);
  } else {
    run_team(loop, threads, true);
  }
  return loop.outcome();
}

}  // namespace gilscope::kernels
