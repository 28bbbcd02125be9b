// The checkpoint of a trace file: drawn in facts_codec.h.
#include <algorithm>

#include "app/trace_file/facts_codec.h"

namespace gilscope::app {

namespace {

constexpr unsigned kClock = 1;
constexpr unsigned kGils = 2;
constexpr unsigned kCpu = 4;
constexpr unsigned kAbsolute = 8;

constexpr unsigned kLost = 1;
constexpr unsigned kOverlaps = 2;

constexpr unsigned kGil = 1;
constexpr unsigned kWant = 2;
constexpr unsigned kTake = 4;
constexpr unsigned kRequest = 8;
constexpr unsigned kRequests = 16;
constexpr unsigned kSequence = 32;

void encode_gil(ByteWriter& out, const GilFacts& gil, GilFacts& before) {
  const std::uint64_t lost = gil.lost_counted - before.lost_counted;
  const std::uint64_t overlaps = gil.overlaps - before.overlaps;
  out.varint(gil.id);
  out.byte(static_cast<std::uint8_t>((lost != 0 ? kLost : 0) | (overlaps != 0 ? kOverlaps : 0)));
  out.varint(gil.takes_counted - before.takes_counted);
  if (lost != 0) out.varint(lost);
  if (overlaps != 0) out.varint(overlaps);
  before = gil;
}

void decode_gil(ByteReader& in, CheckpointState& state) {
  const auto id = static_cast<std::uint16_t>(in.varint_up_to(0xffff));
  const unsigned mask = in.byte();
  if (in.failed()) return;
  GilFacts& gil = state.gils[id];
  gil.id = id;
  gil.takes_counted += in.varint();
  if ((mask & kLost) != 0) gil.lost_counted += in.varint();
  if ((mask & kOverlaps) != 0) gil.overlaps += in.varint();
}

// The number that the turn which is held now most probably has.
std::uint32_t last_sequence(const CheckpointState& state, std::uint16_t gil) {
  const auto found = state.gils.find(gil);
  return found != state.gils.end() ? static_cast<std::uint32_t>(found->second.takes_counted - 1) : 0;
}

std::uint32_t usual_sequence(const OpenTurn& turn, const CheckpointState& state) {
  return turn.take == 0 ? 0 : last_sequence(state, turn.gil);
}

// With no records known to the reader, no last drop is either.
void encode_open(ByteWriter& out, const OpenTurn& turn, const CheckpointState& state,
                 const RecordStates* records) {
  const bool is_last_drop = records != nullptr && records->last_drop(turn.thread) == turn.want;
  const std::uint8_t usual_requests = turn.request != 0 ? 1 : 0;
  const unsigned mask = (turn.gil != 0 ? kGil : 0) | (!is_last_drop ? kWant : 0) |
                        (turn.take != 0 ? kTake : 0) | (turn.request != 0 ? kRequest : 0) |
                        (turn.requests != usual_requests ? kRequests : 0) |
                        (turn.sequence != usual_sequence(turn, state) ? kSequence : 0);
  out.varint(turn.thread);
  out.byte(static_cast<std::uint8_t>(mask));
  if ((mask & kGil) != 0) out.varint(turn.gil);
  if ((mask & kWant) != 0) out.varint(state.now - turn.want);
  if ((mask & kTake) != 0) out.varint(state.now - turn.take);
  if ((mask & kRequest) != 0) out.varint(state.now - turn.request);
  if ((mask & kRequests) != 0) out.byte(turn.requests);
  if ((mask & kSequence) != 0) out.varint(turn.sequence);
}

OpenTurn decode_open(ByteReader& in, const CheckpointState& state, const RecordStates& records) {
  OpenTurn turn;
  turn.thread = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff));
  const unsigned mask = in.byte();
  if ((mask & kGil) != 0) turn.gil = static_cast<std::uint16_t>(in.varint_up_to(0xffff));
  turn.want = (mask & kWant) != 0 ? state.now - in.varint() : records.last_drop(turn.thread);
  if ((mask & kTake) != 0) turn.take = state.now - in.varint();
  if ((mask & kRequest) != 0) turn.request = state.now - in.varint();
  turn.requests = (mask & kRequests) != 0 ? in.byte() : static_cast<std::uint8_t>(turn.request != 0 ? 1 : 0);
  turn.sequence = (mask & kSequence) != 0 ? static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff))
                                          : usual_sequence(turn, state);
  return turn;
}

}  // namespace

