// A thread's records as the bytes that the page reads: what app/page/trace.js decodes, in the report and
// while a run goes on. Not for the turns that are still open (page_facts.h), nor for what is kept: that is
// the trace file. Thread rule: one thread at a time.
//
// Moments are in ticks from the begin of the recording, so that the page adds up what the timeline adds up,
// and turns the sum into nanoseconds as TickScale does: its numbers are the report's, to the nanosecond.
//
// `varint`: seven bits a byte, lowest first, the high bit says that more follow. `signed`: a varint of
// 2 x n, or of -2 x n - 1 where n is negative. Every record begins with a byte:
//
//   turn    0 G S P N R E E    EE: TurnEnd; the others each say what does not follow, or does:
//     G     the turn is with another GIL than the thread's turn before (which is with GIL 0): varint, its id
//           signed: want - the thread's last drop (0 before the first)
//     N     take = want; else varint: take - want
//           varint: drop - take
//     S     the sequence number is the one after that of the thread's turn before (2^32 - 1 before the
//     first);
//           else signed: it - that one
//     P     the place is that of the thread's turn before; else varint
//     R     there were drop requests: varint, how many; varint: drop - the first of them
//
//   other   1 0 0 0 K K K K    KKKK: RecordKind. signed: its moment (a tile's take) - that of the thread's
//     last record of these kinds; then, as varints: region: name, number; mark: name; begin of a kernel:
//     name, call, bytes, 1 if it holds the GIL; end of a kernel: name, call; tile: drop - take, name, call,
//     index; collection: generation, and at its end: objects
//
// A turn that breaks law 2 (a bug, and told as one) is mended as far as the format asks: want is not before
// the thread's last drop, take not before want, drop not before take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "embed/probe/turn.h"

namespace gilscope::app {

class PageRecords {
 public:
  explicit PageRecords(probe::Ticks begin_of_recording) : begin_(begin_of_recording) {}

  /// The thread's next records, in its order.
  void add(std::span<const probe::Turn> records);

  std::size_t size() const { return size_; }
  /// The bytes of whole records since the last take(): what comes later continues them.
  std::string take();

 private:
  // The longest record: its first byte, and seven numbers of at most ten bytes.
  static constexpr std::size_t kMostBytes = 1 + 7 * 10;

  void add_turn(const probe::Turn& turn);
  void add_event(const probe::Turn& record);
  void make_room();
  std::int64_t at(probe::Ticks moment) const {
    return static_cast<std::int64_t>(moment) - static_cast<std::int64_t>(begin_);
  }

  const probe::Ticks begin_;
  std::int64_t last_drop_ = 0;
  std::int64_t last_event_ = 0;
  std::uint32_t last_sequence_ = 0xffff'ffff;
  std::uint32_t last_place_ = 0;
  std::uint16_t gil_ = 0;
  std::string bytes_;
  std::size_t size_ = 0;  // of bytes_, what is written
};

/// `bytes` as base64 (RFC 4648, with padding), appended to `text`.
void append_base64(std::string& text, std::string_view bytes);

}  // namespace gilscope::app
