// What is shown of a run without a GIL, and that its sleeps add up.
#include "app/report/parallel_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/report/json_report.h"
#include "app/report/laws.h"
#include "app/report/summary.h"
#include "app/timeline/timeline.h"

namespace gilscope::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr probe::TickScale kNanoseconds{1.0};

probe::Turn sleep(probe::Ticks begun, probe::Ticks ended, bool is_pause, std::uint32_t place) {
  probe::Turn record;
  record.kind = probe::RecordKind::kSleep;
  record.want = record.take = begun;
  record.drop = ended;
  record.requests = is_pause ? 1 : 0;
  record.location = place;
  return record;
}

TraceFacts facts() {
  TraceFacts facts;
  facts.run.gilscope_version = "0.1.0";
  facts.run.python_version = "3.13.15";
  facts.run.command = "app.py";
  facts.run.free_threaded = true;
  facts.run.gil_enabled = false;
  facts.run.verified = true;
  facts.run.cores = 2;
  for (std::uint32_t i = 0; i < 2; ++i) {
    ThreadFacts thread;
    thread.index = i;
    thread.name = i == 0 ? "main" : "worker-0";
    thread.begin = 1'000;
    thread.end = 10'001'000;
    facts.threads.push_back(thread);
  }
  facts.places = {{}, {"app.py", "work", 4, 0}, {"app.py", "main", 9, 0}};
  facts.names = {""};
  facts.cpu = {{.thread = CpuFacts::kProcess, .on_cpu_ns = 12'000'000},
               {.thread = 0, .on_cpu_ns = 5'000'000, .runnable_ns = 1'000'000},
               {.thread = 1, .on_cpu_ns = 7'000'000, .runnable_ns = 0}};
  facts.begin = 1'000;
  facts.now = 10'001'000;
  facts.scale = kNanoseconds;
  return facts;
}

Report report() {
  Timeline timeline;
  const probe::Turn of_main[] = {sleep(2'000, 3'002'000, false, 2)};
  const probe::Turn of_worker[] = {sleep(2'000, 502'000, false, 1), sleep(600'000, 700'000, true, 0),
                                   sleep(800'000, 1'800'000, false, 1)};
  timeline.add(0, of_main);
  timeline.add(1, of_worker);
  timeline.end_of_pass(0);
  timeline.end_of_pass(0);
  return timeline.snapshot(facts());
}

TEST(ParallelText, SleepsAreSummedByThreadAndByPlace) {
  const Report made = report();
  EXPECT_THAT(check_laws(made), IsEmpty());
  EXPECT_THAT(made.gils, IsEmpty());
  ASSERT_EQ(made.threads.size(), 2u);
  const ThreadReport& main = made.threads[0].name == "main" ? made.threads[0] : made.threads[1];
  const ThreadReport& worker = made.threads[0].name == "main" ? made.threads[1] : made.threads[0];
  EXPECT_EQ(main.gil, ThreadReport::kNoGil);
  EXPECT_EQ(main.blocked_count, 1u);
  EXPECT_EQ(main.blocked_ns, 3'000'000u);
  EXPECT_EQ(worker.blocked_count, 2u);
  EXPECT_EQ(worker.blocked_ns, 1'500'000u);
  EXPECT_EQ(worker.longest_blocked_ns, 1'000'000u);
  EXPECT_EQ(worker.paused_count, 1u);
  EXPECT_EQ(worker.paused_ns, 100'000u);
  ASSERT_EQ(made.blocked_at.size(), 2u);
  EXPECT_EQ(made.blocked_at[0].place.at(0).function, "main");
  EXPECT_EQ(made.blocked_at[0].blocked_ns, 3'000'000u);
  EXPECT_EQ(made.blocked_at[1].place.at(0).function, "work");
  EXPECT_EQ(made.blocked_at[1].count, 2u);
}

TEST(ParallelText, TheSummarySaysThatThereIsNoGil) {
  const std::string text = summary(report(), {});
  EXPECT_THAT(text,
              HasSubstr("No GIL: threads run at once; 1.20 of 2 cores busy on average over 10.0 ms wall"));
  EXPECT_THAT(text, HasSubstr("CPython 3.13.15 free-threaded, GIL off"));
  EXPECT_THAT(text, HasSubstr("3.00 ms in 1 wait, longest 3.00 ms: app.py:9 main"));
  EXPECT_THAT(text, HasSubstr("1.50 ms in 2 waits, longest 1.00 ms: app.py:4 work"));
  EXPECT_THAT(text, HasSubstr("4 waits on Python's own\n  locks; no turns without a GIL"));
  EXPECT_THAT(text, Not(HasSubstr("hand-over")));
}

TEST(ParallelText, AGilThatWentOnIsShown) {
  Report made = report();
  EXPECT_THAT(json_report(made), Not(HasSubstr("gil_went_on")));
  made.gil_went_on = true;
  EXPECT_THAT(summary(made, {}), HasSubstr("!! The GIL was switched on in mid-run"));
  EXPECT_THAT(json_report(made), HasSubstr("\"gil_went_on\": true"));
}

TEST(ParallelText, AThreadThatSleepsLongerThanItLivesBreaksALaw) {
  Report made = report();
  made.threads[0].paused_ns = made.threads[0].life_ns + 3;
  EXPECT_THAT(check_laws(made), Not(IsEmpty()));
}

TEST(ParallelText, ManyThreadsAreSummedUp) {
  Report made = report();
  const ThreadReport one = made.threads[0];
  made.threads.assign(40, one);
  const std::vector<std::string> rows = parallel_table(made, 100, 4, Paint(false, true));
  EXPECT_EQ(rows.size(), 2u + 4u + 1u + 1u);
  EXPECT_THAT(rows[6], HasSubstr("and 36 more"));
}

}  // namespace
}  // namespace gilscope::app
