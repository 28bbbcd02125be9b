// What the probe does in a forked child: nothing, and without waiting for a thread that is not there.
#include <atomic>
#include <functional>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "embed/probe/gil_table.h"
#include "embed/probe/places.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe {
namespace {

// Runs `body` in a forked child and returns the number it returned; -1 if it hung or crashed.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body());
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

constexpr GilLayout kLayout{.cond = 40, .switch_mutex = 96, .switch_cond = 136};

class ForkTest : public testing::Test {
 protected:
  void SetUp() override {
    gil_table::sleep_in_forked_children();
    gil_table::watch(memory_, kLayout);
    recorder::reset();
    recorder::attach_this_thread();
    recorder::name_this_thread("parent");
  }
  void TearDown() override {
    gil_table::unwatch();
    recorder::reset();
  }

  char memory_[512] = {};
};

TEST_F(ForkTest, ChildSeesNothing) {
  EXPECT_EQ(in_child([this] {
              if (!recorder::is_forked_child()) return 1;
              if (gil_table::is_watching() || gil_table::is_main_mutex(memory_)) return 2;
              if (recorder::first_thread() != nullptr || this_thread_record != nullptr) return 3;
              if (!recorder::threads().empty()) return 4;
              return 0;
            }),
            0);
  EXPECT_FALSE(recorder::is_forked_child());
  EXPECT_TRUE(gil_table::is_watching());
  ASSERT_EQ(recorder::threads().size(), 1u);
  EXPECT_EQ(recorder::threads().front().name, "parent");
}

TEST_F(ForkTest, ChildSeesNoFurtherGils) {
  const auto make = [](const char* gil) {
    gil_table::mutex_made(gil);
    gil_table::mutex_made(gil + kLayout.switch_mutex);
    gil_table::cond_made(gil + kLayout.cond);
    gil_table::cond_made(gil + kLayout.switch_cond);
  };
  make(memory_ + 8);
  EXPECT_EQ(in_child([&] {
              if (gil_table::must_look_further()) return 1;
              make(memory_ + 16);
              return gil_table::must_look_further() ? 2 : 0;
            }),
            0);
  EXPECT_EQ(gil_table::slots().size(), 2u);
}

TEST_F(ForkTest, GrandchildSeesNothingEither) {
  EXPECT_EQ(
      in_child([] {
        return in_child([] { return recorder::is_forked_child() && !gil_table::is_watching() ? 7 : 1; });
      }),
      7);
}

TEST_F(ForkTest, NamesAreNoTrapWhenTheirMutexWasLockedAtTheFork) {
  // Copying many names keeps the mutex locked nearly all the time.
  for (int i = 0; i < 5'000; ++i)
    recorder::intern_name("a name that needs an allocation " + std::to_string(i));
  std::atomic<bool> stop{false};
  std::atomic<int> copies{0};
  std::thread copier([&] {
    while (!stop.load()) {
      recorder::interned_names();
      ++copies;
    }
  });
  while (copies.load() == 0) std::this_thread::yield();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(in_child([] {
                recorder::wake_up_after_fork();
                const std::uint32_t own = recorder::intern_name("of the child");
                return own == 1 && recorder::interned_names().size() == 2 ? 0 : 1;
              }),
              0);
    ASSERT_EQ(in_child([] {
                recorder::name_this_thread("child");
                recorder::name_thread(gettid(), "child");
                if (recorder::intern_name("child") != 0) return 1;
                if (!recorder::threads().empty()) return 2;
                if (!recorder::interned_names().empty()) return 3;
                return 0;
              }),
              0);
  }
  stop.store(true);
  copier.join();
}

TEST_F(ForkTest, AChildThatWakesUpIsRecordedAnew) {
  ASSERT_EQ(places::intern("parent.py", "f", 1, 0), 1u);
  EXPECT_EQ(in_child([this] {
              if (!recorder::is_asleep() || places::intern("child.py", "f", 1, 0) != 0) return 1;
              recorder::wake_up_after_fork();
              gil_table::watch(memory_, kLayout);
              if (recorder::is_asleep() || !recorder::is_forked_child()) return 2;
              recorder::attach_this_thread();
              recorder::name_this_thread("child");
              const std::vector<ThreadInfo> threads = recorder::threads();
              if (threads.size() != 1 || threads[0].name != "child" || threads[0].index != 0) return 3;
              if (threads[0].native_id != gettid()) return 4;
              if (places::intern("child.py", "g", 2, 0) != 1 || places::places_from(1).size() != 1) return 5;
              return in_child([] { return recorder::is_asleep() ? 6 : 1; });
            }),
            6);
  EXPECT_EQ(places::places_from(1).front().file, "parent.py");
}

}  // namespace
}  // namespace gilscope::probe
