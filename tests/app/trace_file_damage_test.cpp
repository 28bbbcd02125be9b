// Trace files that were cut off, changed or spliced: what can be read is, the rest is told, nothing crashes.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "app/trace_file/crc32c.h"
#include "app/trace_file/trace_format.h"
#include "app/trace_file/trace_reader.h"
#include "app/trace_file/wire.h"
#include "app/user_error.h"
#include "tests/app/trace_file_samples.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gilscope::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

void put_checksum(Bytes& bytes, std::size_t from, std::size_t size) {
  const std::uint32_t checksum = crc32c(std::span(bytes).subspan(from, size));
  for (std::size_t i = 0; i < 4; ++i) bytes[from + size + i] = static_cast<std::uint8_t>(checksum >> (8 * i));
}

// Makes the checksums of all blocks right again, as far as blocks can be found.
void mend_checksums(Bytes& bytes) {
  std::size_t at = kTraceHeaderSize;
  while (at < bytes.size()) {
    ByteReader head{std::span(bytes).subspan(at)};
    const std::size_t before = head.left();
    head.byte();
    const std::uint64_t length = head.varint();
    if (head.failed() || length + 4 > head.left()) return;
    const std::size_t size = before - head.left() + static_cast<std::size_t>(length);
    put_checksum(bytes, at, size);
    at += size + 4;
  }
}

TEST(TraceDamage, ReadsUpToTheLastCheckpointBeforeTheCut) {
  const Bytes whole = written(3);
  ASSERT_EQ(TraceReader::of_bytes(whole, "test.gil").facts().run.ends_early, "");
  std::uint64_t turns_before = 0;
  int readable = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    try {
      const TraceReader reader = TraceReader::of_bytes(cut, "test.gil");
      EXPECT_NE(reader.facts().run.ends_early, "");
      const Report report = report_of(reader);
      ASSERT_THAT(check_laws(report), IsEmpty()) << size;
      const std::uint64_t turns = report.gils.empty() ? 0 : report.gils[0].turns;
      EXPECT_GE(turns, turns_before);  // a longer piece tells no less
      turns_before = turns;
      ++readable;
    } catch (const UserError& error) {
      EXPECT_EQ(readable, 0) << error.what();
    }
  }
  EXPECT_GT(turns_before, 50u);
}

TEST(TraceDamage, EveryChangedBitIsSeen) {
  const Bytes whole = written(1);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
    try {
      const TraceReader reader = TraceReader::of_bytes(changed, "test.gil");
      EXPECT_NE(reader.facts().run.ends_early, "") << at;
      EXPECT_THAT(check_laws(report_of(reader)), IsEmpty()) << at;
    } catch (const UserError&) {
    }
  }
}

TEST(TraceDamage, NothingCrashes) {
  std::mt19937_64 random(11);
  std::vector<Bytes> files;
  for (std::uint64_t seed = 0; seed < 8; ++seed) files.push_back(written(seed));
  for (int i = 0; i < 6'000; ++i) {
    Bytes bytes = files[random() % files.size()];
    for (std::uint64_t changes = random() % 6; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          bytes[at] = random() % 2 == 0 ? 0xff : 0x00;
          break;
        case 2: {  // a piece of another file
          const Bytes& other = files[random() % files.size()];
          const std::size_t from = random() % other.size();
          const std::size_t count =
              std::min({std::size_t{1} + random() % 64, other.size() - from, bytes.size() - at});
          std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), count,
                      bytes.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        }
        default:
          bytes.resize(std::max<std::size_t>(at, 1));
      }
    }
    if (random() % 4 != 0) mend_checksums(bytes);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
}

TEST(TraceDamage, ALaterMinorVersionIsPassedOver) {
  Bytes bytes = written(2);
  bytes[10] = 7;  // the minor version
  put_checksum(bytes, 0, kTraceHeaderSize - 4);
  // After the first block, one that nobody knows yet.
  ByteReader head{std::span(bytes).subspan(kTraceHeaderSize)};
  head.byte();
  const std::size_t first = kTraceHeaderSize + 1 + 1 + (bytes[kTraceHeaderSize + 1] >= 0x80 ? 1 : 0) +
                            static_cast<std::size_t>(head.varint()) + 4;
  const Bytes unknown = {200, 3, 1, 2, 3, 0, 0, 0, 0};
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(first), unknown.begin(), unknown.end());
  mend_checksums(bytes);
  const TraceReader reader = TraceReader::of_bytes(bytes, "test.gil");
  EXPECT_EQ(reader.facts().run.ends_early, "");
  EXPECT_EQ(report_of(reader).gils.at(0).turns, 60u);
}

TEST(TraceDamage, ANewerMajorVersionIsRefusedByName) {
  Bytes bytes = written(2);
  bytes[8] = 9;
  put_checksum(bytes, 0, kTraceHeaderSize - 4);
  try {
    TraceReader::of_bytes(bytes, "test.gil");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("9.0"));
    EXPECT_THAT(error.what(), HasSubstr("1.1"));
  }
}

}  // namespace
}  // namespace gilscope::app
