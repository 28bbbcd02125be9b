#include "embed/probe/lane_events.h"

#include <atomic>
#include <new>
#include <string>

#include "embed/probe/clock.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe::lane_events {

namespace {

std::atomic<std::uint32_t> region_spans{0};
std::atomic<std::uint32_t> kernel_calls{0};
std::atomic<std::uint32_t> kernel_threads{0};
thread_local bool is_named = false;

/// The turn of the calling thread that is open; null: it holds no GIL.
const Turn* open_turn(ThreadRecord& self) noexcept {
  for (const GilSlot* slot : gil_table::slots()) {
    if (slot->gil.holder.load(std::memory_order_relaxed) == &self) return self.buffer.slot();
  }
  return nullptr;
}

std::uint32_t id_of(std::string_view name) noexcept {
  try {
    return name.empty() ? 0 : recorder::intern_name(name);
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

// A thread of the pool serves one kernel after another: its name tells what it is, not what it does.
void name_kernel_thread() noexcept {
  is_named = true;
  try {
    const std::uint32_t number = kernel_threads.fetch_add(1, std::memory_order_relaxed) + 1;
    recorder::name_this_thread("OpenMP " + std::to_string(number));
  } catch (const std::bad_alloc&) {
  }
}

}  // namespace

void publish(Turn event) noexcept {
  if (recorder::is_asleep()) return;
  ThreadRecord* const self = recorder::attach_this_thread();
  if (self == nullptr) return;
  const Turn* const open = open_turn(*self);
  if (open != nullptr) {
    event.gil = open->gil;
    event.want = open->want;
    event.take = open->take;
  }
  event.drop = now();
  self->buffer.publish_before_open(event, open != nullptr);
}

void mark(std::string_view name) noexcept {
  if (recorder::is_asleep()) return;
  Turn event;
  event.kind = RecordKind::kMark;
  event.location = id_of(name);
  if (event.location != 0 || name.empty()) publish(event);
}

RegionSpan region_begin(std::string_view name) noexcept {
  if (recorder::is_asleep()) return {};
  const std::uint32_t id = id_of(name);
  if (id == 0 && !name.empty()) return {};
  const RegionSpan span{region_spans.fetch_add(1, std::memory_order_relaxed) + 1, id};
  Turn event;
  event.kind = RecordKind::kRegionBegin;
  event.location = span.name;
  event.sequence = span.number;
  publish(event);
  return span;
}

void region_end(RegionSpan span) noexcept {
  if (span.number == 0) return;
  Turn event;
  event.kind = RecordKind::kRegionEnd;
  event.location = span.name;
  event.sequence = span.number;
  publish(event);
}

KernelCall kernel_begin(std::string_view name, bool holds_gil, std::uint64_t bytes) noexcept {
  if (recorder::is_asleep()) return {};
  const KernelCall call{kernel_calls.fetch_add(1, std::memory_order_relaxed) + 1, id_of(name)};
  if (call.name == 0) return {};
  Turn event;
  event.kind = RecordKind::kKernelBegin;
  event.location = call.name;
  event.sequence = call.number;
  event.request = bytes;
  event.requests = holds_gil ? 1 : 0;
  publish(event);
  return call;
}

void kernel_end(KernelCall call) noexcept {
  if (call.number == 0) return;
  Turn event;
  event.kind = RecordKind::kKernelEnd;
  event.location = call.name;
  event.sequence = call.number;
  publish(event);
}

Ticks tile_begun() noexcept {
  if (!recorder::is_asleep()) recorder::attach_this_thread();
  return now();
}

void tile(KernelCall call, std::uint64_t index, Ticks begun, bool own_thread) noexcept {
  if (call.number == 0 || recorder::is_asleep()) return;
  const Ticks ended = now();
  ThreadRecord* const self = recorder::attach_this_thread();
  if (self == nullptr) return;
  if (own_thread && !is_named) name_kernel_thread();
  Turn tile;
  tile.kind = RecordKind::kTile;
  tile.location = call.name;
  tile.sequence = call.number;
  tile.request = index;
  tile.want = begun;
  tile.take = begun;
  tile.drop = ended;
  self->buffer.publish_before_open(tile, open_turn(*self) != nullptr);
}

}  // namespace gilscope::probe::lane_events
