// Numbers and blocks of the large writers.
#include "app/report/block_output.h"

#include <limits>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

template <typename Write>
std::string written(Write&& write) {
  std::ostringstream stream;
  {
    BlockOutput output(stream);
    write(output);
  }
  return stream.str();
}

std::string number(std::uint64_t value) {
  return written([&](BlockOutput& output) { output.append_number(value); });
}

TEST(BlockOutput, NumbersAreWhatTheLibraryWrites) {
  std::uint64_t edge = 1;
  for (int digits = 1; digits <= 19; ++digits, edge *= 10) {
    for (const std::uint64_t value : {edge - 1, edge, edge + 1, edge * 9}) {
      EXPECT_EQ(number(value), std::to_string(value));
    }
  }
  EXPECT_EQ(number(edge), std::to_string(edge));
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    EXPECT_EQ(number(value), std::to_string(value));
  }
}

TEST(BlockOutput, FractionsKeepTheirZeros) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t value = random() >> (random() % 64);
    EXPECT_EQ(written([&](BlockOutput& output) { output.append_fraction<3>(value); }),
              fmt::format("{}.{:03}", value / 1000, value % 1000));
    EXPECT_EQ(written([&](BlockOutput& output) { output.append_fraction<6>(value); }),
              fmt::format("{}.{:06}", value / 1'000'000, value % 1'000'000));
  }
}

TEST(BlockOutput, PiecesOfAnyLengthStayWhole) {
  std::string expected;
  const std::string text = written([&](BlockOutput& output) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 300; ++i) {
      output.begin_item();
      const std::string piece(random() % (i % 50 == 0 ? 1'000'000 : 3'000), static_cast<char>('a' + i % 26));
      output.append(piece);
      output.append_number(7);
      output.push_back(';');
      expected += piece + "7;";
    }
  });
  EXPECT_EQ(text, expected);
}

TEST(BlockOutput, RepeatedTextsOfAnyLengthAreWhole) {
  for (const std::size_t size : {0, 1, 31, 32, 33, 63, 64, 65, 5000, 300'000}) {
    const std::string text(size, 'x');
    const RepeatedText repeated(text);
    EXPECT_EQ(repeated.empty(), size == 0);
    std::string expected;
    const std::string all = written([&](BlockOutput& output) {
      for (int i = 0; i < 100; ++i) {
        output.written_until(write_text(repeated.write(output.room(repeated.size())), "; "));
        expected += text + "; ";
      }
    });
    EXPECT_TRUE(all == expected) << size;
  }
}

}  // namespace
}  // namespace gilscope::app
