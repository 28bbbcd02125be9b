// The picture as boxes and labels, with letters that are all equally wide; then the files that are made of
// it.
#include "app/report/picture.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/picture_layout.h"
#include "app/report/picture_svg.h"
#include "app/report/run_moment.h"
#include "app/report/text_layout.h"
#include "app/user_error.h"
#include "kernels/png.h"
#include "tests/app/endless_trace.h"
#include "tests/app/golden.h"
#include "tests/app/memory_trace.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {
namespace {

using testing::Contains;
using testing::HasSubstr;

double equally_wide(std::string_view text, Font font) {
  return 0.6 * font.size * static_cast<double>(columns_of(text));
}

constexpr std::uint64_t kToEnd = ~std::uint64_t{0};

Scene scene_of(const Report& report, const Trace& trace, std::uint64_t from = 0, std::uint64_t to = kToEnd) {
  return picture_scene(report, trace, from, to, equally_wide);
}

std::vector<std::string> texts_of(const Scene& scene) {
  std::vector<std::string> texts;
  for (const Label& label : scene.labels) texts.push_back(label.text);
  return texts;
}

void expect_on_page(const Scene& scene) {
  for (const Box& box : scene.boxes) {
    EXPECT_GE(box.x, 0);
    EXPECT_GE(box.y, 0);
    EXPECT_LE(box.x + box.width, kPageWidth + 0.001);
    EXPECT_LE(box.y + box.height, kPageHeight);
  }
  for (const Label& label : scene.labels) {
    EXPECT_GE(label.font.size, 28) << "for the back row: " << label.text;
    const double width = equally_wide(label.text, label.font);
    const double left = label.align == Align::kLeft     ? label.x
                        : label.align == Align::kMiddle ? label.x - width / 2
                                                        : label.x - width;
    EXPECT_GE(left, 0) << label.text;
    EXPECT_LE(left + width, kPageWidth) << label.text;
    EXPECT_LE(label.y, kPageHeight);
  }
}

// Two threads that take turns of a second; the first of the second is waited for.
MemoryTrace two_threads() {
  MemoryTrace trace;
  constexpr probe::Ticks kSecond = 1'000'000'000;
  TraceFacts& facts = trace.its_facts;
  facts.run = verified_run();
  facts.run.command = "gilscope run <two> & \"more\".py";
  facts.threads = {thread_facts(0, "main", 0), thread_facts(1, "worker", kSecond / 2)};
  facts.gils = {{0, 4, 0, 0}};
  facts.now = 4 * kSecond;
  trace.add(0, {asked(0, 0, 0, kSecond * 99 / 100, kSecond), turn(2, kSecond, 2 * kSecond, 3 * kSecond)});
  trace.add(1, {turn(1, kSecond / 2, kSecond, 2 * kSecond), turn(3, 2 * kSecond, 3 * kSecond, 4 * kSecond)});
  trace.end_pass();
  trace.end_pass();
  return trace;
}

TEST(Picture, ShowsWhatTheReportSays) {
  const MemoryTrace trace = two_threads();
  const Report report = trace.report();
  const Scene scene = scene_of(report, trace);
  expect_on_page(scene);
  for (const char* text :
       {"100 %", "GIL held", "62.5 %", "somebody waiting", "longest wait", "1.00 s", "turns", "4", "lost",
        "0", "GIL", "main", "worker", "50 %", "57 %", "0 s", "2 s", "4 s"}) {
    EXPECT_THAT(texts_of(scene), Contains(text));
  }
  EXPECT_THAT(texts_of(scene), Contains(HasSubstr("verified on CPython 3.11.2: 4 turns, 0 lost")));
  EXPECT_THAT(texts_of(scene), Contains(HasSubstr("Only one thread ran Python at any moment")));
}

TEST(Picture, HoldIsSolidWaitHatchedBothAsHighAsTheLane) {
  const MemoryTrace trace = two_threads();
  const Scene scene = scene_of(trace.report(), trace);
  std::vector<Box> holds, waits;
  for (const Box& box : scene.boxes) {
    if (box.fill == Fill::kHatched && box.width > 100) waits.push_back(box);
    if (box.colour == colours::kGreen && box.width > 100) holds.push_back(box);  // the worker's
  }
  ASSERT_EQ(holds.size(), 4u) << "two turns, on the GIL's lane and on the thread's";
  EXPECT_DOUBLE_EQ(holds[2].x, kPlotX + kPlotWidth / 4);
  EXPECT_DOUBLE_EQ(holds[2].width, kPlotWidth / 4);
  ASSERT_EQ(waits.size(), 3u);
  EXPECT_DOUBLE_EQ(waits[0].x, kPlotX + kPlotWidth / 4) << "the main thread's, from its drop on";
  EXPECT_DOUBLE_EQ(waits[1].x, kPlotX + kPlotWidth / 8);
  EXPECT_DOUBLE_EQ(waits[1].width, kPlotWidth / 8);
  EXPECT_DOUBLE_EQ(waits[1].height, holds[2].height);
  EXPECT_DOUBLE_EQ(waits[1].y + waits[1].height, holds[2].y + holds[2].height);
}

TEST(Picture, APartOfTheRun) {
  const MemoryTrace trace = two_threads();
  const Report report = trace.report();
  const Scene scene = scene_of(report, trace, 1'500'000'000, 2'500'000'000);
  expect_on_page(scene);
  EXPECT_THAT(texts_of(scene), Contains(HasSubstr("a part of the run")));
  EXPECT_THAT(texts_of(scene), Contains("2.0 s"));
  EXPECT_THAT(texts_of(scene), testing::Not(Contains("4 s")));
  bool worker_keeps_its_colour = false;
  for (const Box& box : scene.boxes) {
    worker_keeps_its_colour |= box.colour == colours::kGreen && std::abs(box.width - kPlotWidth / 2) < 1;
  }
  EXPECT_TRUE(worker_keeps_its_colour);
  EXPECT_THROW(scene_of(report, trace, 5'000'000'000, kToEnd), UserError);
  EXPECT_THROW(scene_of(report, trace, 3'000'000'000, 2'000'000'000), UserError);
}

TEST(Picture, WhatIsWrongIsLoud) {
  const MemoryTrace trace = two_threads();
  Report report = trace.report();
  report.gils[0].lost = report.gils[0].missing = 12;
  report.gils[0].takes_counted += 12;
  report.lost_reason = "the disk is full";
  report.ends_early = "the process was killed";
  const Scene scene = scene_of(report, trace);
  expect_on_page(scene);
  EXPECT_THAT(texts_of(scene), Contains(HasSubstr("12 turns LOST (75.0 % of all): the disk is full")));
  EXPECT_THAT(texts_of(scene), Contains(HasSubstr("THE RECORDING ENDS EARLY: the process was killed")));
  EXPECT_EQ(std::ranges::count_if(scene.boxes, [](const Box& box) { return box.width == kPageWidth; }), 2);
  report.gils[0].overlaps = 1;
  EXPECT_THAT(texts_of(scene_of(report, trace)), Contains(HasSubstr("LAW BROKEN")));
  EXPECT_THAT(texts_of(scene_of(report, trace)), Contains(HasSubstr("NOT verified")));
}

TEST(Picture, WithoutNumbersSaysWhy) {
  MemoryTrace trace;
  trace.its_facts.run.unverified_reason = "this Python has no GIL";
  const Scene scene = scene_of(trace.report(), trace);
  expect_on_page(scene);
  EXPECT_THAT(texts_of(scene), Contains("NO NUMBERS"));
  EXPECT_THAT(texts_of(scene), Contains("this Python has no GIL"));
  EXPECT_EQ(scene.boxes.size(), 1u) << "the band behind the words, and no timeline";
}

TEST(Picture, WithoutTurnsSaysSo) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  trace.its_facts.now = 1000;
  const Scene scene = scene_of(trace.report(), trace);
  EXPECT_THAT(texts_of(scene), Contains("No turns in this run: nobody took the GIL."));
  trace.its_facts.now = 0;
  expect_on_page(scene_of(trace.report(), trace));
}

TEST(Picture, WithoutAGilEveryThreadHasALane) {
  MemoryTrace trace;
  trace.its_facts.run = verified_run();
  trace.its_facts.run.gil_enabled = false;
  trace.its_facts.threads = {thread_facts(0, "main", 0), thread_facts(1, "never-blocked", 10)};
  trace.its_facts.now = 1000;
  const Scene scene = scene_of(trace.report(), trace);
  expect_on_page(scene);
  EXPECT_THAT(texts_of(scene), Contains("main"));
  EXPECT_THAT(texts_of(scene), Contains("never-blocked"));
}

TEST(Picture, ManyThreadsAreSaidInWords) {
  std::vector<EndlessTrace::Habit> habits;
  for (int i = 0; i < 500; ++i) {
    habits.push_back({"a thread whose name is far too long for its place " + std::to_string(i), 1000, 1e5});
  }
  EndlessTrace trace(habits, 20'000);
  trace.its_facts().run.command = std::string(3000, 'x') + " \xff\x01 y";
  const Scene scene = scene_of(trace.report(), trace);
  expect_on_page(scene);
  EXPECT_THAT(texts_of(scene),
              Contains(testing::MatchesRegex("the [0-9]+ busiest threads; 49[0-9] more .*")));
}

TEST(Picture, ManyTurnsStayFewBoxes) {
  const EndlessTrace few({{"a", 1000, 3000}, {"b", 1000, 3000}}, 2'000);
  const EndlessTrace many({{"a", 1000, 3000}, {"b", 1000, 3000}}, 200'000);
  const std::size_t boxes = scene_of(many.report(), many).boxes.size();
  EXPECT_LT(boxes, 3 * 3 * kPlotColumns);
  EXPECT_GT(scene_of(few.report(), few).boxes.size(), 100u);
}

TEST(Picture, TimeTicksAreRound) {
  const auto labels = [](std::uint64_t from, std::uint64_t to) {
    std::string text;
    for (const TimeTick& tick : time_ticks(from, to, 8)) text += tick.label + ";";
    return text;
  };
  EXPECT_EQ(labels(0, 4'120'000'000), "0 s;1 s;2 s;3 s;4 s;");
  EXPECT_EQ(labels(0, 1'480'000'000), "0 s;0.2 s;0.4 s;0.6 s;0.8 s;1.0 s;1.2 s;1.4 s;");
  EXPECT_EQ(labels(1'200'000'000, 1'300'000'000), "1.20 s;1.22 s;1.24 s;1.26 s;1.28 s;1.30 s;");
  EXPECT_EQ(labels(0, 500'000'000), "0 ms;100 ms;200 ms;300 ms;400 ms;500 ms;");
  EXPECT_EQ(labels(3'700, 9'000), "4 us;5 us;6 us;7 us;8 us;9 us;");
  EXPECT_EQ(labels(0, 3), "0 ns;1 ns;2 ns;3 ns;");
  EXPECT_EQ(labels(7, 7), "");
  EXPECT_LE(time_ticks(0, ~std::uint64_t{0} / 4, 8).size(), 8u);
}

TEST(Picture, Svg) {
  const MemoryTrace trace = two_threads();
  std::ostringstream out;
  write_svg(scene_of(trace.report(), trace), "a <title> & more", out);
  expect_golden("picture.svg", out.str());
}

TEST(Picture, FormatIsInTheName) {
  EXPECT_EQ(picture_format("a/b.c/run.png"), PictureFormat::kPng);
  EXPECT_EQ(picture_format("run.SVG"), PictureFormat::kSvg);
  EXPECT_EQ(picture_format("run.pdf"), PictureFormat::kPdf);
  for (const char* wrong : {"run", "run.jpg", "png", "-", "run.png/x", ""}) {
    try {
      picture_format(wrong);
      ADD_FAILURE() << wrong;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(".png, .svg or .pdf"));
    }
  }
}

TEST(RunMoment, IsATimeOrAShare) {
  constexpr std::uint64_t kWall = 10'000'000'000;
  const auto at = [](const char* text) { return parse_run_moment(text, "--from").in(kWall); };
  EXPECT_EQ(at("1.5s"), 1'500'000'000u);
  EXPECT_EQ(at("200ms"), 200'000'000u);
  EXPECT_EQ(at("10%"), 1'000'000'000u);
  EXPECT_EQ(at("100%"), kWall);
  EXPECT_EQ(at("3us"), 3'000u);
  EXPECT_EQ(at("7ns"), 7u);
  EXPECT_EQ(at("0"), 0u);
  EXPECT_EQ(at("2min"), kWall) << "not behind the end";
  EXPECT_EQ(at("999999999999999999999s"), kWall);
  EXPECT_EQ(kEndOfRun.in(kWall), kWall);
  for (const char* wrong : {"", "5", "s", "-1s", "1.2.3s", "101%", "1 s", "1h", ".s", "nan%", "1e3s"}) {
    EXPECT_THROW(parse_run_moment(wrong, "--from"), UserError) << wrong;
  }
}

class PictureFile : public testing::Test {
 protected:
  static std::string written(PictureFormat format) {
    const MemoryTrace trace = two_threads();
    std::ostringstream out;
    write_picture(trace.report(), trace, {.format = format}, out);
    return out.str();
  }
};

TEST_F(PictureFile, IsTheSameEachTime) {
  for (const PictureFormat format : {PictureFormat::kPng, PictureFormat::kSvg, PictureFormat::kPdf}) {
    const std::string once = written(format);
    EXPECT_GT(once.size(), 1000u);
    EXPECT_TRUE(written(format) == once);
  }
}

TEST_F(PictureFile, PngHasTheColoursInTheirPlaces) {
  const std::string path = testing::TempDir() + "gilscope_picture_test.png";
  std::ofstream(path, std::ios::binary) << written(PictureFormat::kPng);
  const kernels::PngResult png = kernels::read_png(path);
  std::remove(path.c_str());
  ASSERT_FALSE(png.error.failed());
  const kernels::ConstImageView image = png.image.view();
  ASSERT_EQ(image.width, 1920u);
  ASSERT_EQ(image.height, 1080u);
  const auto colour_at = [&](double x, double y) {
    const std::uint8_t* const pixel =
        png.image.data() +
        (static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x)) * image.channels;
    return static_cast<Colour>(pixel[0] << 16 | pixel[1] << 8 | pixel[2]);
  };
  const MemoryTrace trace = two_threads();
  const Scene scene = scene_of(trace.report(), trace);
  EXPECT_EQ(colour_at(2, 2), colours::kPaper);
  std::size_t looked_at = 0;
  for (const Box& box : scene.boxes) {
    // The middle of what nothing else lies over.
    if (box.width < 100 || box.height < 40 || box.fill != Fill::kSolid || box.colour == colours::kOutside)
      continue;
    EXPECT_EQ(colour_at(box.x + box.width / 2, box.y + box.height / 2), box.colour);
    ++looked_at;
  }
  EXPECT_EQ(looked_at, 8u);
  // Hatched is both, stripe and ground.
  const auto wait = std::ranges::find_if(
      scene.boxes, [](const Box& box) { return box.fill == Fill::kHatched && box.width > 100; });
  bool stripe = false, ground = false;
  for (double x = wait->x + 10; x < wait->x + 40; ++x) {
    const Colour colour = colour_at(x, wait->y + wait->height / 2);
    stripe |= colour == wait->colour;
    ground |= colour == colours::kOutside;
  }
  EXPECT_TRUE(stripe);
  EXPECT_TRUE(ground);
}

TEST_F(PictureFile, PdfIsOne) {
  const std::string pdf = written(PictureFormat::kPdf);
  EXPECT_TRUE(pdf.starts_with("%PDF-1."));
  EXPECT_TRUE(pdf.find("%%EOF") != std::string::npos);
  EXPECT_TRUE(pdf.find("/Font") != std::string::npos) << "letters are text";
  const bool is_packed = pdf.find("/XRef") != std::string::npos;  // newer Cairo packs what is no drawing, too
  EXPECT_TRUE(is_packed || pdf.find("(19700101") != std::string::npos) << "the run's date, not today's";
}

TEST_F(PictureFile, AStreamThatFailsIsLeftToItsOwner) {
  const MemoryTrace trace = two_threads();
  for (const PictureFormat format : {PictureFormat::kPng, PictureFormat::kSvg, PictureFormat::kPdf}) {
    std::ostringstream out;
    out.setstate(std::ios::badbit);
    write_picture(trace.report(), trace, {.format = format}, out);
    EXPECT_TRUE(out.bad());
  }
}

}  // namespace
}  // namespace gilscope::app
