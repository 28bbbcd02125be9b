// One trace on its way into a merged one: its numbers become the merged trace's, its records are read a pass
// ahead. Not for the order among several: trace_merge.h. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/trace_file/trace_cursor.h"
#include "app/trace_file/trace_reader.h"

namespace gilscope::app {

/// What a trace's numbers become.
struct MergedNumbers {
  std::uint32_t first_thread = 0;
  std::uint32_t thread_count = 0;
  std::uint16_t first_gil = 0;
  std::uint16_t gil_count = 0;
  std::vector<std::uint32_t> names;   // by number
  std::vector<std::uint32_t> places;  // by number
};

class MergeSource final : public probe::TurnSink {
 public:
  /// `kernel_calls` counts the calls of all traces. All must outlive this.
  MergeSource(const MergedNumbers& numbers, std::uint32_t& kernel_calls) noexcept
      : numbers_(numbers), kernel_calls_(kernel_calls) {}

  /// Records of one thread.
  struct Section {
    std::uint32_t thread = 0;
    std::vector<probe::Turn> records;
  };

  /// Up to `end`: a process that still runs writes on. Throws UserError when it cannot be read any more.
  void open(const std::string& path, int descriptor, std::uint64_t end);
  /// Reads the next pass, if there is one. Throws UserError when the file has changed.
  void read_ahead();

  /// Nothing is left, neither to be read nor read ahead.
  bool is_at_end() const noexcept { return is_read_ && sections_.empty() && !pass_ended_; }
  /// The pass that was read ahead: around when it was, its records, the oldest want that it leaves open.
  probe::Ticks at() const noexcept { return at_; }
  const std::vector<Section>& sections() const noexcept { return sections_; }
  /// No wait before this is still to come once the pass is taken.
  probe::Ticks oldest_after() const noexcept { return is_read_ ? ~probe::Ticks{0} : oldest_; }
  /// Other traces' passes may end before this one's next does: no number is missing.
  bool is_settled() const noexcept { return empty_passes_ >= 2 || !begun_; }
  /// The pass that was read ahead has been taken.
  void take();

  // TurnSink
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override;
  void end_of_pass(probe::Ticks oldest_open_want) override;

 private:
  probe::Turn renumbered(probe::Turn record);

  const MergedNumbers& numbers_;
  std::uint32_t& kernel_calls_;
  std::unique_ptr<TraceReader> reader_;
  std::unique_ptr<TraceCursor> cursor_;
  std::unordered_map<std::uint32_t, std::uint32_t> calls_;  // of kernels
  std::vector<Section> sections_;
  probe::Ticks at_ = 0;
  probe::Ticks oldest_ = 0;
  int empty_passes_ = 0;
  bool pass_ended_ = false;
  bool is_read_ = false;
  bool begun_ = false;
};

}  // namespace gilscope::app
