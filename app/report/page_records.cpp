#include "app/report/page_records.h"

#include <algorithm>
#include <utility>

namespace gilscope::app {

namespace {

using probe::RecordKind;

char* put_varint(char* to, std::uint64_t number) {
  while (number >= 0x80) {
    *to++ = static_cast<char>(number | 0x80);
    number >>= 7;
  }
  *to++ = static_cast<char>(number);
  return to;
}

char* put_signed(char* to, std::int64_t number) {
  return put_varint(to, static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
}

}  // namespace

void PageRecords::make_room() {
  if (bytes_.size() - size_ < kMostBytes) bytes_.resize(std::max<std::size_t>(bytes_.size() * 2, 4096));
}

void PageRecords::add(std::span<const probe::Turn> records) {
  for (const probe::Turn& record : records) {
    make_room();
    if (record.kind == RecordKind::kTurn) [[likely]] {
      add_turn(record);
    } else {
      add_event(record);
    }
  }
}

void PageRecords::add_turn(const probe::Turn& turn) {
  constexpr unsigned kRequests = 4;
  constexpr unsigned kNoWait = 8;
  constexpr unsigned kSamePlace = 16;
  constexpr unsigned kNextSequence = 32;
  constexpr unsigned kOtherGil = 64;
  // The first turn alone may reach back to before the recording began.
  const std::int64_t want =
      last_sequence_ == 0xffff'ffff && last_drop_ == 0 ? at(turn.want) : std::max(at(turn.want), last_drop_);
  const std::int64_t take = std::max(at(turn.take), want);
  const std::int64_t drop = std::max(at(turn.drop), take);
  auto head = static_cast<unsigned>(turn.end);
  if (turn.requests != 0) head |= kRequests;
  if (take == want) head |= kNoWait;
  if (turn.location == last_place_) head |= kSamePlace;
  if (turn.sequence == last_sequence_ + 1) head |= kNextSequence;
  if (turn.gil != gil_) head |= kOtherGil;

  char* to = bytes_.data() + size_;
  *to++ = static_cast<char>(head);
  if ((head & kOtherGil) != 0) to = put_varint(to, turn.gil);
  to = put_signed(to, want - last_drop_);
  if ((head & kNoWait) == 0) to = put_varint(to, static_cast<std::uint64_t>(take - want));
  to = put_varint(to, static_cast<std::uint64_t>(drop - take));
  if ((head & kNextSequence) == 0) {
    to = put_signed(to, static_cast<std::int64_t>(turn.sequence) - static_cast<std::int64_t>(last_sequence_));
  }
  if ((head & kSamePlace) == 0) to = put_varint(to, turn.location);
  if ((head & kRequests) != 0) {
    to = put_varint(to, turn.requests);
    to = put_varint(to, static_cast<std::uint64_t>(std::max<std::int64_t>(drop - at(turn.request), 0)));
  }
  size_ = static_cast<std::size_t>(to - bytes_.data());
  last_drop_ = drop;
  last_sequence_ = turn.sequence;
  last_place_ = turn.location;
  gil_ = turn.gil;
}

void PageRecords::add_event(const probe::Turn& record) {
  if (record.kind == RecordKind::kSleep) return;  // the page has no lanes without a GIL
  const bool is_tile = record.kind == RecordKind::kTile;
  const std::int64_t moment = std::max(at(is_tile ? record.take : record.drop), last_event_);
  char* to = bytes_.data() + size_;
  *to++ = static_cast<char>(0x80u | static_cast<unsigned>(record.kind));
  to = put_signed(to, moment - last_event_);
  last_event_ = moment;
  switch (record.kind) {
    case RecordKind::kTile: {
      const std::int64_t drop = std::max(at(record.drop), moment);
      to = put_varint(to, static_cast<std::uint64_t>(drop - moment));
      to = put_varint(to, record.location);
      to = put_varint(to, record.sequence);
      to = put_varint(to, record.request);
      last_event_ = drop;  // a thread runs one tile after the other
      break;
    }
    case RecordKind::kKernelBegin:
      to = put_varint(to, record.location);
      to = put_varint(to, record.sequence);
      to = put_varint(to, record.request);
      to = put_varint(to, record.requests != 0 ? 1 : 0);
      break;
    case RecordKind::kRegionBegin:
    case RecordKind::kRegionEnd:
    case RecordKind::kKernelEnd:
      to = put_varint(to, record.location);
      to = put_varint(to, record.sequence);
      break;
    case RecordKind::kCollectBegin:
      to = put_varint(to, record.requests);
      break;
    case RecordKind::kCollectEnd:
      to = put_varint(to, record.requests);
      to = put_varint(to, record.request);
      break;
    default:
      to = put_varint(to, record.location);
  }
  size_ = static_cast<std::size_t>(to - bytes_.data());
}

std::string PageRecords::take() {
  bytes_.resize(size_);
  size_ = 0;
  return std::exchange(bytes_, {});
}

void append_base64(std::string& text, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t begin = text.size();
  text.resize(begin + (bytes.size() + 2) / 3 * 4);
  char* to = text.data() + begin;
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(bytes[i])}; };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    *to++ = kDigits[three >> 18];
    *to++ = kDigits[three >> 12 & 63];
    *to++ = kDigits[three >> 6 & 63];
    *to++ = kDigits[three & 63];
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const std::uint32_t rest = byte(i) << 16 | (two ? byte(i + 1) << 8 : 0);
  *to++ = kDigits[rest >> 18];
  *to++ = kDigits[rest >> 12 & 63];
  *to++ = two ? kDigits[rest >> 6 & 63] : '=';
  *to++ = '=';
}

}  // namespace gilscope::app
