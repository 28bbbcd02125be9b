// Makes the blocks of a trace file from records and facts, and writes them, whole pieces at a time. Not for
// when that is due, nor for who else gets the records: trace_recording.h. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/timeline/facts.h"
#include "app/trace_file/facts_codec.h"
#include "app/trace_file/record_codec.h"
#include "app/trace_file/trace_format.h"
#include "app/trace_file/trace_output.h"
#include "app/trace_file/wire.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

/// What is known besides the records, asked for when it is to be written.
class FactSource {
 public:
  virtual ~FactSource() = default;
  /// All but names, places and the scale, now; and the clocks.
  virtual TraceFacts moment(probe::ClockSample& clock) const = 0;
  /// All names; [0] is empty.
  virtual std::vector<std::string> names() const = 0;
  /// The places from number `first` on.
  virtual std::vector<probe::Place> places_from(std::uint32_t first) const = 0;
};

/// Records of one thread, in its order.
struct ThreadSection {
  std::uint32_t thread = 0;
  std::span<const probe::Turn> records;
};

class TraceWriter {
 public:
  TraceWriter(TraceOutput output, const FactSource& source);

  /// The header, and what is known at the begin. False when that could not be written.
  bool begin();

  /// Records, each thread's in one section, and the end of a pass if `oldest_open_want` is given. All of it
  /// is written, and what it needs to be read, or nothing: then it is false from now on.
  bool write(std::span<const ThreadSection> sections, std::optional<probe::Ticks> oldest_open_want);

  /// The moment: a file that ends behind it can be read.
  bool checkpoint();

  /// The end, with the facts that the last numbers are made of. Nothing is written after it.
  void finish(const TraceFacts& facts);

  /// Why writing ended early: a clause. Empty: it has not.
  const std::string& failure() const noexcept { return output_.failure(); }
  /// In a forked child: the file stays the parent's.
  void abandon_file() noexcept { output_.abandon(); }
  const TraceOutput& output() const noexcept { return output_; }

 private:
  // How far facts are written. Taken back when a piece was not.
  struct Known {
    std::uint32_t names = 1;  // number 0 is known to be empty
    std::uint32_t places = 1;
    std::vector<ThreadFacts> threads;  // by index; begin 0 and no name: not written
  };

  template <typename Encode>
  void block(BlockType type, Encode&& encode);
  void records_block(std::span<const ThreadSection> sections, std::optional<probe::Ticks> oldest_open_want);
  void names_of(std::span<const ThreadSection> sections);
  void changed_threads(std::vector<ThreadFacts> threads);
  bool append();
  std::uint64_t reserve() const noexcept;

  TraceOutput output_;
  const FactSource& source_;
  ByteWriter piece_;    // what goes to the file next
  ByteWriter payload_;  // of the block that is being made
  probe::Ticks begin_ = 0;
  RecordStates states_;
  CheckpointState checkpoints_;
  Known known_;
  std::size_t text_size_ = 0;  // of the facts that the end repeats
  std::uint64_t begin_ns_ = 0;
  std::uint64_t last_clock_ns_ = 0;
  std::uint64_t last_cpu_ns_ = 0;
  bool after_failure_ = false;
  bool finished_ = false;
};

}  // namespace gilscope::app
