// The summary's text, whole: a literal report in, golden text out.
#include "app/report/summary.h"

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/text_layout.h"
#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Escape sequences written as {code}, to be read.
std::string readable(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      result += text[i];
      continue;
    }
    const std::size_t end = text.find('m', i);
    result += "{" + text.substr(i + 2, end - i - 2) + "}";
    i = end;
  }
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// `count` threads that share a GIL; the later, the more each held.
Report report_with_threads(std::uint32_t count) {
  Report report = sample_report();
  const ThreadReport model = report.threads[0];
  report.threads.clear();
  report.waited_for.clear();
  GilReport& gil = report.gils[0];
  gil.turns = gil.gave = gil.asked = gil.held_ns = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    ThreadReport thread = model;
    thread.index = i;
    thread.name = "worker " + std::to_string(i);
    thread.hold_ns = 1'000 * (i + 1);
    thread.outside_ns = thread.life_ns - thread.hold_ns - thread.wait_ns;
    gil.turns += thread.turns;
    gil.gave += thread.gave;
    gil.held_ns += thread.hold_ns;
    report.waited_for.push_back({0, i, WaitedForReport::kNobody, thread.wait_ns});
    report.threads.push_back(thread);
  }
  gil.takes_counted = gil.turns;
  return report;
}

TEST(Summary, FitsEightyColumns) {
  EXPECT_EQ(readable(summary(sample_report(), {.width = 80})),
            R"(GIL held 99.8 % of 4.12 s wall; somebody waiting 97.1 % of the wall
812 hand-overs; 815 drop requests: 99 % obeyed in 5.02 ms, all in 7.31 ms
CPython 3.11.2; 2 cores; 3 threads; exit status 0; demo.py -t 2
Only one thread ran Python at any moment: 2 threads shared one GIL, each
  waiting about half of its life.

                                                   longest      p99
thread           turns     hold     wait  outside     wait     wait  gave  asked
MainThread          28  10.0 ms  5.00 ms   4.08 s  15.1 ms  10.2 ms    28      0
  ·······································  hold  <1 %  wait  <1 %  outside >99 %
worker 0           406   2.05 s   2.01 s  40.0 ms  15.1 ms  10.2 ms     0    406
  ████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  hold  50 %  wait  49 %  outside  <1 %
ThreadP…tor-0_0    806   2.05 s   2.00 s  50.0 ms  15.1 ms  10.2 ms   400    406
  ████████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒  hold  50 %  wait  49 %  outside   1 %
█ hold  ▒ wait  · outside, in % of the thread's life

worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0

region                           spans      wall            hold            wait
load                                 3    1.20 s    400 ms  33 %    700 ms  58 %

marks: checkpoint x 2

verified on CPython 3.11.2: 1,240 turns, 0 lost, 0 overlaps, own cost 0.010 % of wall
)");
}

TEST(Summary, FitsEightyColumnsInAscii) {
  EXPECT_EQ(readable(summary(sample_report(), {.width = 80, .ascii = true})),
            R"(GIL held 99.8 % of 4.12 s wall; somebody waiting 97.1 % of the wall
812 hand-overs; 815 drop requests: 99 % obeyed in 5.02 ms, all in 7.31 ms
CPython 3.11.2; 2 cores; 3 threads; exit status 0; demo.py -t 2
Only one thread ran Python at any moment: 2 threads shared one GIL, each
  waiting about half of its life.

                                                   longest      p99
thread           turns     hold     wait  outside     wait     wait  gave  asked
MainThread          28  10.0 ms  5.00 ms   4.08 s  15.1 ms  10.2 ms    28      0
  .......................................  hold  <1 %  wait  <1 %  outside >99 %
worker 0           406   2.05 s   2.01 s  40.0 ms  15.1 ms  10.2 ms     0    406
  ####################===================  hold  50 %  wait  49 %  outside  <1 %
ThreadP..or-0_0    806   2.05 s   2.00 s  50.0 ms  15.1 ms  10.2 ms   400    406
  ####################===================  hold  50 %  wait  49 %  outside   1 %
# hold  = wait  . outside, in % of the thread's life

worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0

region                           spans      wall            hold            wait
load                                 3    1.20 s    400 ms  33 %    700 ms  58 %

marks: checkpoint x 2

verified on CPython 3.11.2: 1,240 turns, 0 lost, 0 overlaps, own cost 0.010 % of wall
)");
}

