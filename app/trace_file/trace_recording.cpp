#include "app/trace_file/trace_recording.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/user_error.h"
#include "embed/probe/clock.h"

namespace gilscope::app {

namespace {

// A killed run is readable up to its last 100 ms; passes come every 10 ms. Fewer, larger blocks are smaller
// together: in a contended countdown there are two turns in 10 ms.
constexpr std::uint64_t kCheckpointNs = 80'000'000;

// What is held back is small enough for a second-level cache.
constexpr std::size_t kMaxStaged = 4096;

// After these a missing turn is known to be lost (Timeline::end_of_pass), and another pass tells nothing new.
constexpr int kTellingPasses = 2;

}  // namespace

TraceRecording::TraceRecording(TraceOutput output, const FactSource& facts, probe::TurnSink& next)
    : writer_(std::move(output), facts), next_(next) {}

void TraceRecording::begin(const std::string& path) {
  last_checkpoint_ns_ = probe::monotonic_ns();
  if (!writer_.begin()) throw UserError(fmt::format("cannot write the trace '{}': {}", path, lost_reason()));
}

void TraceRecording::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  if (finished_ || records.empty()) return;
  if (!runs_.empty() && runs_.back().thread == thread) {
    runs_.back().end += records.size();
  } else {
    runs_.push_back({thread, staged_.size(), staged_.size() + records.size()});
  }
  staged_.insert(staged_.end(), records.begin(), records.end());
  empty_passes_ = 0;
  if (staged_.size() >= kMaxStaged) commit(false);
}

void TraceRecording::end_of_pass(probe::Ticks oldest_open_want) {
  if (finished_) return;
  oldest_open_want_ = oldest_open_want;
  pass_ended_ = true;
  const std::uint64_t now_ns = probe::monotonic_ns();
  if (now_ns - last_checkpoint_ns_ < kCheckpointNs) return;
  last_checkpoint_ns_ = now_ns;
  flush();
  writer_.checkpoint();
}

void TraceRecording::flush() {
  if (finished_) return;
  if (staged_.empty() && (!pass_ended_ || empty_passes_ >= kTellingPasses)) return;
  if (staged_.empty()) ++empty_passes_;
  commit(pass_ended_);
  pass_ended_ = false;
}

void TraceRecording::write_so_far() {
  if (finished_) return;
  flush();
  writer_.checkpoint();
}

// One section for each thread: each section costs bytes in the file.
void TraceRecording::gather() {
  sections_.clear();
  std::ranges::stable_sort(runs_, {}, &Run::thread);
  const bool apart = std::ranges::adjacent_find(runs_, {}, &Run::thread) != runs_.end();
  if (!apart) {
    for (const Run& run : runs_) {
      sections_.push_back({run.thread, {staged_.data() + run.begin, run.end - run.begin}});
    }
    return;
  }
  gathered_.clear();
  gathered_.reserve(staged_.size());
  for (const Run& run : runs_) {
    const probe::Turn* const begin = gathered_.data() + gathered_.size();
    gathered_.insert(gathered_.end(), staged_.begin() + static_cast<std::ptrdiff_t>(run.begin),
                     staged_.begin() + static_cast<std::ptrdiff_t>(run.end));
    const std::size_t count = run.end - run.begin;
    if (!sections_.empty() && sections_.back().thread == run.thread) {
      sections_.back().records = {sections_.back().records.data(), sections_.back().records.size() + count};
    } else {
      sections_.push_back({run.thread, {begin, count}});
    }
  }
}

void TraceRecording::commit(bool pass_ended) {
  gather();
  const std::optional<probe::Ticks> oldest =
      pass_ended ? std::optional(oldest_open_want_) : std::optional<probe::Ticks>();
  if (writer_.write(sections_, oldest)) {
    for (const ThreadSection& section : sections_) next_.add(section.thread, section.records);
    if (pass_ended) next_.end_of_pass(oldest_open_want_);
  } else {
    lose();
  }
  staged_.clear();
  runs_.clear();
}

void TraceRecording::lose() {
  for (const probe::Turn& record : staged_) {
    if (record.kind == probe::RecordKind::kTurn) ++lost_[record.gil];
  }
}

void TraceRecording::finish(const TraceFacts& facts) {
  if (finished_) return;
  writer_.finish(facts);
  finished_ = true;
}

std::uint64_t TraceRecording::lost(std::uint16_t gil) const {
  const auto found = lost_.find(gil);
  return found != lost_.end() ? found->second : 0;
}

}  // namespace gilscope::app
