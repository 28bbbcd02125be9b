// What the views of a comparison say of one that is known.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/compare/compare_columns.h"
#include "app/compare/compare_html.h"
#include "app/compare/compare_json.h"
#include "app/compare/compare_picture.h"
#include "app/compare/compare_sweep.h"
#include "app/compare/compare_text.h"
#include "app/report/text_layout.h"
#include "tests/app/sample_comparison.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CompareFigures, AreMediansAndTheirSpread) {
  const Comparison comparison = sample_comparison();
  const Point& point = comparison.points.front();
  const Figures figures = figures_of(point.results[1], point);
  EXPECT_EQ(figures.wall_ns, 1'250'000'000u);
  EXPECT_DOUBLE_EQ(figures.spread(), 25.0 / 1250);
  EXPECT_DOUBLE_EQ(figures.speed_up, 0.8);
  EXPECT_DOUBLE_EQ(figures.cores_used, 1.25 / 1.3);  // the middle of the runs' own shares
  EXPECT_DOUBLE_EQ(figures.gil_wait_share, 0.96);
  EXPECT_EQ(median(std::vector<std::uint64_t>{4, 1, 3, 2}), 2u);
  EXPECT_DOUBLE_EQ(median(std::vector<double>{4, 1}), 2.5);
}

TEST(CompareFigures, AreUnknownWhereTheRecorderSawNothing) {
  Comparison comparison = sample_comparison();
  Point& point = comparison.points.front();
  point.results[1].runs[1].gil.unknown_reason = "no GIL";
  EXPECT_FALSE(figures_of(point.results[1], point).gil_known);
  const auto columns = table_columns(point, {&point.results[1]});
  EXPECT_EQ(columns[4].title, "GIL wait");
  EXPECT_EQ(columns[4].cells[0], "-");
}

TEST(CompareText, IsATable) {
  const std::string text = comparison_text(sample_comparison(), {.width = 80, .ascii = true});
  EXPECT_EQ(text.substr(0, text.find("\n\nErrors")),
            R"(sample (M): Do <nothing>
CPython 3.11.2, 2 threads, medians of 3 runs, on 2 cores of A Machine

                                     speed-up          GIL
                         wall    +-            cores  wait  memory  lines
native, GIL released  11.0 ms*  9 %  90.9* ########   1.82   0 %   40 MB*    12
processes, fork        510 ms  10 %  1.96  ##         1.88   0 %   41 MB      9
sequential             1.00 s  10 %  1.00  #          0.99   0 %   41 MB      5*
threads                1.25 s   2 %  0.80  #          0.96  96 %   41 MB      7)");
}

TEST(CompareText, FitsEveryWidth) {
  for (int width = 60; width < 200; width += 7) {
    std::istringstream lines(comparison_text(sample_comparison(), {.width = width}));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(columns_of(line), static_cast<std::size_t>(width)) << line;
  }
}

TEST(CompareText, SaysWhatBrokeAndWhatIsNotHere) {
  const std::string text = comparison_text(sample_comparison(), {.width = 100});
  EXPECT_THAT(text, HasSubstr("\nErrors\nnative, GIL held  wrong result: item 3 is 1, not 2\n"
                              "Numba             no end after 5.00 s (--timeout gives it longer)\n"));
  EXPECT_THAT(text, HasSubstr("\nNot run\nCython, nogil     not installed: apt install cython3\n"));
}

TEST(CompareText, HasColourOnlyWhereItIsWanted) {
  EXPECT_THAT(comparison_text(sample_comparison(), {.width = 80}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(comparison_text(sample_comparison(), {.width = 80, .colour = true}), HasSubstr("\x1b[1m"));
}

TEST(CompareJson, HasEveryRun) {
  const auto json = nlohmann::json::parse(comparison_json(sample_comparison()));
  const auto& results = json["points"][0]["results"];
  ASSERT_EQ(results.size(), 7u);
  EXPECT_EQ(results[2]["pattern"], "processes-fork");
  EXPECT_EQ(results[2]["runs"].size(), 3u);
  EXPECT_EQ(results[2]["median"]["start_ns"], 20'000'000);
  EXPECT_EQ(results[5]["outcome"], "wrong");
  EXPECT_EQ(results[5]["message"], "item 3 is 1, not 2");
}

TEST(CompareHtml, EscapesWhatItShows) {
  std::ostringstream page;
  write_comparison_html(sample_comparison(), page);
  EXPECT_THAT(page.str(), HasSubstr("Do &lt;nothing&gt;"));
  EXPECT_THAT(page.str(), Not(HasSubstr("<nothing>")));
  EXPECT_THAT(page.str(), HasSubstr("native, GIL released"));
  EXPECT_THAT(page.str(), Not(HasSubstr("<script")));
}

double six_a_letter(std::string_view text, Font) { return 6.0 * static_cast<double>(text.size()); }

TEST(ComparePicture, HasABarForEachRow) {
  const Scene scene = comparison_scene(sample_comparison(), six_a_letter);
  ASSERT_EQ(scene.boxes.size(), 4u);
  EXPECT_GT(scene.boxes[0].width, scene.boxes[1].width);  // the fastest first
  EXPECT_EQ(scene.boxes[3].fill, Fill::kHatched);         // threads, no faster than sequential
  for (const Box& box : scene.boxes) EXPECT_LE(box.x + box.width, kPageWidth);
}

// Threads as given; `speed_up` times as fast as 1 s.
Point point_at(int threads, std::uint64_t threads_ms, std::uint64_t native_ms) {
  return {"M",
          threads,
          {measured("sequential", 1, {measurement(1000, 1000, 0)}),
           measured("threads", 1, {measurement(threads_ms, 1000, 0)}),
           measured("native-released", 1, {measurement(native_ms, 1000, 0)})}};
}

Comparison sample_sweep() {
  Comparison comparison = sample_comparison();
  comparison.points = {point_at(1, 1000, 800), point_at(2, 500, 1000), point_at(4, 1000, 500),
                       point_at(8, 990, 250)};
  return comparison;
}

TEST(CompareSweep, SaysFromWhereAPatternPaysOffAndStaysSo) {
  EXPECT_EQ(pay_off_sentences(sample_sweep()).front(),
            "Starts to pay off: at 4 threads: native, GIL released; nowhere: threads.");
  EXPECT_TRUE(pay_off_sentences(sample_comparison()).empty());
}

TEST(CompareSweep, IsATableOfSpeedUps) {
  EXPECT_EQ(sweep_text(sweep_of(sample_sweep()), 80),
            R"(speed-up               1 thread  2 threads  4 threads  8 threads
sequential, wall         1.00 s     1.00 s     1.00 s     1.00 s
native, GIL released       1.25       1.00       2.00       4.00
threads                    1.00       2.00       1.00       1.01
)");
}

TEST(CompareSweep, IsDrawnInsideThePage) {
  const Scene scene = comparison_scene(sample_sweep(), six_a_letter);
  EXPECT_GT(scene.boxes.size(), 100u);
  for (const Box& box : scene.boxes) {
    EXPECT_GE(box.x, 0);
    EXPECT_LE(box.x + box.width, kPageWidth);
    EXPECT_GE(box.y, 0);
    EXPECT_LE(box.y + box.height, kPageHeight);
  }
}

}  // namespace
}  // namespace gilscope::app