TEST(Summary, UsesAWideTerminal) {
  EXPECT_EQ(readable(summary(sample_report(), {.width = 120})),
            R"(GIL held 99.8 % of 4.12 s wall; somebody waiting 97.1 % of the wall
812 hand-overs; 815 drop requests: 99 % obeyed in 5.02 ms, all in 7.31 ms
CPython 3.11.2; 2 cores; 3 threads; exit status 0; demo.py -t 2
Only one thread ran Python at any moment: 2 threads shared one GIL, each waiting about half of its life.

                                                                                           longest      p99
thread            of its life          turns           hold           wait        outside     wait     wait  gave  asked
MainThread        ···················     28  10.0 ms  <1 %  5.00 ms  <1 %   4.08 s >99 %  15.1 ms  10.2 ms    28      0
worker 0          ██████████▒▒▒▒▒▒▒▒▒    406   2.05 s  50 %   2.01 s  49 %  40.0 ms  <1 %  15.1 ms  10.2 ms     0    406
ThreadPo…tor-0_0  ██████████▒▒▒▒▒▒▒▒▒    806   2.05 s  50 %   2.00 s  49 %  50.0 ms   1 %  15.1 ms  10.2 ms   400    406
█ hold  ▒ wait  · outside, in % of the thread's life

worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0

region                                        spans      wall            hold            wait
load                                              3    1.20 s    400 ms  33 %    700 ms  58 %

marks: checkpoint x 2

verified on CPython 3.11.2: 1,240 turns, 0 lost, 0 overlaps, own cost 0.010 % of wall
)");
}

TEST(Summary, PaintsWhatItAlsoSays) {
  EXPECT_EQ(readable(summary(sample_report(), {.width = 120, .colour = true})),
            R"({1}GIL held 99.8 % of 4.12 s wall; somebody waiting 97.1 % of the wall{0}
{1}812 hand-overs; 815 drop requests: 99 % obeyed in 5.02 ms, all in 7.31 ms{0}
CPython 3.11.2; 2 cores; 3 threads; exit status 0; demo.py -t 2
{1}Only one thread ran Python at any moment: 2 threads shared one GIL, each waiting about half of its life.{0}

                                                                                           longest      p99
thread            of its life          turns           hold           wait        outside     wait     wait  gave  asked
{1}MainThread      {0}  ···················     28  10.0 ms  <1 %  5.00 ms  <1 %   4.08 s >99 %  15.1 ms  10.2 ms    28      0
{1}worker 0        {0}  {94}██████████{0}{33}▒▒▒▒▒▒▒▒▒{0}    406   2.05 s  50 %   2.01 s  49 %  40.0 ms  <1 %  15.1 ms  10.2 ms     0    406
{1}ThreadPo…tor-0_0{0}  {94}██████████{0}{33}▒▒▒▒▒▒▒▒▒{0}    806   2.05 s  50 %   2.00 s  49 %  50.0 ms   1 %  15.1 ms  10.2 ms   400    406
{94}█{0} hold  {33}▒{0} wait  · outside, in % of the thread's life

worker 0 waited 2.01 s: >99 % for ThreadPoolExecutor-0_0
ThreadPoolExecutor-0_0 waited 2.00 s: >99 % for worker 0

region                                        spans      wall            hold            wait
load                                              3    1.20 s    400 ms  33 %    700 ms  58 %

marks: checkpoint x 2

verified on CPython 3.11.2: 1,240 turns, 0 lost, 0 overlaps, own cost 0.010 % of wall
)");
}

TEST(Summary, ColourAddsNothingButColour) {
  const std::string plain = summary(sample_report(), {.width = 100});
  const std::string coloured = readable(summary(sample_report(), {.width = 100, .colour = true}));
  std::string stripped;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '{') i = coloured.find('}', i) + 1;
    while (i < coloured.size() && coloured[i] == '{') i = coloured.find('}', i) + 1;
    if (i < coloured.size()) stripped += coloured[i];
  }
  EXPECT_EQ(stripped, plain);
}

