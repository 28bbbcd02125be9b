// Records and facts as bytes and back: whatever the values are.
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/trace_file/crc32c.h"
#include "app/trace_file/facts_codec.h"
#include "app/trace_file/record_codec.h"
#include "app/trace_file/wire.h"
#include "tests/app/trace_file_fixture.h"

namespace gilscope::app {
namespace {

using probe::RecordKind;
using probe::Turn;
using ::testing::ElementsAre;

std::vector<std::uint8_t> encoded(std::span<const Turn> records, RecordState state = {}) {
  std::vector<std::uint8_t> bytes(records.size() * kMaxRecordSize);
  std::uint8_t* at = bytes.data();
  for (const Turn& record : records) at = encode_record(at, record, state);
  bytes.resize(static_cast<std::size_t>(at - bytes.data()));
  return bytes;
}

void expect_same_back(std::span<const Turn> records) {
  const std::vector<std::uint8_t> bytes = encoded(records);
  ByteReader in(bytes);
  RecordState state;
  std::vector<Turn> decoded(records.size());
  decode_records(in, state, decoded);
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(text_of(decoded[i]), text_of(records[i]));
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.left(), 0u);
}

TEST(RecordCodec, TheExampleInTheFormat) {
  RecordState state;
  state.last_drop = state.last_moment = 5000;
  state.sequence = 40;
  const Turn records[] = {turn(41, 5300, 5300, 5450), asked(42, 5500, 5564, 5822, 5842)};
  EXPECT_THAT(encoded(records, state), ElementsAre(0x00, 0xac, 0x02, 0x96, 0x01,  //
                                                   0x34, 0x32, 0x40, 0x96, 0x02, 0x14));
}

TEST(RecordCodec, AUsualTurnTakesFiveBytes) {
  std::vector<Turn> records;
  for (std::uint32_t i = 0; i < 1000; ++i) records.push_back(turn(i, i * 2000, i * 2000, i * 2000 + 900));
  EXPECT_LE(encoded(records).size(), 5005u);
  expect_same_back(records);
}

TEST(RecordCodec, EveryKindKeepsEveryField) {
  std::vector<Turn> records;
  for (std::uint8_t kind = 0; kind < probe::kRecordKinds; ++kind) {
    Turn record = turn(7, 100, 250, 900);
    record.kind = static_cast<RecordKind>(kind);
    record.request = 4'000'000'000'000;
    record.requests = 2;
    record.location = 3;
    record.gil = 1;
    records.push_back(record);
    record.want = record.take = 0;
    records.push_back(record);
    record.request = 0;
    record.location = 0;
    record.sequence = 0;
    records.push_back(record);
  }
  expect_same_back(records);
}

TEST(RecordCodec, WhatCannotBeSurvives) {
  std::mt19937_64 random(1);
  const std::uint64_t edges[] = {0,
                                 1,
                                 127,
                                 128,
                                 1u << 31,
                                 0xffff'ffff,
                                 std::uint64_t{1} << 63,
                                 std::numeric_limits<std::uint64_t>::max()};
  const auto any = [&] { return random() % 2 == 0 ? edges[random() % std::size(edges)] : random(); };
  std::vector<Turn> records;
  for (int i = 0; i < 20'000; ++i) {
    Turn record;
    record.kind = static_cast<RecordKind>(random() % probe::kRecordKinds);
    record.want = any();
    record.take = random() % 3 == 0 ? record.want : any();
    record.drop = any();
    record.request = any();
    record.sequence = static_cast<std::uint32_t>(any());
    record.location = static_cast<std::uint32_t>(random() % 2 == 0 ? random() % 4 : any());
    record.gil = static_cast<std::uint16_t>(random() % 2 == 0 ? 0 : any());
    record.requests = static_cast<std::uint8_t>(any());
    record.end = static_cast<probe::TurnEnd>(random() % 4);
    records.push_back(record);
  }
  expect_same_back(records);
}

TEST(Wire, VarintsOfAllLengths) {
  for (int bits = 0; bits <= 64; ++bits) {
    const std::uint64_t value = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits);
    ByteWriter out;
    out.varint(value);
    out.signed_varint(static_cast<std::int64_t>(value));
    ByteReader in(out.bytes());
    EXPECT_EQ(in.varint(), value);
    EXPECT_EQ(in.signed_varint(), static_cast<std::int64_t>(value));
    EXPECT_FALSE(in.failed());
    ByteReader cut(out.bytes().first(1));
    cut.varint();
    EXPECT_EQ(cut.failed(), value >= 128);
  }
  const std::uint8_t too_long[11] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
  ByteReader in(too_long);
  in.varint();
  EXPECT_TRUE(in.failed());
  const std::uint8_t too_large[10] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02};
  ByteReader large(too_large);
  large.varint();
  EXPECT_TRUE(large.failed());
}

TEST(Wire, ReadingBehindTheEndFailsForGood) {
  const std::uint8_t bytes[] = {5, 'a', 'b'};
  ByteReader in(bytes);
  EXPECT_EQ(in.text(), "");
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.byte(), 0);
  EXPECT_EQ(in.left(), 0u);
}

TEST(Crc32c, TheUsualCheckValue) {
  const std::string digits = "123456789";
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size());
  EXPECT_EQ(crc32c(bytes), 0xe3069283u);
  EXPECT_EQ(crc32c(bytes.subspan(4), crc32c(bytes.first(4))), 0xe3069283u);
}

TEST(TraceSize, AsPeopleWriteIt) {
  for (const auto& [text, bytes] :
       std::vector<std::pair<const char*, std::uint64_t>>{{"4096", 4096},
                                                          {"100k", 102'400},
                                                          {"500MB", 500'000'000},
                                                          {"2GiB", std::uint64_t{2} << 30},
                                                          {"1.5g", std::uint64_t{3} << 29},
                                                          {"7 ", 0},
                                                          {"", 0},
                                                          {"MB", 0},
                                                          {"1XB", 0},
                                                          {"-1", 0},
                                                          {"1e3", 0},
                                                          {"99999999999T", 0}}) {
    if (bytes == 0) {
      EXPECT_ANY_THROW(parse_size(text, "--trace-limit")) << text;
    } else {
      EXPECT_EQ(parse_size(text, "--trace-limit"), bytes) << text;
    }
  }
  EXPECT_EQ(size_text(std::uint64_t{1} << 30), "1 GiB");
  EXPECT_EQ(size_text(500'000'000), "500 MB");
  EXPECT_EQ(size_text(65'536), "64 KiB");
  EXPECT_EQ(size_text(70'001), "70001 bytes");
}

}  // namespace
}  // namespace gilscope::app
