// A trace file, read: every number in it is checked, and what is damaged or missing is told and left out.
// Memory does not grow with the file. Not for numbers: report_of() makes them as for a run that is just
// recorded. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "app/report/report.h"
#include "app/trace_file/block_cursor.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

class TraceReader final : public Trace {
 public:
  /// Throws UserError when there is nothing to be read: no such file, no trace, or one of a newer version.
  static TraceReader open(const std::string& path);
  /// Likewise. A file that is whole is gone through while it is opened anyway: `report` then has its numbers,
  /// as report_of() makes them; else it stays empty.
  static TraceReader open(const std::string& path, std::optional<Report>& report);
  /// From a descriptor, which stays the caller's; `name` is for messages.
  static TraceReader of_descriptor(int descriptor, const std::string& name);
  /// From bytes, which must stay where they are.
  static TraceReader of_bytes(std::span<const std::uint8_t> bytes, const std::string& name);

  const TraceFacts& facts() const override { return facts_; }
  /// Throws UserError when the file has changed since it was opened.
  void replay(probe::TurnSink& sink) const override;
  const HandOvers* hand_overs() const override { return hand_overs_.get(); }

  /// The bytes that are read.
  std::uint64_t end() const noexcept { return end_; }
  /// Goes through no more than that: the file has grown since another reader's facts, whose end() it is.
  void end_at(std::uint64_t end) noexcept { end_ = std::min(end_, end); }

 private:
  friend class TraceCursor;
  TraceReader(std::unique_ptr<const ByteSource> source, std::string name,
              std::optional<Report>* report = nullptr);
  void check_header() const;
  bool read_facts(probe::TurnSink* first);

  std::unique_ptr<const ByteSource> source_;
  std::string name_;
  TraceFacts facts_;
  std::unique_ptr<const HandOvers> hand_overs_;  // null: not known
  std::uint64_t end_ = 0;                        // what is behind it is not read
};

}  // namespace gilscope::app
