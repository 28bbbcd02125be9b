// The page's bytes, read back by a decoder of their description (page_records.h), not of their writer.
#include "app/report/page_records.h"

#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using probe::RecordKind;
using probe::Turn;

class Decoder {
 public:
  explicit Decoder(probe::Ticks begin) : begin_(static_cast<std::int64_t>(begin)) {}

  std::vector<Turn> read(const std::string& bytes) {
    bytes_ = bytes;
    at_ = 0;
    std::vector<Turn> records;
    while (at_ < bytes_.size()) {
      const unsigned head = byte();
      records.push_back(head >= 0x80 ? event(head) : turn(head));
    }
    return records;
  }

 private:
  unsigned byte() { return static_cast<unsigned char>(bytes_.at(at_++)); }
  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      const unsigned next = byte();
      number |= std::uint64_t{next & 0x7f} << shift;
      if (next < 0x80) return number;
    }
  }
  std::int64_t signed_number() {
    const std::uint64_t number = varint();
    const auto half = static_cast<std::int64_t>(number / 2);
    return number % 2 == 0 ? half : -half - 1;
  }
  probe::Ticks ticks(std::int64_t moment) const { return static_cast<probe::Ticks>(moment + begin_); }

  Turn turn(unsigned head) {
    Turn turn;
    if ((head & 64) != 0) gil_ = static_cast<std::uint16_t>(varint());
    turn.gil = gil_;
    const std::int64_t want = drop_ + signed_number();
    const std::int64_t take = want + ((head & 8) != 0 ? 0 : static_cast<std::int64_t>(varint()));
    drop_ = take + static_cast<std::int64_t>(varint());
    sequence_ = (head & 32) != 0 ? (sequence_ + 1) % 0x1'0000'0000 : sequence_ + signed_number();
    if ((head & 16) == 0) place_ = static_cast<std::uint32_t>(varint());
    turn.want = ticks(want);
    turn.take = ticks(take);
    turn.drop = ticks(drop_);
    turn.sequence = static_cast<std::uint32_t>(sequence_);
    turn.location = place_;
    turn.end = static_cast<probe::TurnEnd>(head & 3);
    if ((head & 4) != 0) {
      turn.requests = static_cast<std::uint8_t>(varint());
      turn.request = turn.drop - varint();
    }
    return turn;
  }

  Turn event(unsigned head) {
    Turn record;
    record.kind = static_cast<RecordKind>(head & 15);
    moment_ += signed_number();
    record.drop = ticks(moment_);
    if (record.kind == RecordKind::kTile) {
      record.want = record.take = record.drop;
      moment_ += static_cast<std::int64_t>(varint());
      record.drop = ticks(moment_);
    }
    if (record.kind == RecordKind::kCollectBegin || record.kind == RecordKind::kCollectEnd) {
      record.requests = static_cast<std::uint8_t>(varint());
      if (record.kind == RecordKind::kCollectEnd) record.request = varint();
      return record;
    }
    record.location = static_cast<std::uint32_t>(varint());
    switch (record.kind) {
      case RecordKind::kKernelBegin:
        record.sequence = static_cast<std::uint32_t>(varint());
        record.request = varint();
        record.requests = static_cast<std::uint8_t>(varint());
        break;
      case RecordKind::kRegionBegin:
      case RecordKind::kRegionEnd:
      case RecordKind::kKernelEnd:
        record.sequence = static_cast<std::uint32_t>(varint());
        break;
      case RecordKind::kTile:
        record.sequence = static_cast<std::uint32_t>(varint());
        record.request = varint();
        break;
      default:
        break;
    }
    return record;
  }

  const std::int64_t begin_;
  std::string bytes_;
  std::size_t at_ = 0;
  std::int64_t drop_ = 0;
  std::int64_t moment_ = 0;
  std::int64_t sequence_ = 0xffff'ffff;
  std::uint32_t place_ = 0;
  std::uint16_t gil_ = 0;
};

bool same(const Turn& a, const Turn& b) {
  return a.want == b.want && a.take == b.take && a.drop == b.drop && a.request == b.request &&
         a.sequence == b.sequence && a.location == b.location && a.gil == b.gil && a.requests == b.requests &&
         a.end == b.end && a.kind == b.kind;
}

void expect_same(const std::vector<Turn>& expected, const std::vector<Turn>& got) {
  ASSERT_EQ(expected.size(), got.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same(expected[i], got[i])) << "record " << i;
}

Turn event(RecordKind kind, probe::Ticks moment, std::uint32_t location) {
  Turn record;
  record.kind = kind;
  record.drop = moment;
  record.location = location;
  return record;
}

