// What the kernel says of threads' time: grows with work, belongs to one thread, ends with it.
#include "embed/probe/cpu_times.h"

#include <latch>
#include <thread>

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "embed/probe/recorder.h"

namespace gilscope::probe {
namespace {

class CpuTimesOf : public testing::Test {
 protected:
  void SetUp() override {
    if (access("/proc/thread-self/schedstat", R_OK) != 0) GTEST_SKIP() << "this kernel keeps no schedstat";
  }
  // Until the kernel's count has moved by this much: work, not sleep.
  static void work_ns(std::uint64_t ns) {
    const std::uint64_t end = cpu_times_of_this_thread().value().on_cpu_ns + ns;
    while (cpu_times_of_this_thread().value().on_cpu_ns < end) {
    }
  }
};

TEST_F(CpuTimesOf, ThisThreadGrowsWithItsWork) {
  const std::uint64_t process_before = cpu_ns_of_process(getpid()).value();
  const auto before = cpu_times_of_this_thread();
  ASSERT_TRUE(before);
  work_ns(20'000'000);
  const auto after = cpu_times_of_this_thread();
  EXPECT_GE(after->on_cpu_ns - before->on_cpu_ns, 20'000'000u);
  EXPECT_GE(after->runnable_ns, before->runnable_ns);
  EXPECT_GE(cpu_ns_of_process(getpid()).value() - process_before, 19'000'000u);
}

TEST_F(CpuTimesOf, AnotherThreadByItsId) {
  std::latch worked(1), looked(1);
  std::int64_t id = 0;
  std::thread thread([&] {
    id = syscall(SYS_gettid);
    work_ns(10'000'000);
    worked.count_down();
    looked.wait();
  });
  worked.wait();
  const auto times = cpu_times_of(id);
  looked.count_down();
  thread.join();
  ASSERT_TRUE(times);
  EXPECT_GE(times->on_cpu_ns, 10'000'000u);
}

TEST_F(CpuTimesOf, NothingOfAThreadThatIsNotThere) {
  EXPECT_FALSE(cpu_times_of(0));
  EXPECT_FALSE(cpu_times_of(-1));
  EXPECT_FALSE(cpu_times_of(INT64_MAX));
}

TEST_F(CpuTimesOf, RecorderKeepsThoseOfAThreadThatHasEnded) {
  recorder::reset();
  std::thread thread([] {
    work_ns(10'000'000);  // before it was first seen: not counted
    recorder::attach_this_thread();
    work_ns(5'000'000);
  });
  thread.join();
  const std::vector<ThreadInfo> infos = recorder::threads(true);
  ASSERT_EQ(infos.size(), 1u);
  ASSERT_TRUE(infos[0].cpu);
  EXPECT_GE(infos[0].cpu->on_cpu_ns, 5'000'000u);
  EXPECT_FALSE(recorder::threads().front().cpu) << "not asked for";
  recorder::reset();
}

}  // namespace
}  // namespace gilscope::probe
