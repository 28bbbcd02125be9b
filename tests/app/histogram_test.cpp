#include "app/timeline/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace gilscope::app {
namespace {

probe::Ticks nearest_rank(std::vector<probe::Ticks> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

void expect_within_bound(probe::Ticks found, probe::Ticks truth) {
  const double error = std::abs(static_cast<double>(found) - static_cast<double>(truth));
  EXPECT_LE(error, static_cast<double>(truth) / 128.0) << found << " for " << truth;
}

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.max(), 0u);
  EXPECT_EQ(histogram.percentile(0.99), 0u);
}

TEST(Histogram, IsExactBelow128) {
  Histogram histogram;
  for (probe::Ticks value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.percentile(0.50), 50u);
  EXPECT_EQ(histogram.percentile(0.99), 99u);
  EXPECT_EQ(histogram.percentile(1.0), 100u);
}

TEST(Histogram, IsExactForEqualValues) {
  Histogram histogram;
  for (int i = 0; i < 10; ++i) histogram.add(1'234'567);
  EXPECT_EQ(histogram.percentile(0.50), 1'234'567u);
}

TEST(Histogram, CountsZerosAsValues) {
  Histogram histogram;
  for (int i = 0; i < 98; ++i) histogram.add(0);
  histogram.add(5'000);
  histogram.add(7'000);
  EXPECT_EQ(histogram.percentile(0.50), 0u);
  EXPECT_EQ(histogram.percentile(0.98), 0u);
  EXPECT_NEAR(static_cast<double>(histogram.percentile(0.99)), 5'000, 5'000.0 / 128);
  EXPECT_EQ(histogram.max(), 7'000u);
}

TEST(Histogram, TakesTheLargestTicksThereAre) {
  Histogram histogram;
  const probe::Ticks top = ~probe::Ticks{0};
  histogram.add(top);
  histogram.add(top - 1);
  EXPECT_EQ(histogram.max(), top);
  expect_within_bound(histogram.percentile(0.5), top - 1);
}

TEST(Histogram, StaysWithinTheBoundOverManyMagnitudes) {
  std::mt19937_64 random(20240607);
  for (int round = 0; round < 50; ++round) {
    std::uniform_real_distribution<double> exponent(0, 40);
    Histogram histogram;
    std::vector<probe::Ticks> values;
    const std::size_t count = 1 + random() % 2000;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<probe::Ticks>(std::exp2(exponent(random))));
      histogram.add(values.back());
    }
    for (const double share : {0.01, 0.5, 0.9, 0.99, 1.0}) {
      expect_within_bound(histogram.percentile(share), nearest_rank(values, share));
    }
    EXPECT_EQ(histogram.max(), *std::max_element(values.begin(), values.end()));
  }
}

TEST(Histogram, ACopyIsItsOwn) {
  Histogram first;
  first.add(100'000);
  Histogram second = first;
  second.add(200'000);
  EXPECT_EQ(first.count(), 1u);
  EXPECT_EQ(first.max(), 100'000u);
  EXPECT_EQ(second.count(), 2u);
}

}  // namespace
}  // namespace gilscope::app
