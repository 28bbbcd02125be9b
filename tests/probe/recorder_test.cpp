#include "embed/probe/recorder.h"

#include <algorithm>
#include <latch>
#include <optional>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

namespace gilscope::probe {
namespace {

std::optional<ThreadInfo> info_of(std::uint32_t index) {
  const std::vector<ThreadInfo> all = recorder::threads();
  const auto found = std::ranges::find(all, index, &ThreadInfo::index);
  return found != all.end() ? std::optional(*found) : std::nullopt;
}

class RecorderTest : public testing::Test {
 protected:
  void SetUp() override { recorder::reset(); }
  void TearDown() override { recorder::reset(); }
};

TEST_F(RecorderTest, ThreadHasOneRecord) {
  EXPECT_EQ(this_thread_record, nullptr);
  EXPECT_EQ(recorder::first_thread(), nullptr);
  ThreadRecord* const record = recorder::attach_this_thread();
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(this_thread_record, record);
  EXPECT_EQ(recorder::attach_this_thread(), record);
  EXPECT_EQ(recorder::first_thread(), record);
  EXPECT_EQ(record->native_id, gettid());
  EXPECT_EQ(record->index, 0u);
  EXPECT_GT(record->begin, 0u);
  EXPECT_EQ(recorder::threads().size(), 1u);
}

TEST_F(RecorderTest, AttachKeepsErrno) {
  errno = E2BIG;
  ASSERT_NE(recorder::attach_this_thread(), nullptr);
  EXPECT_EQ(errno, E2BIG);
}

TEST_F(RecorderTest, ManyThreadsAttachAtOnce) {
  constexpr std::size_t kThreads = 64;
  std::latch start(kThreads), attached(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      recorder::attach_this_thread();
      attached.arrive_and_wait();  // all are alive together: no id is used twice
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::uint32_t> indices;
  std::set<std::int64_t> ids;
  for (const ThreadInfo& info : recorder::threads()) {
    indices.insert(info.index);
    ids.insert(info.native_id);
  }
  EXPECT_EQ(indices.size(), kThreads);
  EXPECT_EQ(*indices.rbegin(), kThreads - 1);
  EXPECT_EQ(ids.size(), kThreads);
}

TEST_F(RecorderTest, EndOfAThreadIsSeen) {
  std::latch looked(2), attached(2);
  std::thread thread([&] {
    recorder::attach_this_thread();
    attached.arrive_and_wait();
    looked.arrive_and_wait();
  });
  attached.arrive_and_wait();
  EXPECT_EQ(info_of(0)->end, 0u);
  looked.arrive_and_wait();
  thread.join();
  EXPECT_GE(info_of(0)->end, info_of(0)->begin);
  EXPECT_GT(info_of(0)->end, 0u);
}

TEST_F(RecorderTest, PthreadExitIsAnEndToo) {
  pthread_t thread;
  const auto body = [](void*) -> void* {
    recorder::attach_this_thread();
    pthread_exit(nullptr);
  };
  ASSERT_EQ(pthread_create(&thread, nullptr, body, nullptr), 0);
  pthread_join(thread, nullptr);
  EXPECT_GT(info_of(0)->end, 0u);
}

TEST_F(RecorderTest, NameOfAThreadThatWasSeen) {
  recorder::attach_this_thread();
  EXPECT_EQ(info_of(0)->name, "");
  recorder::name_this_thread("one");
  EXPECT_EQ(info_of(0)->name, "one");
  recorder::name_thread(gettid(), "two");
  EXPECT_EQ(info_of(0)->name, "two") << "the latest name stands";
}

TEST_F(RecorderTest, NameOfAThreadThatIsYetToBeSeen) {
  recorder::name_thread(gettid(), "early");
  recorder::name_this_thread("still early");
  recorder::attach_this_thread();
  EXPECT_EQ(info_of(0)->name, "still early");
  recorder::name_this_thread("late");
  EXPECT_EQ(info_of(0)->name, "late");
}

TEST_F(RecorderTest, EarlyNameIsForThatThreadOnly) {
  recorder::name_thread(gettid(), "early");
  std::thread([] { recorder::attach_this_thread(); }).join();
  EXPECT_EQ(info_of(0)->name, "");
  recorder::attach_this_thread();
  EXPECT_EQ(info_of(1)->name, "early");
}

// The kernel gives the id of a thread that ended to a new one; here by the test's own hand.
class ReusedId : public RecorderTest {
 protected:
  void end_a_thread_called(std::string_view name) {
    std::thread([name] {
      recorder::attach_this_thread();
      if (!name.empty()) recorder::name_this_thread(name);
    }).join();
    recorder::first_thread()->native_id = gettid();
  }
};

TEST_F(ReusedId, NameIsForTheThreadThatHasTheIdNow) {
  end_a_thread_called("old");
  recorder::attach_this_thread();
  recorder::name_thread(gettid(), "new");
  EXPECT_EQ(info_of(0)->name, "old");
  EXPECT_EQ(info_of(1)->name, "new");
}

TEST_F(ReusedId, NameGivenBeforeTheNewThreadIsSeenWaitsForIt) {
  end_a_thread_called("old");
  recorder::name_thread(gettid(), "new");
  EXPECT_EQ(info_of(0)->name, "old");
  recorder::attach_this_thread();
  EXPECT_EQ(info_of(0)->name, "old");
  EXPECT_EQ(info_of(1)->name, "new");
}

TEST_F(ReusedId, ThreadThatEndedWithoutANameDoesNotGetTheNewOnes) {
  end_a_thread_called("");
  recorder::name_this_thread("new");
  EXPECT_EQ(info_of(0)->name, "");
  recorder::attach_this_thread();
  EXPECT_EQ(info_of(1)->name, "new");
}

TEST_F(RecorderTest, EarlyNameOutlivesItsThread) {
  std::thread([] {
    recorder::name_this_thread("short");
    recorder::attach_this_thread();
  }).join();
  EXPECT_EQ(info_of(0)->name, "short");
}

TEST_F(RecorderTest, SameTextHasTheSameId) {
  const std::uint32_t load = recorder::intern_name("load");
  const std::uint32_t save = recorder::intern_name("save");
  EXPECT_GE(load, 1u);
  EXPECT_NE(load, save);
  EXPECT_EQ(recorder::intern_name("load"), load);
  const std::vector<std::string> names = recorder::interned_names();
  ASSERT_GT(names.size(), std::max(load, save));
  EXPECT_EQ(names[0], "");
  EXPECT_EQ(names[load], "load");
  EXPECT_EQ(names[save], "save");
}

TEST_F(RecorderTest, ThreadsInternTheSameNames) {
  constexpr int kThreads = 4, kNames = 200;
  std::latch start(kThreads);
  std::vector<std::vector<std::uint32_t>> ids(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : ids) {
    threads.emplace_back([&start, &mine] {
      start.arrive_and_wait();
      for (int i = 0; i < kNames; ++i) mine.push_back(recorder::intern_name("name " + std::to_string(i)));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : ids) EXPECT_EQ(mine, ids.front());
}

TEST_F(RecorderTest, ResetForgetsThreadsAndCountsFromZero) {
  recorder::attach_this_thread();
  recorder::name_this_thread("before");
  std::thread([] { recorder::attach_this_thread(); }).join();
  EXPECT_EQ(recorder::threads().size(), 2u);
  recorder::reset();
  EXPECT_TRUE(recorder::threads().empty());
  EXPECT_EQ(this_thread_record, nullptr);
  EXPECT_EQ(recorder::attach_this_thread()->index, 0u);
  EXPECT_EQ(info_of(0)->name, "");
}

}  // namespace
}  // namespace gilscope::probe
