// The estimate of a comparison's threads beside the free-threaded Python's, and the talk's table.
#include "app/compare/compare_without_gil.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/compare/compare_html.h"
#include "app/compare/compare_json.h"
#include "app/compare/compare_picture.h"
#include "app/compare/compare_talk.h"
#include "app/compare/compare_text.h"
#include "app/compare/without_gil.h"
#include "tests/app/sample_comparison.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// One thread pays 1.5; the machine gave 1.6 cores; `estimated` against a measurement of 1 s.
Comparison free_comparison(std::uint64_t estimated_ms, std::uint64_t free_cpu_ms = 1500) {
  Comparison comparison = sample_comparison();
  comparison.free_threaded_version = "3.13.9";
  comparison.modules = {{"fast", ModuleVerdict::Verdict::kStaysFree},
                        {"old", ModuleVerdict::Verdict::kSwitchesGilOn},
                        {"away", ModuleVerdict::Verdict::kNotThere}};
  Point& point = comparison.points.front();
  point.results.push_back(measured("free-threaded-sequential", 5, {measurement(1500, 1500, 0)}));
  point.results.push_back(measured("free-threaded", 7, {measurement(1000, free_cpu_ms, 0)}));
  point.crowd_ns = {1'250'000'000, 1'200'000'000, 5'000'000'000};
  point.without_gil = WithoutGil{.wall_ns = estimated_ms * 1'000'000,
                                 .least_ns = estimated_ms * 1'000'000,
                                 .price = 1.5,
                                 .price_is_measured = true,
                                 .cores = 1.6,
                                 .cores_are_measured = true};
  return comparison;
}

std::string sentences(const Comparison& comparison) {
  std::string all;
  for (const std::string& one : without_gil_sentences(comparison)) all += one + "\n";
  return all;
}

TEST(ComparePrice, IsTheProcessorTimeOfOneThreadsWork) {
  Comparison comparison = free_comparison(900);
  EXPECT_DOUBLE_EQ(free_threaded_price(comparison.points.front()).value(), 1.5);
  comparison.points.front().results.pop_back();
  EXPECT_TRUE(free_threaded_price(comparison.points.front()).has_value());
  comparison.points.front().results.pop_back();
  EXPECT_FALSE(free_threaded_price(comparison.points.front()).has_value());
}

TEST(CompareCores, AreWhatProcessesAtOnceGot) {
  Point point = free_comparison(900).points.front();
  EXPECT_DOUBLE_EQ(cores_given(point, 2).value(), 1.6);  // 2 x 1 s / 1.25 s
  point.crowd_ns = {100'000'000};
  EXPECT_DOUBLE_EQ(cores_given(point, 2).value(), 2);  // no more than there are
  point.crowd_ns = {9'000'000'000};
  EXPECT_DOUBLE_EQ(cores_given(point, 2).value(), 1);  // no less than one alone
  point.crowd_ns.clear();
  EXPECT_FALSE(cores_given(point, 2).has_value());
  EXPECT_DOUBLE_EQ(cores_given(point, 1).value(), 1);
}

TEST(CompareWithoutGil, StandsBesideTheMeasurement) {
  const std::string text = comparison_text(free_comparison(900), {.width = 80, .ascii = true});
  EXPECT_THAT(text, HasSubstr("\nwithout the GIL  estimated  measured    off  price  cores\n"
                              "M, 2 threads        900 ms    1.00 s  -10 %   1.50   1.60\n"));
  EXPECT_THAT(text, HasSubstr("CPython 3.13.9"));
  EXPECT_THAT(text, Not(HasSubstr("than estimated")));
}

TEST(CompareWithoutGil, SaysWhatItDoesNotKnow) {
  Comparison comparison = sample_comparison();
  comparison.points.front().without_gil =
      WithoutGil{.wall_ns = 600'000'000, .least_ns = 400'000'000, .cores = 2};
  EXPECT_EQ(without_gil_grid(comparison).head,
            (std::vector<std::string>{"without the GIL", "estimated", "price", "cores"}));
  EXPECT_THAT(sentences(comparison), HasSubstr("--free-threaded PATH"));
  EXPECT_THAT(sentences(comparison), HasSubstr("M, 2 threads: 400 ms if other threads ended"));
  comparison.points.front().without_gil = WithoutGil{.unknown_reason = "turns were lost"};
  EXPECT_THAT(sentences(comparison), HasSubstr("M, 2 threads: no estimate: turns were lost."));
  comparison.points.front().without_gil.reset();
  EXPECT_THAT(sentences(comparison), "");
}

TEST(CompareWithoutGil, SaysWhatTheFiguresShowWhereTheyDiffer) {
  const std::string slower = sentences(free_comparison(800, 1900));
  EXPECT_THAT(slower, HasSubstr("slower than estimated, by more than 15 %"));
  EXPECT_THAT(slower, HasSubstr("1.27 times the processor time of the same work on one thread"));
  EXPECT_THAT(slower, Not(HasSubstr("its threads used")));
  EXPECT_THAT(sentences(free_comparison(800, 1000)), HasSubstr("its threads used 1.00 of the 1.60 cores"));
  const std::string faster = sentences(free_comparison(1300, 2000));
  EXPECT_THAT(faster, HasSubstr("faster than estimated"));
  EXPECT_THAT(faster, HasSubstr("its threads used 2.00 cores, more than the 1.60 that processes got"));
  EXPECT_THAT(sentences(free_comparison(800, 1500)), HasSubstr("the figures do not say why"));
}

TEST(CompareWithoutGil, IsInJson) {
  const auto json = nlohmann::json::parse(comparison_json(free_comparison(900)));
  const auto& found = json["points"][0]["without_gil"];
  EXPECT_EQ(found["estimated_ns"], 900'000'000);
  EXPECT_EQ(found["measured_ns"], 1'000'000'000);
  EXPECT_NEAR(found["estimate_error"], -0.1, 1e-9);
  EXPECT_EQ(found["price"], 1.5);
  EXPECT_EQ(json["free_threaded_modules"]["old"], "switches the GIL on");
  EXPECT_EQ(json["free_threaded_python"], "3.13.9");
}

TEST(CompareWithoutGil, IsOnThePageAndThePicture) {
  std::ostringstream page;
  write_comparison_html(free_comparison(900), page);
  EXPECT_THAT(page.str(), HasSubstr("<td>900 ms</td><td>1.00 s</td><td>-10 %</td>"));
  EXPECT_THAT(page.str(), HasSubstr("nogil sections"));
  const Scene scene = comparison_scene(free_comparison(900), [](std::string_view text, Font) {
    return 6.0 * static_cast<double>(text.size());
  });
  EXPECT_TRUE(std::ranges::any_of(scene.labels, [](const Label& label) {
    return label.text.find("estimated 900 ms, measured 1.00 s (-10 %)") != std::string::npos;
  }));
}

TEST(CompareWithoutGil, HasNoNumbersOfATraceThatIsNotThere) {
  const WithoutGil result =
      without_gil({{"/nonexistent/run.gil", 1, 1}}, free_comparison(900).points.front(), 2);
  EXPECT_THAT(result.unknown_reason, HasSubstr("/nonexistent/run.gil"));
  EXPECT_EQ(result.wall_ns, 0u);
}

TEST(CompareTalk, IsFilledInWithWhatWasMeasured) {
  const Grid grid = talk_grid(free_comparison(900));
  std::string all;
  for (const auto& row : grid.rows) {
    ASSERT_EQ(row.size(), 3u);
    for (const std::string& cell : row) all += cell + "\n";
  }
  EXPECT_THAT(all, HasSubstr("native, GIL released is 90.9 times as fast as sequential"));
  EXPECT_THAT(all, HasSubstr("threads are 1.00 times as fast as sequential with the GIL"));
  EXPECT_THAT(all, HasSubstr("needs 1.50 times the processor time"));
  EXPECT_THAT(all, HasSubstr("12, where sequential has 5\n7, where sequential has 5"));
  EXPECT_THAT(
      all, HasSubstr("run without GIL: fast; switch it on again, for all: old; not installed for it: away"));
  EXPECT_THAT(
      all, HasSubstr("on more than 1.50 cores, to win back what one pays (this machine gave 1.60); here it "
                     "does not pay off"));
}

TEST(CompareTalk, NeedsAFreeThreadedPython) {
  EXPECT_TRUE(talk_grid(sample_comparison()).rows.empty());
  EXPECT_TRUE(talk_grid(Comparison{}).rows.empty());
}

TEST(CompareTalk, FitsItsWidth) {
  for (int width = 60; width < 200; width += 7) {
    std::istringstream lines(comparison_text(free_comparison(500), {.width = width, .ascii = true}));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(line.size(), static_cast<std::size_t>(width)) << line;
  }
}

}  // namespace
}  // namespace gilscope::app
