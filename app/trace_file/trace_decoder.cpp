#include "app/trace_file/trace_decoder.h"

#include <algorithm>

#include "embed/probe/gil_table.h"

namespace gilscope::app {

namespace {

// Records are handed on in pieces of at most so many; a writer's sections are smaller.
constexpr std::uint64_t kMaxPiece = 8192;

// No clock ticks faster or slower than this, in nanoseconds.
constexpr double kLeastScale = 1e-4;
constexpr double kMostScale = 1e6;

}  // namespace

bool TraceDecoder::is_thread(std::uint32_t thread) const {
  return thread < threads_.size() + kMaxThreadsAhead;
}

bool TraceDecoder::block(BlockType type, std::span<const std::uint8_t> payload) {
  ByteReader in(payload);
  if (!begun_ && type != BlockType::kRun) return false;
  switch (type) {
    case BlockType::kRun: {
      probe::Ticks begin = 0;
      decode_run(in, facts_.run, begin);
      if (!begun_) states_ = RecordStates(begin);
      facts_.begin = begun_ ? facts_.begin : begin;
      begun_ = true;
      break;
    }
    case BlockType::kNames:
      decode_names(in, facts_.names);
      break;
    case BlockType::kPlaces:
      decode_places(in, facts_.places);
      break;
    case BlockType::kThreads:
      decode_threads(in, threads_, facts_.begin);
      if (!threads_.empty() && !is_thread(threads_.rbegin()->first)) return false;
      break;
    case BlockType::kRecords:
      return records(in);
    case BlockType::kCheckpoint:
      return checkpoint(in);
    case BlockType::kProcesses:
      decode_processes(in, facts_);
      break;
    case BlockType::kEnd: {
      const double scale = in.real();
      if (!(scale > kLeastScale && scale < kMostScale)) return false;
      facts_.scale.ns_per_tick = scale;
      ended_ = true;
      break;
    }
    default:
      break;  // a later minor version's
  }
  return !in.failed();
}

bool TraceDecoder::records(ByteReader& in) {
  const bool pass_ended = (in.byte() & 1) != 0;
  const probe::Ticks oldest =
      pass_ended ? checkpoints_.now + static_cast<std::uint64_t>(in.signed_varint()) : 0;
  while (in.left() > 0) {
    if (!section(in)) return false;
  }
  if (pass_ended && sink_ != nullptr && !in.failed()) sink_->end_of_pass(oldest);
  return !in.failed();
}

bool TraceDecoder::section(ByteReader& in) {
  const std::uint64_t thread = in.varint_up_to(0xffff'ffff);
  std::uint64_t left = in.varint_up_to(in.left() / kMinRecordSize);
  if (in.failed() || !is_thread(static_cast<std::uint32_t>(thread))) return false;
  RecordState& state = states_.of(static_cast<std::uint32_t>(thread));
  while (left > 0) {
    const auto piece = static_cast<std::size_t>(std::min(left, kMaxPiece));
    if (records_.size() < piece) records_.resize(piece);
    const std::span piece_records = std::span(records_).first(piece);
    decode_records(in, state, piece_records);
    left -= piece;
    const bool is_sound = !in.failed() && std::ranges::all_of(piece_records, [](const probe::Turn& record) {
      return record.gil < probe::gil_table::kMaxGils;
    });
    if (!is_sound) return false;
    if (sink_ != nullptr) sink_->add(static_cast<std::uint32_t>(thread), piece_records);
  }
  return true;
}

bool TraceDecoder::checkpoint(ByteReader& in) {
  probe::ClockSample clock;
  decode_checkpoint(in, facts_, clock, checkpoints_, states_);
  if (clock.monotonic_ns != 0) {
    if (first_clock_.monotonic_ns == 0) first_clock_ = clock;
    last_clock_ = clock;
  }
  return !in.failed() && std::ranges::all_of(facts_.open, [this](const OpenTurn& turn) {
    return is_thread(turn.thread) && turn.gil < probe::gil_table::kMaxGils;
  });
}

TraceDecoder TraceDecoder::mark() const {
  TraceDecoder copy = *this;
  copy.records_ = {};
  return copy;
}

TraceFacts TraceDecoder::facts() const {
  TraceFacts facts = facts_;
  for (const auto& [index, thread] : threads_) facts.threads.push_back(thread);
  for (const auto& [id, gil] : checkpoints_.gils) facts.gils.push_back(gil);
  // What was told long before the file ends is not of the whole run.
  const probe::Ticks cpu_age = facts.now - std::min(facts.now, checkpoints_.cpu_at);
  if (cpu_age <= (facts.now - std::min(facts.now, facts.begin)) / 4) {
    for (const auto& [thread, cpu] : checkpoints_.cpu) facts.cpu.push_back(cpu);
  }
  facts.clock = first_clock_;
  if (!ended_ && last_clock_.monotonic_ns > first_clock_.monotonic_ns &&
      last_clock_.ticks > first_clock_.ticks) {
    const double scale = static_cast<double>(last_clock_.monotonic_ns - first_clock_.monotonic_ns) /
                         static_cast<double>(last_clock_.ticks - first_clock_.ticks);
    if (scale > kLeastScale && scale < kMostScale) facts.scale.ns_per_tick = scale;
  }
  return facts;
}

}  // namespace gilscope::app
