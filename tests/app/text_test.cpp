// Numbers and names as the summary prints them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {
namespace {

using testing::ElementsAre;

TEST(Units, DurationsHaveThreeDigits) {
  EXPECT_EQ(duration(0), "0 ns");
  EXPECT_EQ(duration(999), "999 ns");
  EXPECT_EQ(duration(1'000), "1.00 us");
  EXPECT_EQ(duration(9'994), "9.99 us");
  EXPECT_EQ(duration(9'996), "10.0 us");
  EXPECT_EQ(duration(99'960), "100 us");
  EXPECT_EQ(duration(999'400), "999 us");
  EXPECT_EQ(duration(999'600), "1.00 ms");
  EXPECT_EQ(duration(4'120'000'000), "4.12 s");
  EXPECT_EQ(duration(999'000'000'000), "999 s");
  EXPECT_EQ(duration(1'200'000'000'000), "20.0 min");
  EXPECT_EQ(duration(36'000'000'000'000), "10.0 h");
}

TEST(Units, CountsHaveSeparators) {
  EXPECT_EQ(count(0), "0");
  EXPECT_EQ(count(999), "999");
  EXPECT_EQ(count(1'000), "1,000");
  EXPECT_EQ(count(1'234'567), "1,234,567");
  EXPECT_EQ(count(1'234'567, 999'999), "1.23 M");
  EXPECT_EQ(count(999'600, 99'999), "1.00 M");
  EXPECT_EQ(count(7'200'000'000, 999'999), "7.20 G");
  EXPECT_EQ(counted(1, "turn"), "1 turn");
  EXPECT_EQ(counted(0, "turn"), "0 turns");
}

TEST(Units, PercentagesDoNotRoundToAllOrNothing) {
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(0.0001), "<0.1 %");
  EXPECT_EQ(percent(0.5), "50.0 %");
  EXPECT_EQ(percent(0.9999), ">99.9 %");
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(whole_percent(0.001), "<1 %");
  EXPECT_EQ(whole_percent(0.4951), "50 %");
  EXPECT_EQ(whole_percent(0.999), ">99 %");
  EXPECT_EQ(fine_percent(0.0001), "0.010 %");
  EXPECT_EQ(fine_percent(0.031), "3.1 %");
  EXPECT_EQ(fine_percent(0.31), "31 %");
  EXPECT_EQ(fine_percent(0.000016), "0.002 %");
  EXPECT_EQ(fine_percent(0.0000075), "<0.001 %");
  EXPECT_EQ(fine_percent(0), "0 %");
}

TEST(TextLayout, CountsColumns) {
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("caf\xc3\xa9"), 4u);
  EXPECT_EQ(columns_of("\xe7\xb7\x9a\xe7\xa8\x8b"), 4u) << "two wide characters";
  EXPECT_EQ(columns_of("e\xcc\x81"), 1u) << "a combining accent";
  EXPECT_EQ(columns_of("\xff\xfe"), 2u) << "what is not UTF-8 is counted by bytes";
}

TEST(TextLayout, ElidesInTheMiddle) {
  EXPECT_EQ(elided("worker", 6, false), "worker");
  EXPECT_EQ(elided("ThreadPoolExecutor-0_1", 10, false), "Threa\xe2\x80\xa6-0_1");
  EXPECT_EQ(elided("ThreadPoolExecutor-0_1", 10, true), "Thre..-0_1");
  EXPECT_EQ(elided("abcdef", 1, false), "a");
  for (std::size_t columns = 0; columns < 12; ++columns) {
    EXPECT_LE(columns_of(elided("\xe7\xb7\x9a\xe7\xa8\x8b\xe7\xb7\x9a\xe7\xa8\x8b 12", columns, false)),
              columns);
  }
}

TEST(TextLayout, ReplacesWhatATerminalWouldActOn) {
  EXPECT_EQ(printable("a\x1b[31mb\n", false), "a?[31mb?");
  EXPECT_EQ(printable("\xc2\x9b\x7f", false), "??");
  EXPECT_EQ(printable("\xe2\x80\xae", false), "?") << "right-to-left override";
  EXPECT_EQ(printable("\xc0\x80\xed\xa0\x80", false), "?????") << "overlong, surrogate";
  EXPECT_EQ(printable("caf\xc3\xa9", false), "caf\xc3\xa9");
  EXPECT_EQ(printable("caf\xc3\xa9", true), "caf?");
}

TEST(TextLayout, WrapsAtSpaces) {
  EXPECT_THAT(wrap("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("abcdefghij kl", 4), ElementsAre("abcd", "efgh", "ij", "kl"));
  EXPECT_THAT(wrap("it took " + unbroken("5 ms"), 10), ElementsAre("it took", "5 ms"));
  EXPECT_THAT(wrap("", 10), ElementsAre());
}

}  // namespace
}  // namespace gilscope::app
