// The tour: its table of steps, the sentences that are made of figures, the sizes, and what it looks like.
#include <algorithm>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/compare/pattern.h"
#include "app/report/text_layout.h"
#include "app/tour/learned.h"
#include "app/tour/step_sizes.h"
#include "app/tour/still_lanes.h"
#include "app/tour/tour_step.h"
#include "app/tour/tour_text.h"
#include "app/trace_file/trace_writer.h"
#include "app/user_error.h"
#include "tests/app/trace_file_fixture.h"

namespace gilscope::app {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const TourStep& step_named(std::string_view name) {
  return *std::ranges::find(tour_steps(), name, &TourStep::name);
}

RunFigures figures(std::string_view label, std::uint64_t wall_ms, double times, double cores, double waits) {
  return {label, true, wall_ms * 1'000'000, times, cores, true, waits};
}

// One thread, and another run so many times as fast.
StepFigures two_runs(double times, double cores, double waits) {
  return {{figures("one", 4000, 0, 1, 0),
           figures("two", static_cast<std::uint64_t>(4000 / times), times, cores, waits)},
          2};
}

TEST(TourStep, EveryRunIsOfAPatternAndComparedWithAnEarlierOne) {
  std::set<std::string_view> names;
  for (const TourStep& step : tour_steps()) {
    EXPECT_TRUE(names.insert(step.name).second) << step.name;
    EXPECT_THAT(std::string(step.question), EndsWith("?")) << step.name;
    EXPECT_FALSE(step.guess.empty()) << step.name;
    ASSERT_LT(step.lanes, step.runs.size());
    EXPECT_TRUE(step.key == kFastest || step.key < step.runs.size());
    for (std::size_t i = 0; i < step.runs.size(); ++i) {
      const TourRun& run = step.runs[i];
      EXPECT_NE(std::ranges::find(patterns(), run.pattern, &Pattern::id), patterns().end()) << run.pattern;
      EXPECT_LE(run.base, i) << step.name;
      EXPECT_EQ(step.runs[run.base].workload, run.workload) << step.name;
      EXPECT_EQ(step.runs[run.base].paced, run.paced) << step.name;
    }
  }
}

TEST(TourStep, ChosenOnesStayInTheToursOrder) {
  const auto names = [](const std::vector<const TourStep*>& steps) {
    std::vector<std::string_view> list;
    for (const TourStep* step : steps) list.push_back(step->name);
    return list;
  };
  EXPECT_EQ(chosen_steps({}, {}).size(), tour_steps().size());
  EXPECT_THAT(names(chosen_steps({"io", "threads"}, {})), testing::ElementsAre("threads", "io"));
  EXPECT_THAT(names(chosen_steps({"io", "threads"}, {"io"})), testing::ElementsAre("threads"));
  EXPECT_EQ(chosen_steps({}, {"io"}).size(), tour_steps().size() - 1);
}

TEST(TourStep, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  const auto message = [](const std::vector<std::string>& only, const std::vector<std::string>& skip) {
    try {
      chosen_steps(only, skip);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message({"thraeds"}, {}), HasSubstr("did you mean 'threads'?"));
  EXPECT_THAT(message({}, {"asyncoi"}), HasSubstr("did you mean 'asyncio'?"));
  EXPECT_THAT(message({"xyzzyxyzzy"}, {}), HasSubstr("it has: countdown, threads, "));
  EXPECT_THAT(message({"io"}, {"io"}), HasSubstr("all steps are skipped"));
}

TEST(TourLearned, PaceSaysFasterSlowerOrTheSame) {
  EXPECT_EQ(pace("Two threads", 1.92, "one"), "Two threads ran 1.92 times as fast as one");
  EXPECT_EQ(pace("Two threads", 150.2, "one"), "Two threads ran 150 times as fast as one");
  EXPECT_EQ(pace("Two threads", 0.5, "one"), "Two threads took 2.00 times as long as one");
  EXPECT_EQ(pace("Two threads", 0.98, "one"), "Two threads took as long as one (0.98 times as fast)");
}

TEST(TourLearned, ThreadsThatTakeTurns) {
  EXPECT_EQ(
      learned_of_threads(two_runs(0.8, 1, 0.98)),
      "Two threads took 1.25 times as long as one: they took turns with the GIL, and somebody waited for "
      "the GIL for 98 % of the time.");
}

TEST(TourLearned, ThreadsThatWonOrDidNotWaitAreNoLessonAboutTheGil) {
  StepFigures won = two_runs(1.9, 1, 0.98);
  EXPECT_THAT(learned_of_threads(won), HasSubstr("which one GIL does not allow in pure Python"));
  EXPECT_THAT(learned_of_threads(won), HasSubstr("Run this step again"));
  won.runs[0].cores_used = 0.5;
  EXPECT_THAT(learned_of_threads(won), HasSubstr("which got 0.50 of a core"));
  won.runs[1].gil_known = false;
  EXPECT_THAT(learned_of_threads(won), HasSubstr("this Python runs without a GIL"));
  EXPECT_THAT(learned_of_held(won), HasSubstr("there is none to hold"));
  EXPECT_THAT(learned_of_threads(two_runs(0.9, 0.6, 0.1)), HasSubstr("it was a core that they lacked"));
}

TEST(TourLearned, OneThreadThatDidNotGetACore) {
  EXPECT_THAT(learned_of_countdown({{figures("one", 4000, 0, 0.99, 0)}, 2}),
              AllOf(StartsWith("One thread took 4.00 s and used 0.99 cores"), Not(HasSubstr("disturb"))));
  EXPECT_THAT(learned_of_countdown({{figures("one", 4000, 0, 0.5, 0)}, 2}),
              HasSubstr("other programs disturb"));
  EXPECT_THAT(learned_of_countdown({{figures("one", 4000, 0, 1.5, 0)}, 2}),
              HasSubstr("more than one thread can"));
}

TEST(TourLearned, WhatIsNotUsuallySeenIsSaid) {
  using Learned = std::string (*)(const StepFigures&);
  const Learned gains[] = {learned_of_io, learned_of_processes, learned_of_released, learned_of_prange,
                           learned_of_subinterpreters};
  for (const Learned learned : gains) {
    EXPECT_THAT(learned(two_runs(1.9, 1.9, 0)),
                AllOf(HasSubstr("1.90 times as fast"), Not(HasSubstr("usually"))));
    EXPECT_THAT(learned(two_runs(0.8, 1, 0)),
                AllOf(HasSubstr("1.25 times as long"), HasSubstr("usually seen")));
  }
  EXPECT_THAT(learned_of_held(two_runs(0.5, 1, 0.99)), HasSubstr("does not help while the GIL is held"));
  EXPECT_THAT(learned_of_held(two_runs(1.9, 2, 0)), HasSubstr("though the GIL was held throughout"));
  EXPECT_THAT(learned_of_released(two_runs(0.5, 1, 0.99)), HasSubstr("something else kept the GIL"));
  StepFigures alone = two_runs(0.9, 1, 0);
  alone.cores = 1;
  EXPECT_THAT(learned_of_processes(alone), HasSubstr("lends one core only"));
}

TEST(TourLearned, AsyncioHasTwoSides) {
  const auto sides = [](double waits, double counts) {
    return learned_of_asyncio(
        {{figures("waits", 2000, 0, 0.1, 0), figures("waits, asyncio", 200, waits, 0.5, 0),
          figures("counts", 2000, 0, 1, 0), figures("counts, asyncio", 2000, counts, 1, 0)},
         2});
  };
  EXPECT_THAT(sides(10, 1), HasSubstr("computes nothing faster"));
  EXPECT_THAT(sides(1, 1), HasSubstr("not what is usually seen"));
  EXPECT_THAT(sides(10, 2), HasSubstr("Run this step again"));
}

TEST(TourLearned, TheFastestOfTheCaseStudyIsNamed) {
  StepFigures gray{{figures("plain Python", 1000, 0, 1, 0), figures("threads", 1000, 1, 1, 0.9),
                    figures("processes", 500, 2, 2, 0), figures("NumPy", 10, 100, 1, 0)},
                   2};
  EXPECT_THAT(learned_of_grayscale(gray),
              AllOf(HasSubstr("was NumPy, 100 times"), HasSubstr("threads took as long")));
  gray.runs[1].times = 1.3;
  EXPECT_THAT(learned_of_grayscale(gray),
              HasSubstr("threads ran 1.30 times as fast as plain Python, which one"));
  gray.runs[3].measured = false;
  EXPECT_THAT(learned_of_grayscale(gray), HasSubstr("was processes, 2.00 times"));
  for (std::size_t i = 1; i < 4; ++i) gray.runs[i].measured = false;
  EXPECT_EQ(learned_of_grayscale(gray), "Nothing but plain Python could run here.");
}

TEST(TourLearned, TheFreeThreadedPriceIsMeasured) {
  const StepFigures free{{figures("one, with", 1000, 0, 1, 0), figures("one, without", 1250, 0.8, 1, 0),
                          figures("two, without", 640, 1.95, 2, 0)},
                         2};
  EXPECT_EQ(
      learned_of_free_threaded(free),
      "Two threads without a GIL ran 1.95 times as fast as one. One thread there takes 1.25 times as long "
      "as one here: that is the price.");
}

TEST(TourSizes, FollowTheAmountAndAreNeverNothing) {
  EXPECT_EQ(size_with("countdown", 8'000'000).numbers, std::vector<std::int64_t>{1'000'000});
  EXPECT_EQ(size_with("countdown", 0).numbers, std::vector<std::int64_t>{1});
  EXPECT_EQ(size_with("grayscale", 3840 * 2160).name, "3840 x 2160");
  EXPECT_EQ(size_with("grayscale", 0).numbers, (std::vector<std::int64_t>{64, 36}));
  EXPECT_EQ(size_with("grayscale", 1e12).name, "7680 x 4320");
  EXPECT_EQ(size_with("io", 1e9).numbers, std::vector<std::int64_t>{450});
  EXPECT_EQ(size_with("io", 0).numbers, std::vector<std::int64_t>{2});
  EXPECT_EQ(amount_of("countdown", size_with("countdown", 8'000'000)), 8'000'000);
  EXPECT_EQ(amount_of("grayscale", size_with("grayscale", 3840 * 2160)), 3840 * 2160);
}

TEST(TourSizes, PacesAreOfATrial) {
  Paces paces;
  EXPECT_EQ(paces.of("countdown", "sequential"), 0);
  EXPECT_GT(paces.of("io", "wait"), 100);
  paces.learn("countdown", "sequential", 1000, 500'000'000);
  EXPECT_DOUBLE_EQ(paces.of("countdown", "sequential"), 2000);
  EXPECT_EQ(paces.of("countdown", "native-held"), 0);
  // A trial that was too short grows, and not without bounds.
  EXPECT_DOUBLE_EQ(next_amount(100, 1), 5000);
  EXPECT_DOUBLE_EQ(next_amount(100, kTrialNs / 2), 400);
  EXPECT_DOUBLE_EQ(next_amount(100, 10 * kTrialNs), 200);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    lines.push_back(text.substr(at, end - at));
  }
  return lines;
}

TEST(TourText, LargeDigitsAreFiveLinesHigh) {
  EXPECT_THAT(
      large("1.5x", true),
      testing::ElementsAre("####      ######        ", "  ##      ##     ##  ## ", "  ##      ######   ##   ",
                           "  ##          ## ##  ## ", "###### ## ######        "));
  for (const char character : std::string("0123456789")) {
    const std::vector<std::string> lines = large(std::string(1, character), false);
    ASSERT_EQ(lines.size(), 5u);
    for (const std::string& line : lines) EXPECT_EQ(columns_of(line), 7u) << character;
  }
}

TEST(TourText, AResultFitsTheScreenAndSaysItsFigure) {
  for (const std::size_t width : {60u, 80u, 120u}) {
    for (const bool ascii : {false, true}) {
      const TourLook look{.width = width, .colour = false, .ascii = ascii};
      const TourStep& step = step_named("threads");
      const std::string text =
          question_text(step, {2, 11}, look) + result_text(step, two_runs(0.8, 1, 0.98), {}, "no GIL", look);
      for (const std::string& line : lines_of(text)) EXPECT_LE(columns_of(line), width) << line;
      EXPECT_EQ(text.find('\x1b'), std::string::npos);
      EXPECT_TRUE(!ascii || std::ranges::all_of(text, [](char one) { return one > 0; }));
      EXPECT_THAT(text, HasSubstr("2 of 11  threads: "));
      EXPECT_THAT(text, HasSubstr("The likely guess: "));
      EXPECT_THAT(text, HasSubstr("No lanes: no GIL"));
      EXPECT_THAT(text, HasSubstr("0.80 x"));
      EXPECT_THAT(text, HasSubstr("=> Two threads took 1.25 times as long"));
    }
  }
  EXPECT_EQ(key_figure(step_named("threads"), two_runs(0.8, 1, 0.98)), "0.80 x");
  EXPECT_EQ(key_figure(step_named("countdown"), {{figures("one", 4000, 0, 1, 0)}, 2}), "4.00 s");
}

TEST(TourText, WhatIsMissingIsNamed) {
  const TourStep& step = step_named("grayscale");
  StepFigures gray{{}, 2};
  for (const TourRun& run : step.runs) gray.runs.push_back(figures(run.label, 1000, 1, 1, 0));
  gray.runs[0].times = 0;
  gray.runs[1] = figures("threads", 1000, 2, 1, 0);
  gray.runs[9] = {.label = "Numba"};
  const std::string text = result_text(step, gray, {"lane"}, "", {});
  EXPECT_THAT(text, HasSubstr("without: Numba (why: at the end)"));
  EXPECT_THAT(text, StartsWith("lane\n"));
  EXPECT_EQ(key_figure(step, gray), "2.00 x");
  EXPECT_THAT(skipped_text(step, {9, 11}, "not installed: apt install x", {}),
              HasSubstr("\nSkipped: not installed: apt install x\n"));
}

TEST(TourText, ColourChangesNoLetter) {
  const TourStep& step = step_named("threads");
  const std::string plain = result_text(step, two_runs(0.8, 1, 0.98), {}, "", {});
  std::string coloured = result_text(step, two_runs(0.8, 1, 0.98), {}, "", {.colour = true});
  EXPECT_NE(coloured.find('\x1b'), std::string::npos);
  for (std::size_t at = 0; (at = coloured.find('\x1b')) != std::string::npos;) {
    coloured.erase(at, coloured.find('m', at) + 1 - at);
  }
  EXPECT_EQ(coloured, plain);
}

// Two threads that take turns: 10 us each, from 1 ms on, ten of each.
TraceReader two_threads(Bytes& bytes, bool with_turns = true) {
  TestFacts facts;
  TraceWriter writer(TraceOutput::temporary(kRoomy), facts);
  const probe::Ticks begin = facts.now.begin;
  for (std::uint32_t i = 0; i < 2; ++i) {
    facts.now.threads.push_back(thread_facts(i, "thread " + std::to_string(i), begin));
  }
  facts.now.gils = {{}};
  writer.begin();
  for (std::uint32_t i = 0; with_turns && i < 20; ++i) {
    const probe::Ticks take = begin + 1'000'000 + i * 10'000;
    const probe::Turn record = turn(i, i < 2 ? take : take - 10'000, take, take + 10'000);
    ++facts.now.gils[0].takes_counted;
    writer.write(std::vector<ThreadSection>{{i % 2, {&record, 1}}}, 0);
  }
  facts.now.now = begin + 2'000'000;
  facts.clock = {facts.now.now, facts.clock.monotonic_ns + 2'000'000};
  facts.now.scale = {1.0};
  writer.finish(facts.now);
  bytes = bytes_of(writer.output());
  return TraceReader::of_bytes(bytes, "test.gil");
}

TEST(TourLanes, ShowThePartThatIsAskedForAndNoOther) {
  Bytes bytes;
  const TraceReader trace = two_threads(bytes);
  const std::optional<Picture> picture = still_picture(trace, 1'000'000, 1'200'000, 40, 4);
  ASSERT_TRUE(picture);
  ASSERT_EQ(picture->lanes.size(), 2u);
  for (const LanePicture& lane : picture->lanes) {
    EXPECT_NEAR(lane.hold_share, 0.5, 0.02);
    EXPECT_NEAR(static_cast<double>(std::ranges::count(lane.cells, LaneCell::kHold)), 20, 1);
  }
  const std::vector<std::string> lines = still_lines(*picture, "two", 67, Paint(false, true));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[0], AllOf(StartsWith("thread         two: 200 us"), EndsWith("holds waits")));
  EXPECT_THAT(lines[1], AllOf(StartsWith("thread 0 "), HasSubstr("##==##==")));
  EXPECT_THAT(lines[3], HasSubstr("# holds the GIL   = waits for it   . outside"));
  for (const std::string& line : lines) EXPECT_LE(columns_of(line), 67u);
}

TEST(TourLanes, MoreThreadsThanLinesAreCounted) {
  Bytes bytes;
  const TraceReader trace = two_threads(bytes);
  const std::optional<Picture> picture = still_picture(trace, 0, 2'000'000, 40, 1);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->lanes.size() + picture->more.threads, 2u);
}

TEST(TourLanes, NoTurnsNoPicture) {
  Bytes bytes;
  const TraceReader trace = two_threads(bytes, false);
  EXPECT_FALSE(still_picture(trace, 0, 2'000'000, 40, 4));
}

}  // namespace
}  // namespace gilscope::app
