// What a trace file holds beside the records: facts about the run, its threads, GILs, names and places, as
// the payloads of blocks, and back. Each can come again: what is told later stands. Not for deciding when.
// Thread rule: one thread at a time.
//
//   checkpoint = flags:u8 now:varint [clock] [gils] open [cpu]
//     flags    1 a clock sample follows, 2 GILs follow, 4 CPU times follow,
//              8 absolute: differences to earlier checkpoints and records are differences to nothing
//     now      ticks since the last checkpoint's (absolute: since the run's begin)
//     clock    ticks:varint (now - the sample's) ns:varint (of CLOCK_MONOTONIC)
//     gils     count:varint {id:varint  mask:u8  takes:varint  [lost:varint if 1]  [overlaps:varint if 2]}
//              those whose counters have changed, by how much
//     open     count:varint {thread:varint  mask:u8  [gil:varint if 1]  [want: now - it, if 2]
//              [take: now - it, if 4]  [request: now - it, if 8]  [requests:u8 if 16]  [sequence if 32]}
//              without 2, the want is the thread's last drop; without 32, the sequence is 0 where take is,
//              else that of the GIL's last take
//     cpu      count:varint {thread + 1, modulo 2^32:varint  on_cpu_ns:varint  runnable_ns:varint}
//              by how much they have grown
//
//   processes  = count:varint process* count:varint {id:zigzag why:text}*      the latter: not traced
//     process  = id:zigzag parent:zigzag name:text command:text begin:zigzag (- the run's begin)
//                end:varint (- its begin) how:u8 status:zigzag first_thread:varint threads:varint
//                first_gil:varint gils:varint cpu_ns + 1:varint (0: not known) clock_error_ns:zigzag
//                lost_reason:text
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "app/timeline/facts.h"
#include "app/trace_file/record_codec.h"
#include "app/trace_file/wire.h"

namespace gilscope::app {

void encode_run(ByteWriter& out, const RunFacts& run, probe::Ticks begin);
void decode_run(ByteReader& in, RunFacts& run, probe::Ticks& begin);

/// Names from number `first` on.
void encode_names(ByteWriter& out, std::uint32_t first, std::span<const std::string> names);
void decode_names(ByteReader& in, std::vector<std::string>& names);

void encode_places(ByteWriter& out, std::uint32_t first, std::span<const probe::Place> places);
void decode_places(ByteReader& in, std::vector<probe::Place>& places);

void encode_threads(ByteWriter& out, std::span<const ThreadFacts> threads, probe::Ticks begin);
/// Into `threads`, by index; `known` counts those that were told.
void decode_threads(ByteReader& in, std::map<std::uint32_t, ThreadFacts>& threads, probe::Ticks begin);

void encode_processes(ByteWriter& out, const TraceFacts& facts);
/// Sets `facts.processes` and `facts.untraced`.
void decode_processes(ByteReader& in, TraceFacts& facts);

/// What a checkpoint is told relative to: the same at the writer and at the reader.
struct CheckpointState {
  probe::Ticks now = 0;
  std::map<std::uint16_t, GilFacts> gils;
  std::map<std::uint32_t, CpuFacts> cpu;
  probe::Ticks cpu_at = 0;  ///< when they were told
};

/// One moment of the recording: `facts.now`, `facts.gils`, `facts.open` and, with `with_cpu`, `facts.cpu`.
struct Checkpoint {
  const TraceFacts& facts;
  const probe::ClockSample* clock = nullptr;
  bool with_cpu = false;
  /// Nothing is taken as known: for the first checkpoint, and after something could not be written.
  bool absolute = false;
};
void encode_checkpoint(ByteWriter& out, const Checkpoint& checkpoint, CheckpointState& state,
                       const RecordStates& records);
/// Sets `facts.now`, `gils`, `open` and `cpu`; `clock` where there is one.
void decode_checkpoint(ByteReader& in, TraceFacts& facts, probe::ClockSample& clock, CheckpointState& state,
                       const RecordStates& records);

}  // namespace gilscope::app
