#include "app/trace_file/record_codec.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;
using probe::Turn;
using probe::TurnEnd;

// The flags byte, and the one behind it (trace_format.h).
constexpr unsigned kLocationBits = 0x03;
constexpr unsigned kSameLocation = 0;
constexpr unsigned kOtherLocation = 1;
constexpr unsigned kNoLocation = 2;
constexpr unsigned kNewLocation = 3;
constexpr unsigned kWaits = 0x04;
constexpr unsigned kNoGap = 0x08;
constexpr unsigned kRequest = 0x10;
constexpr unsigned kAsked = 0x20;
constexpr unsigned kStep = 0x40;
constexpr unsigned kExtended = 0x80;

constexpr unsigned kKindBits = 0x0f;
constexpr unsigned kGilFollows = 0x10;
constexpr unsigned kRequestsFollow = 0x20;
constexpr unsigned kEndFollows = 0x40;
constexpr unsigned kNoTurn = 0x80;
static_assert(probe::kRecordKinds <= kKindBits + 1);

unsigned location_code(std::uint32_t location, const RecordState& state) noexcept {
  if (location == state.location) return kSameLocation;
  if (location == state.other_location) return kOtherLocation;
  return location == 0 ? kNoLocation : kNewLocation;
}

void turn_is_next(const Turn& turn, RecordState& state) noexcept {
  state.last_drop = turn.drop;
  state.last_moment = turn.drop;
  state.step = turn.sequence - state.sequence;
  state.sequence = turn.sequence;
  if (turn.location != state.location) {
    state.other_location = state.location;
    state.location = turn.location;
  }
  state.gil = turn.gil;
}

void event_is_next(const Turn& event, RecordState& state) noexcept {
  state.last_moment = event.drop;
  if (event.kind == RecordKind::kTile || event.kind == RecordKind::kSleep) state.last_drop = event.drop;
  state.gil = event.gil;
}

