#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/intervals/interval_list.h"
#include "app/intervals/interval_notes.h"
#include "app/intervals/interval_views.h"
#include "app/report/json_report.h"
#include "app/user_error.h"
#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::Not;

IntervalRun sample_run(std::uint64_t interval_ns, std::uint64_t wall_ns) {
  IntervalRun run;
  run.interval_ns = run.final_interval_ns = interval_ns;
  run.wall_ns = wall_ns;
  run.longest_wait_ns = interval_ns * 3;
  run.wait_p99_ns = interval_ns * 2;
  run.hand_overs = 1'000;
  return run;
}

IntervalSweep sample_sweep() {
  return {"0.1.0",
          "gilscope run app.py",
          {sample_run(5'000'000, 2'000'000'000), sample_run(100'000, 1'000'000'000)},
          false};
}

TEST(IntervalList, ReadsTimes) {
  using List = std::vector<std::uint64_t>;
  EXPECT_EQ(parse_intervals("5ms"), (List{5'000'000}));
  EXPECT_EQ(parse_intervals("5ms, 1 ms,0.5ms,100us,0.001s"),
            (List{5'000'000, 1'000'000, 500'000, 100'000, 1'000'000}));
  EXPECT_EQ(parse_intervals("1.4us"), (List{1'000}));  // whole microseconds
  for (const std::uint64_t ns : {1'000u, 500'000u, 5'000'000u}) {
    EXPECT_EQ(parse_intervals(interval_argument(ns)), (List{ns}));
  }
}

TEST(IntervalList, RefusesWhatIsNoTime) {
  for (const char* const wrong : {"", "5", "ms", "5ms,", ",5ms", "5ms,,1ms", "5sec", "-5ms", "0ms", "0.1us",
                                  "2000000s", "nanms", "infs", "1e400s"}) {
    EXPECT_THROW(parse_intervals(wrong), UserError) << wrong;
  }
}

TEST(IntervalNotes, ComeBack) {
  IntervalRun told;
  told.final_interval_ns = 7'000;
  told.changes = {{7'000, "a \"b\".py", 12, "main"}, {8'000, "", 0, ""}};
  IntervalRun heard;
  ASSERT_TRUE(read_interval_run(interval_notes(told), json_report(sample_report()), heard));
  EXPECT_EQ(heard.final_interval_ns, 7'000u);
  ASSERT_EQ(heard.changes.size(), 2u);
  EXPECT_EQ(heard.changes[0].file, "a \"b\".py");
  EXPECT_EQ(heard.changes[0].line, 12u);
  EXPECT_EQ(heard.changes[1].interval_ns, 8'000u);
  EXPECT_EQ(heard.wall_ns, 4'120'000'000u);
  EXPECT_EQ(heard.longest_wait_ns, 15'100'000u);
  EXPECT_EQ(heard.wait_p99_ns, 10'200'000u);
  EXPECT_EQ(heard.hand_overs, 812u);
  EXPECT_EQ(heard.ended_badly, "");
}

TEST(IntervalNotes, SayWhenThereAreNone) {
  IntervalRun run;
  EXPECT_FALSE(read_interval_run("", "", run));
  EXPECT_FALSE(read_interval_run("{}", json_report(sample_report()), run));
  EXPECT_FALSE(read_interval_run(interval_notes({}), "{\"wall_ns\": \"x\"}", run));
  Report blind;
  blind.unverified_reason = "there is no GIL";
  ASSERT_TRUE(read_interval_run(interval_notes({}), json_report(blind), run));
  EXPECT_EQ(run.ended_badly, "no numbers: there is no GIL");
}

TEST(IntervalTable, HasARowForEachRun) {
  EXPECT_EQ(interval_table(sample_sweep(), 80, true),
            R"(switch interval      wall   speed  longest wait   p99 wait  hand-overs
5.00 ms            2.00 s    1.00       15.0 ms    10.0 ms       1,000
100 us             1.00 s    2.00        300 us     200 us       1,000

speed: the first wall time as a multiple of this one. p99 wait: 99 of 100 takes
waited no longer, of the thread where that is longest.
)");
}

TEST(IntervalTable, SaysWhatMustBeKnown) {
  IntervalSweep sweep = sample_sweep();
  sweep.runs[0].ended_badly = "it died of SIGSEGV";
  sweep.runs[0].exit_status = 139;
  sweep.runs[1].lost = 3;
  sweep.interrupted = true;
  const std::string text = interval_table(sweep, 80, true);
  EXPECT_THAT(text, HasSubstr("5.00 ms           it died of SIGSEGV\n"));
  EXPECT_THAT(text, HasSubstr("5.00 ms: exit status 139.\n"));
  EXPECT_THAT(text, HasSubstr("100 us             1.00 s    1.00"));
  EXPECT_THAT(text, HasSubstr("100 us: 3 turns lost.\n"));
  EXPECT_THAT(text, HasSubstr("Interrupted: there would have been more.\n"));
}

TEST(IntervalTable, NamesWhoSetAnother) {
  IntervalSweep sweep = sample_sweep();
  sweep.runs[0].changes = {{50'000, "/home/a/app.py", 12, "main"}, {50'000, "/home/a/app.py", 12, "main"}};
  sweep.runs[1].final_interval_ns = 9'000;
  const std::string text = interval_table(sweep, 200, true);
  EXPECT_THAT(text,
              HasSubstr("The switch interval was not 5.00 ms all the time: /home/a/app.py:12 main set it to "
                        "50.0 us.\n"
                        "The switch interval was not 100 us all the time: somebody set it to 9.00 us.\n"));
  EXPECT_THAT(interval_warnings(sweep.runs[0]), HasSubstr("app.py:12 main set it to 50.0 us."));
  EXPECT_EQ(interval_warnings(sample_run(1'000, 5)), "");
  for (int i = 0; i < 5; ++i)
    sweep.runs[0].changes.push_back({60'000, "b\x1b.py", static_cast<std::uint32_t>(i), "f"});
  EXPECT_THAT(interval_warnings(sweep.runs[0]), HasSubstr("3 more such changes."));
  EXPECT_THAT(interval_warnings(sweep.runs[0]), Not(HasSubstr("\x1b")));
}

TEST(IntervalJson, HasAllOfIt) {
  IntervalSweep sweep = sample_sweep();
  sweep.runs[0].changes = {{50'000, "app.py", 12, "main"}};
  sweep.runs[0].report = json_report(sample_report());
  sweep.runs[1].ended_badly = "it died of SIGSEGV";
  const auto json = nlohmann::json::parse(interval_json(sweep));
  EXPECT_EQ(json["command"], "gilscope run app.py");
  const auto& first = json["switch_intervals"][0];
  EXPECT_EQ(first["switch_interval_ns"], 5'000'000);
  EXPECT_EQ(first["speed"], 1.0);
  EXPECT_EQ(first["changes"][0]["line"], 12);
  EXPECT_EQ(first["report"]["gils"][0]["hand_overs"], 812);
  const auto& second = json["switch_intervals"][1];
  EXPECT_TRUE(second["speed"].is_null());
  EXPECT_TRUE(second["report"].is_null());
  EXPECT_EQ(second["reason"], "it died of SIGSEGV");
}

}  // namespace
}  // namespace gilscope::app
