// A run on its way to the trace file and to the timeline: what cannot be written is given to nobody, and
// counted as lost, so that the file and every number say the same. Not for the bytes: trace_writer.h. Thread
// rule: as TurnSink; the counters of what is lost may be read by other threads.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/trace_file/trace_writer.h"
#include "embed/probe/collector.h"

namespace gilscope::app {

class TraceRecording final : public probe::TurnSink {
 public:
  /// `next` gets what the file gets, when it is written.
  TraceRecording(TraceOutput output, const FactSource& facts, probe::TurnSink& next);

  /// Writes the beginning. Throws UserError when not even that can be written.
  void begin(const std::string& path);

  // TurnSink. A pass is written together with those of the next tens of milliseconds.
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks oldest_open_want) override;

  /// What has been added is written, and given to `next`, now.
  void flush();

  /// Likewise, and a file that ends there can be read.
  void write_so_far();

  /// Writes the end. What is added from now on is for nobody.
  void finish(const TraceFacts& facts);
  bool is_finished() const noexcept { return finished_; }

  /// Turns of this GIL that could not be written.
  std::uint64_t lost(std::uint16_t gil) const;
  /// Why: a clause. Empty: none were lost.
  const std::string& lost_reason() const noexcept { return writer_.failure(); }

  /// In a forked child: the file stays the parent's.
  void abandon_file() noexcept { writer_.abandon_file(); }
  const TraceOutput& output() const noexcept { return writer_.output(); }

 private:
  struct Run {
    std::uint32_t thread;
    std::size_t begin;
    std::size_t end;
  };
  void gather();
  void commit(bool pass_ended);
  void lose();

  TraceWriter writer_;
  probe::TurnSink& next_;
  std::vector<probe::Turn> staged_;
  std::vector<Run> runs_;  // of staged_, in the order in which they came
  std::vector<probe::Turn> gathered_;
  std::vector<ThreadSection> sections_;
  bool pass_ended_ = false;
  probe::Ticks oldest_open_want_ = 0;
  int empty_passes_ = 0;
  std::uint64_t last_checkpoint_ns_ = 0;
  std::map<std::uint16_t, std::uint64_t> lost_;
  bool finished_ = false;
};

}  // namespace gilscope::app
