#include "embed/probe/turn_buffer.h"

#include <cerrno>
#include <new>

#include <sys/mman.h>

namespace gilscope::probe {

namespace {

std::atomic<std::size_t> memory_limit{std::size_t{512} << 20};
std::atomic<std::size_t> memory_in_use{0};
std::atomic<TurnBuffer::Relief> relief{nullptr};
std::atomic<void*> relief_context{nullptr};

// mmap, not malloc: the writer may be inside a hook that malloc itself called.
Chunk* map_chunk() noexcept {
  if (memory_in_use.fetch_add(sizeof(Chunk), std::memory_order_relaxed) + sizeof(Chunk) >
      memory_limit.load(std::memory_order_relaxed)) {
    memory_in_use.fetch_sub(sizeof(Chunk), std::memory_order_relaxed);
    return nullptr;
  }
  const int saved_errno = errno;
  void* memory = mmap(nullptr, sizeof(Chunk), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = saved_errno;
  if (memory == MAP_FAILED) {
    memory_in_use.fetch_sub(sizeof(Chunk), std::memory_order_relaxed);
    return nullptr;
  }
  Chunk* chunk = static_cast<Chunk*>(memory);
  new (&chunk->next) std::atomic<Chunk*>(nullptr);  // the turns need no initialisation: pages come zeroed
  return chunk;
}

void unmap_chunk(Chunk* chunk) noexcept {
  munmap(chunk, sizeof(Chunk));
  memory_in_use.fetch_sub(sizeof(Chunk), std::memory_order_relaxed);
}

}  // namespace

void TurnBuffer::set_memory_limit(std::size_t bytes) noexcept {
  memory_limit.store(bytes, std::memory_order_relaxed);
}

std::size_t TurnBuffer::memory_used() noexcept { return memory_in_use.load(std::memory_order_relaxed); }

void TurnBuffer::forget_memory_used() noexcept { memory_in_use.store(0, std::memory_order_relaxed); }

void TurnBuffer::set_relief(Relief relieve, void* context) noexcept {
  relief_context.store(context, std::memory_order_relaxed);
  relief.store(relieve, std::memory_order_release);
}

Turn* TurnBuffer::extend() noexcept {
  if (const Relief relieve = relief.load(std::memory_order_acquire); relieve != nullptr) {
    relieve(relief_context.load(std::memory_order_relaxed));
  }
  // Acquire: pairs with recycle(), whose next_free must be seen.
  Chunk* chunk = free_.load(std::memory_order_acquire);
  while (chunk != nullptr &&
         !free_.compare_exchange_weak(chunk, chunk->next_free, std::memory_order_acquire)) {
  }
  if (chunk != nullptr) {
    chunk->next.store(nullptr, std::memory_order_relaxed);
  } else {
    chunk = map_chunk();
    full_.store(chunk == nullptr, std::memory_order_relaxed);
    if (chunk == nullptr) return &overflow_;
  }
  // Release: the reader that follows these pointers sees the chunk made ready. The chain is linked before the
  // cursor moves into the new chunk, so drain() always finds the chunk that the cursor is in.
  if (writing_ == nullptr) {
    first_.store(chunk, std::memory_order_relaxed);
  } else {
    writing_->next.store(chunk, std::memory_order_release);
  }
  writing_ = chunk;
  limit_ = chunk->turns + Chunk::kTurns;
  cursor_.store(chunk->turns, std::memory_order_release);
  return chunk->turns;
}

void TurnBuffer::publish_before_open(const Turn& event, bool turn_is_open) noexcept {
  if (!turn_is_open) {
    Turn* const only = open_slot();
    *only = event;
    publish(only);
    return;
  }
  Turn* const here = slot();
  const Turn open = *here;
  *here = event;
  publish(here);
  *open_slot() = open;
}

void TurnBuffer::recycle(Chunk* chunk) noexcept {
  Chunk* head = free_.load(std::memory_order_relaxed);
  do {
    chunk->next_free = head;
    // Release: pairs with extend().
  } while (!free_.compare_exchange_weak(head, chunk, std::memory_order_release, std::memory_order_relaxed));
}

void TurnBuffer::release() noexcept {
  for (Chunk* chunk = free_.exchange(nullptr, std::memory_order_acquire); chunk != nullptr;) {
    Chunk* const next = chunk->next_free;
    unmap_chunk(chunk);
    chunk = next;
  }
  if (reading_ != nullptr) unmap_chunk(reading_);
  reading_ = nullptr;
  writing_ = nullptr;
  read_ = nullptr;
  limit_ = nullptr;
  first_.store(nullptr, std::memory_order_relaxed);
  cursor_.store(nullptr, std::memory_order_relaxed);
}

}  // namespace gilscope::probe