void encode_checkpoint(ByteWriter& out, const Checkpoint& checkpoint, CheckpointState& state,
                       const RecordStates& records) {
  const TraceFacts& facts = checkpoint.facts;
  if (checkpoint.absolute) state = {.now = facts.begin, .gils = {}, .cpu = {}, .cpu_at = 0};
  std::vector<const GilFacts*> changed;
  for (const GilFacts& gil : facts.gils) {
    const auto known = state.gils.find(gil.id);
    if (known == state.gils.end() || known->second.takes_counted != gil.takes_counted ||
        known->second.lost_counted != gil.lost_counted || known->second.overlaps != gil.overlaps) {
      changed.push_back(&gil);
    }
  }
  const bool with_cpu = checkpoint.with_cpu && !facts.cpu.empty();
  out.byte(static_cast<std::uint8_t>((checkpoint.clock != nullptr ? kClock : 0) |
                                     (!changed.empty() ? kGils : 0) | (with_cpu ? kCpu : 0) |
                                     (checkpoint.absolute ? kAbsolute : 0)));
  out.varint(facts.now - state.now);
  state.now = facts.now;
  if (checkpoint.clock != nullptr) {
    out.varint(facts.now - checkpoint.clock->ticks);
    out.varint(checkpoint.clock->monotonic_ns);
  }
  if (!changed.empty()) {
    out.varint(changed.size());
    for (const GilFacts* gil : changed) encode_gil(out, *gil, state.gils[gil->id]);
  }
  out.varint(facts.open.size());
  for (const OpenTurn& turn : facts.open) {
    encode_open(out, turn, state, checkpoint.absolute ? nullptr : &records);
  }
  if (!with_cpu) return;
  out.varint(facts.cpu.size());
  for (const CpuFacts& cpu : facts.cpu) {
    CpuFacts& before = state.cpu[cpu.thread];
    out.varint(std::uint32_t{cpu.thread + 1});
    out.varint(cpu.on_cpu_ns - before.on_cpu_ns);
    out.varint(cpu.runnable_ns - before.runnable_ns);
    before = cpu;
  }
}

void decode_checkpoint(ByteReader& in, TraceFacts& facts, probe::ClockSample& clock, CheckpointState& state,
                       const RecordStates& records) {
  const unsigned flags = in.byte();
  if ((flags & kAbsolute) != 0) state = {.now = facts.begin, .gils = {}, .cpu = {}, .cpu_at = 0};
  state.now += in.varint();
  facts.now = state.now;
  if ((flags & kClock) != 0) {
    clock.ticks = state.now - in.varint();
    clock.monotonic_ns = in.varint();
  }
  if ((flags & kGils) != 0) {
    const std::uint64_t count = in.varint_up_to(in.left());
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) decode_gil(in, state);
  }
  facts.open.clear();
  const std::uint64_t open = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < open && !in.failed(); ++i) {
    facts.open.push_back(decode_open(in, state, records));
  }
  if ((flags & kCpu) == 0) return;
  state.cpu_at = state.now;
  const std::uint64_t count = in.varint_up_to(in.left());
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const auto thread = static_cast<std::uint32_t>(in.varint_up_to(0xffff'ffff)) - 1;
    CpuFacts& cpu = state.cpu[thread];
    cpu.thread = thread;
    cpu.on_cpu_ns += in.varint();
    cpu.runnable_ns += in.varint();
  }
}

}  // namespace gilscope::app
