#include "app/trace_file/trace_writer.h"

#include <algorithm>
#include <utility>

#include "app/trace_file/crc32c.h"

namespace gilscope::app {

namespace {

// Of the file's end: what the fixed fields, one thread, one GIL and one CPU time take at most.
constexpr std::uint64_t kEndFixed = 1024;
constexpr std::uint64_t kEndPerThread = 128;
constexpr std::uint64_t kEndPerGil = 64;

constexpr std::uint64_t kClockEveryNs = 2'000'000'000;

// What the kernel says of a thread's time is one more row for each thread: it is told again when it is an
// eighth of the run old, so that it is never far from what a run that was killed did.
constexpr std::uint64_t kCpuShare = 8;
constexpr std::uint64_t kCpuEveryNs = 2'000'000'000;

bool is_named(probe::RecordKind kind) {
  using enum probe::RecordKind;
  return kind == kRegionBegin || kind == kRegionEnd || kind == kMark || kind == kKernelBegin ||
         kind == kKernelEnd || kind == kTile;
}

bool differ(const ThreadFacts& a, const ThreadFacts& b) {
  return a.native_id != b.native_id || a.begin != b.begin || a.end != b.end || a.name != b.name;
}

}  // namespace

TraceWriter::TraceWriter(TraceOutput output, const FactSource& source)
    : output_(std::move(output)), source_(source) {}

template <typename Encode>
void TraceWriter::block(BlockType type, Encode&& encode) {
  payload_.clear();
  encode(payload_);
  const std::size_t start = piece_.size();
  piece_.byte(static_cast<std::uint8_t>(type));
  piece_.varint(payload_.size());
  piece_.raw(payload_.bytes());
  piece_.fixed(crc32c(piece_.bytes().subspan(start)));
}

std::uint64_t TraceWriter::reserve() const noexcept {
  return kEndFixed + text_size_ + known_.threads.size() * kEndPerThread +
         checkpoints_.gils.size() * kEndPerGil;
}

bool TraceWriter::append() {
  const bool written = output_.append(piece_.bytes(), reserve());
  piece_.clear();
  return written;
}

bool TraceWriter::begin() {
  probe::ClockSample clock;
  const TraceFacts facts = source_.moment(clock);
  begin_ = facts.begin;
  begin_ns_ = last_cpu_ns_ = clock.monotonic_ns;
  states_ = RecordStates(begin_);
  text_size_ = 2 * (facts.run.command.size() + facts.run.unverified_reason.size());
  piece_.raw(kTraceMagic);
  piece_.fixed(kTraceMajor);
  piece_.fixed(facts.processes.empty() ? kTraceMinor : kTraceMinorWithProcesses);
  piece_.fixed(crc32c(piece_.bytes()));
  block(BlockType::kRun, [&](ByteWriter& out) { encode_run(out, facts.run, begin_); });
  if (!facts.processes.empty()) {
    block(BlockType::kProcesses, [&](ByteWriter& out) { encode_processes(out, facts); });
  }
  changed_threads(facts.threads);
  block(BlockType::kCheckpoint, [&](ByteWriter& out) {
    encode_checkpoint(out, {.facts = facts, .clock = &clock, .with_cpu = true, .absolute = true},
                      checkpoints_, states_);
  });
  return append();
}

// New names and places that the records speak of.
void TraceWriter::names_of(std::span<const ThreadSection> sections) {
  std::uint32_t name = 0;
  std::uint32_t place = 0;
  for (const ThreadSection& section : sections) {
    for (const probe::Turn& record : section.records) {
      std::uint32_t& largest = is_named(record.kind) ? name : place;
      largest = std::max(largest, record.location);
    }
  }
  if (name >= known_.names) {
    const std::vector<std::string> names = source_.names();
    if (names.size() > known_.names) {
      block(BlockType::kNames, [&](ByteWriter& out) {
        encode_names(out, known_.names, std::span(names).subspan(known_.names));
      });
      known_.names = static_cast<std::uint32_t>(names.size());
    }
  }
  if (place >= known_.places) {
    const std::vector<probe::Place> places = source_.places_from(known_.places);
    if (!places.empty()) {
      block(BlockType::kPlaces, [&](ByteWriter& out) { encode_places(out, known_.places, places); });
      known_.places += static_cast<std::uint32_t>(places.size());
    }
  }
}

void TraceWriter::changed_threads(std::vector<ThreadFacts> threads) {
  std::erase_if(threads, [&](const ThreadFacts& thread) {
    return thread.index < known_.threads.size() && !differ(known_.threads[thread.index], thread);
  });
  if (threads.empty()) return;
  std::ranges::sort(threads, {}, &ThreadFacts::index);
  block(BlockType::kThreads, [&](ByteWriter& out) { encode_threads(out, threads, begin_); });
  for (const ThreadFacts& thread : threads) {
    if (thread.index >= known_.threads.size()) known_.threads.resize(thread.index + std::size_t{1});
    text_size_ += thread.name.size();
    known_.threads[thread.index] = thread;
  }
}

void TraceWriter::records_block(std::span<const ThreadSection> sections,
                                std::optional<probe::Ticks> oldest_open_want) {
  block(BlockType::kRecords, [&](ByteWriter& out) {
    out.byte(oldest_open_want ? 1 : 0);
    if (oldest_open_want) out.signed_varint(static_cast<std::int64_t>(*oldest_open_want - checkpoints_.now));
    for (const ThreadSection& section : sections) {
      out.varint(section.thread);
      out.varint(section.records.size());
      RecordState& state = states_.of(section.thread);
      std::uint8_t* at = out.room(section.records.size() * kMaxRecordSize);
      for (const probe::Turn& record : section.records) at = encode_record(at, record, state);
      out.cut(at);
    }
  });
}

bool TraceWriter::write(std::span<const ThreadSection> sections,
                        std::optional<probe::Ticks> oldest_open_want) {
  if (!failure().empty() || finished_) return false;
  const std::uint32_t names_before = known_.names;
  const std::uint32_t places_before = known_.places;
  const bool new_thread = std::ranges::any_of(
      sections, [&](const ThreadSection& section) { return section.thread >= known_.threads.size(); });
  if (new_thread) {
    probe::ClockSample clock;
    changed_threads(source_.moment(clock).threads);
  }
  names_of(sections);
  records_block(sections, oldest_open_want);
  if (append()) return true;
  known_.names = names_before;
  known_.places = places_before;
  after_failure_ = true;
  return false;
}

bool TraceWriter::checkpoint() {
  if (!failure().empty() || finished_) return false;
  probe::ClockSample clock;
  const TraceFacts facts = source_.moment(clock);
  changed_threads(facts.threads);
  const bool with_clock = clock.monotonic_ns - last_clock_ns_ >= kClockEveryNs;
  if (with_clock) last_clock_ns_ = clock.monotonic_ns;
  const std::uint64_t cpu_age_ns = clock.monotonic_ns - last_cpu_ns_;
  const bool with_cpu = cpu_age_ns >= kCpuEveryNs || cpu_age_ns * kCpuShare >= clock.monotonic_ns - begin_ns_;
  if (with_cpu) last_cpu_ns_ = clock.monotonic_ns;
  block(BlockType::kCheckpoint, [&](ByteWriter& out) {
    encode_checkpoint(out, {.facts = facts, .clock = with_clock ? &clock : nullptr, .with_cpu = with_cpu},
                      checkpoints_, states_);
  });
  if (append()) return true;
  after_failure_ = true;
  return false;
}

void TraceWriter::finish(const TraceFacts& facts) {
  if (finished_) return;
  finished_ = true;
  if (after_failure_) known_.threads.clear();  // what was told may not be in the file
  block(BlockType::kRun, [&](ByteWriter& out) { encode_run(out, facts.run, begin_); });
  changed_threads(facts.threads);
  block(BlockType::kCheckpoint, [&](ByteWriter& out) {
    encode_checkpoint(out, {.facts = facts, .with_cpu = true, .absolute = true}, checkpoints_, states_);
  });
  block(BlockType::kEnd, [&](ByteWriter& out) { out.real(facts.scale.ns_per_tick); });
  output_.append_last(piece_.bytes());
  piece_.clear();
}

}  // namespace gilscope::app
