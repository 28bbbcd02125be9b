// The trace file (.gil): what is in it, byte by byte. The encoders are record_codec, facts_codec and
// trace_writer; the one decoder is trace_reader. Not for deciding when something is written.
//
//   file    = header block*
//   header  = 89 47 49 4C 0D 0A 1A 0A   "\x89GIL\r\n\x1a\n": no text file, and damage by text tools shows
//             major:u16  minor:u16      a reader refuses a larger major, and skips blocks of a larger minor
//             checksum:u32              of the 12 bytes before
//   block   = type:u8  length:varint  payload[length]  checksum:u32 of type, length and payload
//
// Fixed-width numbers are little-endian, checksums CRC32C. A varint is LEB128: 7 bits a byte, the lowest
// first, the top bit set in all but the last; `zigzag` is one whose bit 0 is the sign. Differences wrap
// modulo 2^64 (of sequence numbers modulo 2^32), so every value survives. Text is length:varint and its
// bytes. Bytes after the fields of a payload are a later minor version's, and passed over.
//
//   run         RunFacts, the begin in ticks; the latest stands
//   names       first:varint count:varint text*        of regions, marks, kernels; from number `first` on
//   places      first:varint count:varint place*       place = file function line:varint caller:varint; each
//   of
//               file and function is 0 and a text, or the number of an earlier one of this block, from 1
//   threads     count:varint thread*                   those that are new or have changed; before their
//   records records     flags:u8 [oldest:zigzag] section*      flag 1: the pass ended; oldest_open_want - the
//   last checkpoint's now
//               section = thread:varint count:varint record*
//   checkpoint  the moment, the GILs' counters, open turns, CPU times: what is before it can be read, even
//               though the file may end here (drawn in facts_codec.h)
//   processes   the processes of a merged trace, drawn in facts_codec.h; since 1.1, which no other trace says
//   it has
//   end         ns_per_tick:f64: the checkpoint before it is the last; the run came to its end
//
// A record is told relative to its thread's record before, with the thread's state at zero, and the last drop
// at the run's begin, to start with:
//
//     7     6     5     4     3     2     1  0
//   +-----+-----+-----+-----+-----+-----+--------+
//   | ext |step |asked| req |gap 0|waits|location|   flags
//   +-----+-----+-----+-----+-----+-----+--------+
//   ext:u8      if ext: bits 0-3 the kind, 4 gil:varint follows, 5 requests:u8 follows, 6 end:u8 follows,
//               7 (no turn is open: want = take = 0, and gap 0 is set)
//   gap         unless gap 0: want - the drop of the thread's last turn
//   wait        if waits: take - want; else take = want
//   hold        drop - take (with bit 7 of ext: drop - the thread's last record's drop)
//   request     if req: drop - request; a record that is no turn: the number itself
//   step        if step: sequence - the last turn's - 1; else the step is the same as the last time.
//               A record that is no turn: the number itself; else 0
//   location    0 as the last turn's, 1 as that of the last turn with another one, 2 none (0), 3 a varint
//   follows Without ext: a turn, of the GIL of the thread's record before, with one drop request if req, else
//   none.
//
// Example: after its turn 40, which dropped at 5000, a thread took the GIL at 5300 without a wait (turn 41),
// held it for 150 ticks and gave it away at the same place; the next turn waited for 64 ticks, and was asked:
//
//   00  AC 02  96 01                          gap 300, hold 150:           want 5300, take 5300, drop 5450
//   34  32  40  96 02  14                     gap 50, wait 64, hold 278, request 20 before the drop:
//                                             want 5500, take 5564, drop 5842, request 5822, turn 42, asked
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gilscope::app {

inline constexpr std::array<std::uint8_t, 8> kTraceMagic = {0x89, 'G', 'I', 'L', '\r', '\n', 0x1a, '\n'};
inline constexpr std::uint16_t kTraceMajor = 1;
inline constexpr std::uint16_t kTraceMinor = 0;
inline constexpr std::uint16_t kTraceMinorWithProcesses = 1;
inline constexpr std::size_t kTraceHeaderSize = 16;

enum class BlockType : std::uint8_t {
  kRun = 1,
  kNames = 2,
  kPlaces = 3,
  kThreads = 4,
  kRecords = 5,
  kCheckpoint = 6,
  kEnd = 7,
  kProcesses = 8,
};

/// More than any writer puts into one block; a larger length is damage.
inline constexpr std::uint64_t kMaxBlockPayload = std::uint64_t{1} << 28;

/// A reader keeps memory for each thread below the largest index: an index may be this far ahead of the
/// number of threads declared before it, and no more.
inline constexpr std::uint32_t kMaxThreadsAhead = 4096;

}  // namespace gilscope::app