// Each kind of record, with what its description says of it.
std::vector<Turn> one_of_each() {
  Turn waited = asked(0xffff'fff0, 990, 1'000'000, 1'000'100, 9'000'000'000'000, 255);
  waited.location = 70'000;
  waited.gil = 3;
  Turn kernel = event(RecordKind::kKernelBegin, 9'000'000'000'001, 4);
  kernel.sequence = 9;
  kernel.request = 1ull << 40;
  kernel.requests = 1;
  Turn kernel_end = event(RecordKind::kKernelEnd, 9'000'000'000'500, 4);
  kernel_end.sequence = 9;
  Turn tile = event(RecordKind::kTile, 9'000'000'000'900, 4);
  tile.want = tile.take = 9'000'000'000'700;
  tile.sequence = 9;
  tile.request = 300;
  Turn collect_end = event(RecordKind::kCollectEnd, 9'000'000'002'000, 0);
  collect_end.requests = 2;
  collect_end.request = 12'345;
  Turn collect = event(RecordKind::kCollectBegin, 9'000'000'001'000, 0);
  collect.requests = 2;
  Turn region = event(RecordKind::kRegionBegin, 1'005, 1);
  region.sequence = 0xffff'ffff;
  return {region,
          turn(0, 900, 1'000, 1'000),
          turn(1, 1'000, 1'000, 1'200),
          waited,
          event(RecordKind::kMark, 9'000'000'000'000, 200),
          kernel,
          kernel_end,
          tile,
          collect,
          collect_end,
          event(RecordKind::kRegionEnd, 9'000'000'002'000, 0)};
}

TEST(PageRecords, EveryKindComesBack) {
  std::vector<Turn> records = one_of_each();
  records[3].want = 1'200;  // the asked turn's: where the one before ended
  PageRecords writer(1'000);
  writer.add(records);
  expect_same(records, Decoder(1'000).read(writer.take()));
  EXPECT_EQ(0u, writer.size());
}

TEST(PageRecords, BytesMayBeTakenAtAnyTime) {
  std::vector<Turn> records = one_of_each();
  records[3].want = 1'200;
  PageRecords writer(1'000);
  Decoder decoder(1'000);
  std::vector<Turn> got;
  for (const Turn& record : records) {
    writer.add({&record, 1});
    for (const Turn& read : decoder.read(writer.take())) got.push_back(read);
  }
  expect_same(records, got);
}

TEST(PageRecords, AnyLawfulThreadComesBack) {
  std::mt19937_64 random(4);
  const auto up_to = [&](unsigned bits) { return random() >> (64 - 1 - random() % bits); };
  std::vector<Turn> records;
  probe::Ticks moment = 5'000;
  std::uint32_t sequence = 0;
  for (int i = 0; i < 20'000; ++i) {
    Turn one;
    one.want = moment + up_to(40);
    one.take = one.want + (random() % 3 == 0 ? 0 : up_to(40));
    one.drop = moment = one.take + up_to(36);
    one.sequence = sequence += static_cast<std::uint32_t>(up_to(31));
    one.location = static_cast<std::uint32_t>(up_to(20));
    one.gil = static_cast<std::uint16_t>(random() % 3);
    one.end = static_cast<probe::TurnEnd>(random() % 3);
    if (random() % 2 == 0) {
      one.requests = static_cast<std::uint8_t>(1 + random() % 255);
      one.request = one.take + random() % (one.drop - one.take + 1);
    }
    records.push_back(one);
  }
  PageRecords writer(5'000);
  writer.add(records);
  expect_same(records, Decoder(5'000).read(writer.take()));
}

TEST(PageRecords, ATurnThatBreaksLaw2IsMended) {
  PageRecords writer(0);
  const std::vector<Turn> records = {turn(0, 100, 100, 200), turn(1, 150, 120, 110)};
  writer.add(records);
  const std::vector<Turn> got = Decoder(0).read(writer.take());
  ASSERT_EQ(2u, got.size());
  EXPECT_EQ(200u, got[1].want);
  EXPECT_EQ(200u, got[1].take);
  EXPECT_EQ(200u, got[1].drop);
}

// A turn of a contended run: the page of ten million stays below what one opens.
TEST(PageRecords, AShortTurnTakesFewBytes) {
  std::vector<Turn> records;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const probe::Ticks want = 1'000 + i * 10'000;
    records.push_back(turn(i * 2, want, want + 5'000, want + 9'000));
    records.back().location = 7;
  }
  PageRecords writer(0);
  writer.add(records);
  EXPECT_LE(writer.size(), 8u * records.size());
}

TEST(PageRecords, Base64) {
  const auto base64 = [](std::string_view bytes) {
    std::string text;
    append_base64(text, bytes);
    return text;
  };
  EXPECT_EQ("", base64(""));  // RFC 4648, section 10
  EXPECT_EQ("Zg==", base64("f"));
  EXPECT_EQ("Zm8=", base64("fo"));
  EXPECT_EQ("Zm9v", base64("foo"));
  EXPECT_EQ("Zm9vYg==", base64("foob"));
  EXPECT_EQ("+/8A", base64(std::string_view("\xfb\xff\x00", 3)));
}

}  // namespace
}  // namespace gilscope::app
