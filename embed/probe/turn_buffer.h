// The turns of one thread on their way to the collector: a chain of chunks with one writer (the thread) and
// one reader (the collector), without a lock. A turn is built in place: the writer fills the slot while the
// turn goes on, and publishes it by moving the cursor behind it. No memory for another chunk: the turn is
// counted as lost. Thread rule: the writer's members belong to the one thread, the reader's to the collector;
// both are marked.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "embed/probe/turn.h"

namespace gilscope::probe {

struct Chunk {
  static constexpr std::size_t kTurns = 340;  // 16 KiB: two of them stay in a first-level cache

  std::atomic<Chunk*> next{
      nullptr};                ///< the chunk that follows in the chain; null while the writer is in this one
  Chunk* next_free = nullptr;  ///< the chunk below, while this one is on the free list
  Turn turns[kTurns];
};

class TurnBuffer {
 public:
  /// Writer: where the next turn goes; null when this needs another chunk (open_slot() finds one).
  Turn* ready_slot() const noexcept {
    Turn* const slot = cursor_.load(std::memory_order_relaxed);  // own value
    return slot != limit_ ? slot : nullptr;
  }

  /// Writer: where the next turn goes. Never null; at the cost of a lost turn if there is no memory.
  Turn* open_slot() noexcept {
    Turn* const slot = ready_slot();
    return slot != nullptr ? slot : extend();
  }

  /// Writer: the slot of the turn that is open.
  Turn* slot() noexcept {
    Turn* const slot = ready_slot();
    return slot != nullptr ? slot : &overflow_;
  }

  /// Writer: the turn in `slot` is complete; the collector may have it. False: there was no room, it is lost.
  bool publish(Turn* slot) noexcept {
    if (slot == &overflow_) [[unlikely]]
      return false;
    publish_ready(slot);
    return true;
  }

  /// Writer: publish(), for a slot that ready_slot() gave.
  void publish_ready(Turn* slot) noexcept {
    // Release: pairs with the acquire in drain(), which then sees the turn's fields.
    cursor_.store(slot + 1, std::memory_order_release);
  }

  /// Writer: puts `event` before the turn that is open (if one is), and publishes it.
  void publish_before_open(const Turn& event, bool turn_is_open) noexcept;

  /// Reader: calls `sink(const Turn* turns, std::size_t count)` for what was published since the last call,
  /// in order.
  template <typename Sink>
  void drain(Sink&& sink) {
    const Turn* const end = cursor_.load(std::memory_order_acquire);  // pairs with publish() and extend()
    if (end == nullptr) return;
    if (reading_ == nullptr) {
      reading_ = first_.load(std::memory_order_relaxed);  // written before the cursor was
      read_ = reading_->turns;
    }
    while (!(end >= reading_->turns && end <= reading_->turns + Chunk::kTurns)) {
      if (const Turn* chunk_end = reading_->turns + Chunk::kTurns; read_ != chunk_end) {
        sink(read_, static_cast<std::size_t>(chunk_end - read_));
      }
      Chunk* const done = reading_;
      reading_ = done->next.load(std::memory_order_acquire);  // pairs with extend()
      read_ = reading_->turns;
      recycle(done);
    }
    if (read_ != end) sink(read_, static_cast<std::size_t>(end - read_));
    read_ = end;
  }

  /// The open turn's want and take, for another thread: a moment of them, right while that turn is open.
  void peek_open(Ticks& want, Ticks& take) noexcept {
    Turn* const slot = cursor_.load(std::memory_order_acquire);
    if (slot == nullptr || full_.load(std::memory_order_relaxed)) return;
    want = std::atomic_ref(slot->want).load(std::memory_order_relaxed);
    take = std::atomic_ref(slot->take).load(std::memory_order_relaxed);
  }

  /// Reader: gives all memory back. Only after the writing thread has ended, and after a last drain().
  void release() noexcept;

  /// `relieve(context)` is called by a writer that needs another chunk, before it looks for one: the chance
  /// to drain on this very thread. Null: nobody is called.
  using Relief = void (*)(void* context) noexcept;
  static void set_relief(Relief relieve, void* context) noexcept;

  /// Bytes that the chunks of all buffers may take together; beyond, turns are lost. Set while nothing
  /// records.
  static void set_memory_limit(std::size_t bytes) noexcept;
  /// Bytes that they take now. Any thread.
  static std::size_t memory_used() noexcept;
  /// A forked child's buffers begin with none.
  static void forget_memory_used() noexcept;

 private:
  Turn* extend() noexcept;              // writer
  void recycle(Chunk* chunk) noexcept;  // reader

  // Written by the writer for each turn.
  std::atomic<Turn*> cursor_{nullptr};
  Turn* limit_ = nullptr;
  Chunk* writing_ = nullptr;

  std::atomic<bool> full_{false};  // the open turn is in overflow_
  std::atomic<Chunk*> first_{nullptr};
  std::atomic<Chunk*> free_{nullptr};  // reader pushes, writer pops: one popper, so no ABA
  Turn overflow_;

  // The reader's.
  alignas(64) Chunk* reading_ = nullptr;
  const Turn* read_ = nullptr;
};

}  // namespace gilscope::probe
