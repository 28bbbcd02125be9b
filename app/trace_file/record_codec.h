// One record of a thread as bytes, told relative to the thread's records before, and back. The layout is
// drawn in trace_format.h. Not for blocks or sections. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/trace_file/wire.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// What a thread's next record is told relative to: the same at the writer and at the reader.
struct RecordState {
  probe::Ticks last_drop = 0;    ///< of the last turn, or tile
  probe::Ticks last_moment = 0;  ///< `drop` of the last record
  std::uint32_t sequence = 0xffff'ffff;
  std::uint32_t step = 1;
  std::uint32_t location = 0;        ///< of the last turn
  std::uint32_t other_location = 0;  ///< of the last turn with another one
  std::uint16_t gil = 0;

  static RecordState at(probe::Ticks begin) noexcept { return {.last_drop = begin, .last_moment = begin}; }
};

/// The states of all threads, by index.
class RecordStates {
 public:
  explicit RecordStates(probe::Ticks begin = 0) : begin_(begin) {}
  RecordState& of(std::uint32_t thread) {
    if (thread >= states_.size()) states_.resize(thread + std::size_t{1}, RecordState::at(begin_));
    return states_[thread];
  }
  probe::Ticks last_drop(std::uint32_t thread) const noexcept {
    return thread < states_.size() ? states_[thread].last_drop : begin_;
  }

 private:
  std::vector<RecordState> states_;
  probe::Ticks begin_;
};

/// The most bytes that one record takes.
inline constexpr std::size_t kMaxRecordSize = 2 + 3 + 1 + 1 + 4 * kMaxVarint + 2 * 5;
/// And the least.
inline constexpr std::size_t kMinRecordSize = 2;

/// Writes `record` at `at`, where kMaxRecordSize bytes are free; returns the byte behind it.
std::uint8_t* encode_record(std::uint8_t* at, const probe::Turn& record, RecordState& state) noexcept;

/// Takes the next records from `bytes`, which fails where there are not so many.
void decode_records(ByteReader& bytes, RecordState& state, std::span<probe::Turn> records) noexcept;

}  // namespace gilscope::app
