// Packets of a Perfetto trace: the field numbers, interned strings, and the encoding of track events. Not for
// what is drawn. Thread rule: one thread at a time.
//
// Field numbers are those of Perfetto's public protocol buffers (protos/perfetto/trace/trace_packet.proto,
// track_event/*.proto, interned_data/interned_data.proto). All packets are of one sequence, so each string is
// written once: the first packet clears the state and brings the fixed strings.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include <protozero/basic_pbf_writer.hpp>
#include <protozero/buffer_tmpl.hpp>

#include "app/report/block_output.h"

namespace gilscope::app::perfetto {

/// Where the next byte goes, in memory that is large enough for all that will be written.
struct Cursor {
  char* begin;
  char* end;
};

}  // namespace gilscope::app::perfetto

namespace protozero {

// How protozero writes at a Cursor. Local to a function, it stays in a register.
template <>
struct buffer_customization<gilscope::app::perfetto::Cursor> {
  using Buffer = gilscope::app::perfetto::Cursor;
  static std::size_t size(const Buffer* buffer) {
    return static_cast<std::size_t>(buffer->end - buffer->begin);
  }
  static void append(Buffer* buffer, const char* data, std::size_t count) {
    buffer->end = std::copy(data, data + count, buffer->end);
  }
  static void append_zeros(Buffer* buffer, std::size_t count) {
    std::memset(buffer->end, 0, count);
    buffer->end += count;
  }
  static void resize(Buffer* buffer, std::size_t size) { buffer->end = buffer->begin + size; }
  static void reserve_additional(Buffer*, std::size_t) {}
  static void erase_range(Buffer* buffer, std::size_t from, std::size_t to) {
    std::memmove(buffer->begin + from, buffer->begin + to, size(buffer) - to);
    buffer->end -= to - from;
  }
  static char* at_pos(Buffer* buffer, std::size_t position) { return buffer->begin + position; }
  static void push_back(Buffer* buffer, char byte) { *buffer->end++ = byte; }
};

}  // namespace protozero

namespace gilscope::app::perfetto {

/// The number that stands for an interned string.
using Iid = std::uint64_t;
using TrackId = std::uint64_t;

enum class Category : std::uint8_t { kGil = 1, kRegion, kKernel, kCollection, kMark, kTile, kRun, kCount };
/// Event names that every trace has.
enum class Name : std::uint8_t { kHold = 1, kWait, kCollection, kCount };
/// Names of annotations.
enum class Note : std::uint8_t {
  kPlace = 1,
  kCallers,
  kEnd,
  kSequence,
  kGil,
  kDropRequests,
  kObeyedAfterNs,
  kCall,
  kBytes,
  kHoldsGil,
  kTile,
  kGeneration,
  kObjectsCollected,
  kTurns,
  kHeldNs,
  kCount
};
/// Values of annotations that every trace has.
enum class Value : std::uint8_t { kGave = 1, kAsked, kOpen, kYes, kNo, kCount };

/// Annotations of an event, ready encoded: to be made once and used often.
class Annotations {
 public:
  void add_number(Note name, std::uint64_t value);
  /// An interned one.
  void add_value(Note name, Iid value);
  void add_value(Note name, Value value) { add_value(name, static_cast<Iid>(value)); }
  /// Not interned.
  void add_text(std::string_view name, std::string_view value);
  void add_number(std::string_view name, std::uint64_t value);
  void add_encoded(std::string_view annotations) { bytes_ += annotations; }
  std::string_view bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void add(Note name, std::uint32_t field, std::uint64_t value);

  std::string bytes_;
};

struct Flows {
  std::uint64_t begins = 0;  ///< 0: none
  std::uint64_t ends = 0;
};

class Packets {
 public:
  explicit Packets(std::ostream& stream);

  void process(TrackId id, std::int64_t pid, std::string_view name, std::string_view command);
  void thread(TrackId id, std::int64_t pid, std::int64_t tid, std::string_view name);
  /// A track below another. Siblings are shown by `rank`.
  void track(TrackId id, TrackId parent, std::string_view name, int rank = 0);
  void counter(TrackId id, TrackId parent, std::string_view name, std::string_view unit, int rank);

  Iid intern_name(std::string_view text);
  Iid intern_value(std::string_view text);

  void begin(std::uint64_t at_ns, TrackId track, Category category, Iid name,
             std::string_view annotations = {}, const Flows& flows = {});
  void end(std::uint64_t at_ns, TrackId track, std::string_view annotations = {});
  void instant(std::uint64_t at_ns, TrackId track, Category category, Iid name,
               std::string_view annotations = {});
  void count(std::uint64_t at_ns, TrackId track, std::int64_t value);
  void count(std::uint64_t at_ns, TrackId track, double value);

 private:
  void write_packet(const std::string& content);
  template <typename Write>
  void write_track(TrackId id, Write&& write);
  void fixed_strings();
  void interned(std::uint32_t field, Iid id, std::string_view text);

  BlockOutput output_;
  Iid last_name_ = static_cast<Iid>(Name::kCount);
  Iid last_value_ = static_cast<Iid>(Value::kCount);
};

}  // namespace gilscope::app::perfetto
