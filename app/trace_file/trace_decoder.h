// What the blocks of a trace file say, block by block: facts are kept, records handed on. Checks all that
// could mislead who reads on: lengths, thread and GIL numbers. Not for finding blocks: block_cursor.h. Thread
// rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "app/timeline/facts.h"
#include "app/trace_file/facts_codec.h"
#include "app/trace_file/record_codec.h"
#include "app/trace_file/trace_format.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

class TraceDecoder {
 public:
  /// `sink` gets the records; null: they are only checked.
  explicit TraceDecoder(probe::TurnSink* sink) : sink_(sink) {
    facts_.names.emplace_back();  // number 0 is nothing's
    facts_.places.emplace_back();
  }

  /// Takes in the next block. False: it says what cannot be; nothing that follows can be understood then.
  bool block(BlockType type, std::span<const std::uint8_t> payload);

  /// A copy from which one can go on here, once and again.
  TraceDecoder mark() const;

  /// The facts, as far as they have been told.
  TraceFacts facts() const;

 private:
  bool records(ByteReader& in);
  bool section(ByteReader& in);
  bool is_thread(std::uint32_t thread) const;
  bool checkpoint(ByteReader& in);

  probe::TurnSink* sink_;
  TraceFacts facts_;
  bool begun_ = false;
  bool ended_ = false;
  std::map<std::uint32_t, ThreadFacts> threads_;
  RecordStates states_;
  CheckpointState checkpoints_;
  probe::ClockSample first_clock_;
  probe::ClockSample last_clock_;
  std::vector<probe::Turn> records_;  // the last piece's, and room for more
};

}  // namespace gilscope::app
