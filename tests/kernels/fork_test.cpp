// Kernels in the child of a process whose kernels have started threads. libgomp's pool does not come along
// through a fork; a child that waited for it would hang, and is ended by its alarm.
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "kernels/grayscale.h"
#include "kernels/tile_loop.h"
#include "tests/kernels/kernel_cases.h"

namespace gilscope::kernels {
namespace {

constexpr unsigned kHangSeconds = 60;

/// Forks, and returns how the child ended: 0 if `child` returned true.
template <typename Child>
int status_of_child(const Child& child) {
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(kHangSeconds);
    _exit(child() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

class Fork : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP()
        << "ThreadSanitizer ends a forked process in which a new thread has the id of one left behind";
#endif
  }
};

/// Two threads at once in a loop of two tiles; true if there really were two.
bool two_threads_meet() {
  std::latch both(2);
  return for_each_tile({2, 1}, threads(2), [&](const Tile&, TileWorker&) noexcept {
           both.arrive_and_wait();
           return true;
         }) == TileOutcome::kDone;
}

TEST_F(Fork, ChildComputesInParallel) {
  ASSERT_TRUE(two_threads_meet());
  EXPECT_EQ(status_of_child([] { return two_threads_meet() && two_threads_meet(); }), 0);
  EXPECT_TRUE(two_threads_meet());  // and the parent goes on as before
}

TEST_F(Fork, ChildOfAProcessWithoutThreadsComputesInParallel) {
  EXPECT_EQ(status_of_child(two_threads_meet), 0);
}

TEST_F(Fork, GrandchildComputesInParallel) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP()
      << "GCC 12's AddressSanitizer may fork with its allocator locked by a thread that is just ending";
#endif
  ASSERT_TRUE(two_threads_meet());
  EXPECT_EQ(status_of_child([] { return two_threads_meet() && status_of_child(two_threads_meet) == 0; }), 0);
}

TEST_F(Fork, ChildOfAnotherThreadComputesInParallel) {
  std::jthread([] {
    ASSERT_TRUE(two_threads_meet());
    EXPECT_EQ(status_of_child(two_threads_meet), 0);
  });
}

TEST_F(Fork, NewThreadOfTheChildComputesInParallel) {
  ASSERT_TRUE(two_threads_meet());
  EXPECT_EQ(status_of_child([] {
              bool met = false;
              std::jthread([&] { met = two_threads_meet(); });
              return met;
            }),
            0);
}

TEST_F(Fork, ChildsResultsAreRight) {
  const auto pixels = random_bytes(1000 * 999 * 4);
  const ConstImageView src = packed(pixels, 1000, 999, 4);
  std::vector<std::uint8_t> expected, gray;
  grayscale(src, packed(expected, 1000, 999, 1), threads(2));
  EXPECT_EQ(status_of_child([&] {
              return grayscale(src, packed(gray, 1000, 999, 1), threads(2)) == TileOutcome::kDone &&
                     gray == expected;
            }),
            0);
}

TEST_F(Fork, ChildsCallingThreadIsAskedWhetherToKeepGoing) {
  class StopAtThird : public TileWatcher {
   public:
    bool keep_going() noexcept override {
      on_caller = on_caller && std::this_thread::get_id() == caller;
      return ++calls < 3;
    }
    std::thread::id caller = std::this_thread::get_id();
    bool on_caller = true;
    int calls = 0;
  };
  ASSERT_TRUE(two_threads_meet());
  EXPECT_EQ(status_of_child([] {
              StopAtThird watcher;
              const auto outcome = for_each_tile({std::size_t{1} << 50, 1}, {2, &watcher},
                                                 [](const Tile&, TileWorker&) noexcept { return true; });
              return outcome == TileOutcome::kStopped && watcher.on_caller && watcher.calls == 3;
            }),
            0);
}

TEST_F(Fork, ChildUsesNoMoreThreadsThanAskedFor) {
  ASSERT_TRUE(two_threads_meet());
  EXPECT_EQ(status_of_child([] {
              std::mutex mutex;
              std::set<std::thread::id> ids;
              for_each_tile({1000, 1}, threads(2), [&](const Tile&, TileWorker&) noexcept {
                const std::lock_guard lock(mutex);
                ids.insert(std::this_thread::get_id());
                return true;
              });
              return ids.size() <= 2;
            }),
            0);
}

}  // namespace
}  // namespace gilscope::kernels