// What follows the flags, and the byte behind them, 0 where there is none: then it is a turn without anything
// unusual, and most of this is left out. `kInBounds`: at least kMaxRecordSize bytes were left.
template <bool kInBounds>
[[gnu::always_inline]] inline void decode_rest(ByteReader& bytes, RecordState& state, Turn& record,
                                               unsigned flags, unsigned more) noexcept {
  const auto varint = [&bytes] { return kInBounds ? bytes.varint_in_bounds() : bytes.varint(); };
  record = Turn{};
  if ((more & kKindBits) >= probe::kRecordKinds) {
    bytes.fail();
    return;
  }
  record.kind = static_cast<RecordKind>(more & kKindBits);
  const bool is_turn = record.kind == RecordKind::kTurn;
  const bool no_turn = (more & kNoTurn) != 0;

  record.gil = (more & kGilFollows) != 0 ? static_cast<std::uint16_t>(bytes.varint_up_to(0xffff)) : state.gil;
  record.requests = (flags & kRequest) != 0 ? 1 : 0;
  if ((more & kRequestsFollow) != 0) record.requests = bytes.byte();
  record.end = (flags & kAsked) != 0 ? TurnEnd::kAsked : TurnEnd::kGave;
  if ((more & kEndFollows) != 0) record.end = static_cast<TurnEnd>(bytes.byte());

  if (!no_turn) {
    record.want = state.last_drop + ((flags & kNoGap) == 0 ? varint() : 0);
    record.take = record.want + ((flags & kWaits) != 0 ? varint() : 0);
  }
  record.drop = varint() + (no_turn ? state.last_moment : record.take);
  if ((flags & kRequest) != 0) {
    const std::uint64_t request = varint();
    record.request = is_turn ? record.drop - request : request;
  }
  record.sequence = is_turn ? state.sequence + state.step : 0;
  if ((flags & kStep) != 0) {
    const auto step = static_cast<std::uint32_t>(bytes.varint_up_to(0xffff'ffff));
    record.sequence = is_turn ? state.sequence + step + 1 : step;
  }
  switch (flags & kLocationBits) {
    case kSameLocation:
      record.location = state.location;
      break;
    case kOtherLocation:
      record.location = state.other_location;
      break;
    case kNoLocation:
      break;
    default:
      record.location = static_cast<std::uint32_t>(bytes.varint_up_to(0xffff'ffff));
  }

  if (is_turn) {
    turn_is_next(record, state);
  } else {
    event_is_next(record, state);
  }
}

template <bool kInBounds>
[[gnu::always_inline]] inline void decode_record(ByteReader& bytes, RecordState& state,
                                                 Turn& record) noexcept {
  const unsigned flags = bytes.byte();
  if ((flags & kExtended) == 0) [[likely]] {
    decode_rest<kInBounds>(bytes, state, record, flags, 0);
  } else {
    const unsigned more = bytes.byte();
    decode_rest<kInBounds>(bytes, state, record, flags, more);
  }
}

}  // namespace

std::uint8_t* encode_record(std::uint8_t* at, const Turn& record, RecordState& state) noexcept {
  const bool is_turn = record.kind == RecordKind::kTurn;
  const bool no_turn = !is_turn && record.want == 0 && record.take == 0;
  const std::uint8_t usual_requests = record.request != 0 ? 1 : 0;
  const bool usual_end = record.end == TurnEnd::kGave || record.end == TurnEnd::kAsked;
  const std::uint64_t gap = record.want - state.last_drop;

  unsigned more = static_cast<unsigned>(record.kind);
  if (record.gil != state.gil) more |= kGilFollows;
  if (record.requests != usual_requests) more |= kRequestsFollow;
  if (!usual_end) more |= kEndFollows;
  if (no_turn) more |= kNoTurn;
  unsigned flags = is_turn                ? location_code(record.location, state)
                   : record.location == 0 ? kNoLocation
                                          : kNewLocation;
  if (record.take != record.want) flags |= kWaits;
  if (no_turn || gap == 0) flags |= kNoGap;
  if (record.request != 0) flags |= kRequest;
  if (record.end == TurnEnd::kAsked) flags |= kAsked;
  if (is_turn ? record.sequence != state.sequence + state.step : record.sequence != 0) flags |= kStep;
  if (more != 0) flags |= kExtended;

  *at++ = static_cast<std::uint8_t>(flags);
  if (more != 0) {
    *at++ = static_cast<std::uint8_t>(more);
    if ((more & kGilFollows) != 0) at = put_varint(at, record.gil);
    if ((more & kRequestsFollow) != 0) *at++ = record.requests;
    if ((more & kEndFollows) != 0) *at++ = static_cast<std::uint8_t>(record.end);
  }
  if ((flags & kNoGap) == 0) at = put_varint(at, gap);
  if ((flags & kWaits) != 0) at = put_varint(at, record.take - record.want);
  at = put_varint(at, record.drop - (no_turn ? state.last_moment : record.take));
  if ((flags & kRequest) != 0) at = put_varint(at, is_turn ? record.drop - record.request : record.request);
  if ((flags & kStep) != 0) {
    at = put_varint(at, is_turn ? record.sequence - state.sequence - 1 : record.sequence);
  }
  if ((flags & kLocationBits) == kNewLocation) at = put_varint(at, record.location);

  if (is_turn) {
    turn_is_next(record, state);
  } else {
    event_is_next(record, state);
  }
  return at;
}

void decode_records(ByteReader& bytes, RecordState& state, std::span<Turn> records) noexcept {
  ByteReader in = bytes;  // these two stay in registers
  RecordState last = state;
  for (Turn& record : records) {
    if (in.left() >= kMaxRecordSize) [[likely]] {
      decode_record<true>(in, last, record);
    } else {
      decode_record<false>(in, last, record);
    }
  }
  bytes = in;
  state = last;
}

}  // namespace gilscope::app