TEST(Summary, KeepsToTheWidthButForTheProof) {
  for (const std::uint32_t threads : {1u, 3u, 40u}) {
    Report report = report_with_threads(threads);
    report.threads[0].name =
        "\xe7\xb7\x9a\xe7\xa8\x8b a name that is much too long for any column of this table";
    report.threads[0].turns += 12'345'678'901;
    report.threads[0].gave += 12'345'678'901;
    report.gils[0].turns += 12'345'678'901;
    report.gils[0].gave += 12'345'678'901;
    report.gils[0].takes_counted = report.gils[0].turns;
    for (const int width : {80, 81, 95, 100, 110, 120, 150, 300}) {
      std::vector<std::string> lines = lines_of(summary(report, {.width = width}));
      lines.pop_back();
      for (const std::string& line : lines)
        EXPECT_LE(columns_of(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(Summary, FoldsManyThreadsIntoOneRow) {
  const Report report = report_with_threads(500);
  const std::string text = summary(report, {.width = 120, .max_threads = 8});
  EXPECT_THAT(text, HasSubstr("worker 499"));
  EXPECT_THAT(text, HasSubstr("worker 492"));
  EXPECT_THAT(text, Not(HasSubstr("worker 491")));
  // 492 x 28 turns; 1000 ns x (1 + ... + 492)
  EXPECT_THAT(text, HasSubstr("and 492 more"));
  EXPECT_THAT(text, HasSubstr(" 13,776  121 ms"));
  EXPECT_THAT(text, HasSubstr("500 threads"));
}

TEST(Summary, FoldsNothingWhereTheRowWouldStandForOneThread) {
  const std::string text = summary(report_with_threads(9), {.width = 120, .max_threads = 8});
  EXPECT_THAT(text, HasSubstr("worker 0"));
  EXPECT_THAT(text, Not(HasSubstr("more")));
}

TEST(Summary, PutsLostTurnsFirst) {
  Report report = sample_report();
  report.gils[0].lost = 60;
  report.gils[0].takes_counted = 1'300;
  const std::string text = readable(summary(report, {.width = 120, .colour = true}));
  EXPECT_THAT(text, StartsWith("{1;7}!! 60 turns LOST (4.6 % of all): there was no room to record them."));
  EXPECT_THAT(text, HasSubstr("verified on CPython 3.11.2: 1,240 turns, 60 lost, 0 overlaps"));
}

TEST(Summary, PutsBrokenLawsFirst) {
  Report report = sample_report();
  report.gils[0].overlaps = 3;
  const std::string text = summary(report, {});
  EXPECT_THAT(text, StartsWith("!! LAW BROKEN: law 1, turns never overlap: GIL 0 has 3 turns"));
  EXPECT_THAT(text, HasSubstr("cannot be trusted"));
  EXPECT_THAT(text, HasSubstr("\nNOT verified on CPython 3.11.2: 1,240 turns, 0 lost, 3 overlaps"));
  EXPECT_THAT(text, Not(HasSubstr("Only one thread"))) << "no conclusion from numbers that cannot be trusted";
}

TEST(Summary, SaysInOneLineWhyThereAreNoNumbers) {
  Report report;
  report.python_version = "3.13.1";
  report.free_threaded = true;
  report.gil_enabled = false;
  report.wall_ns = 1'500'000'000;
  report.unverified_reason = "this Python runs without a GIL";
  EXPECT_EQ(
      summary(report, {.width = 100}),
      "No numbers: this Python runs without a GIL (CPython 3.13.1 free-threaded, GIL off, 1.50 s wall).\n");
}

TEST(Summary, NamesEachOfSeveralGils) {
  Report report = sample_report();
  GilReport second;
  second.id = 1;
  second.turns = second.takes_counted = second.gave = 5;
  second.held_ns = 412'000'000;
  report.gils.push_back(second);
  ThreadReport thread = report.threads[0];
  thread.gil = 1;
  report.waited_for.push_back({1, 0, WaitedForReport::kNobody, thread.wait_ns});
  thread.turns = thread.gave = 5;
  thread.asked = 0;
  thread.hold_ns = 412'000'000;
  thread.outside_ns = thread.life_ns - thread.hold_ns - thread.wait_ns;
  report.threads.push_back(thread);
  const std::string text = summary(report, {.width = 120});
  EXPECT_THAT(text, StartsWith("GIL 0 held 99.8 % of 4.12 s wall; somebody waiting 97.1 % of the wall\n"));
  EXPECT_THAT(text, HasSubstr("\nGIL 1 held 10.0 % of 4.12 s wall; somebody waiting 0 % of the wall\n"));
  EXPECT_THAT(text, HasSubstr("\n0 hand-overs; no drop requests\n"));
  EXPECT_THAT(text, HasSubstr("  GIL  turns"));
  EXPECT_THAT(text, HasSubstr("; 3 threads;")) << "one of them has two rows";
  EXPECT_THAT(text, HasSubstr("\nGIL 0: Only one thread"));
}

TEST(Summary, SaysThatATraceEndsEarlyAndWhyTurnsAreLost) {
  Report report = sample_report();
  report.ends_early = "the run was killed";
  report.lost_reason = "the disk is full";
  report.gils[0].lost = 60;
  report.gils[0].takes_counted = 1'300;
  const std::string text = summary(report, {.width = 120});
  EXPECT_THAT(text, StartsWith("!! The trace ends early: the run was killed."));
  EXPECT_THAT(text, HasSubstr("LOST (4.6 % of all): the disk is full."));
}

TEST(Summary, ShowsNoControlCharactersOfNames) {
  Report report = sample_report();
  report.threads[0].name = "a\x1b[2Jb\nc";
  report.regions[0].name = "r\tr";
  report.marks[0].name = "\xc2\x9bm";
  report.command = "x\x07";
  report.blockers = {{{{"a\x1b.py", 1, "f\n"}}, 1, 90'000'000, 1, 1}};
  report.giving = {{{{"b\x1b.py", 1, "g\n"}}, 1, 0, 90'000'000, true}};
  const std::string text = summary(report, {.width = 120});
  EXPECT_THAT(text, HasSubstr("a?[2Jb?c"));
  EXPECT_THAT(text, HasSubstr("r?r"));
  EXPECT_TRUE(std::none_of(text.begin(), text.end(),
                           [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7f; }));
}

}  // namespace
}  // namespace gilscope::app
