// Sleeps on semaphores become records of the thread that slept, as its reader says.
#include "embed/probe/lock_waits.h"

#include <vector>

#include <gtest/gtest.h>

#include "embed/probe/clock.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe {
namespace {

using lock_waits::Watch;

class LockWaits : public testing::Test {
 protected:
  void SetUp() override { recorder::reset(); }
  void TearDown() override { recorder::reset(); }
  static std::vector<Turn> recorded() {
    std::vector<Turn> all;
    for (ThreadRecord* record = recorder::first_thread(); record != nullptr; record = record->next.load()) {
      record->buffer.drain(
          [&](const Turn* first, std::size_t count) { all.insert(all.end(), first, first + count); });
    }
    return all;
  }
};

TEST_F(LockWaits, ASleepIsASpanWithItsPlace) {
  const Ticks begun = now();
  lock_waits::slept({.is_python = true, .is_paused = false, .location = 7}, begun);
  const std::vector<Turn> all = recorded();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, RecordKind::kSleep);
  EXPECT_EQ(all[0].take, begun);
  EXPECT_GE(all[0].drop, begun);
  EXPECT_LE(all[0].drop, now());
  EXPECT_EQ(all[0].location, 7u);
  EXPECT_EQ(all[0].requests, 0u);
}

TEST_F(LockWaits, APauseIsToldFromALock) {
  lock_waits::slept({.is_python = true, .is_paused = true, .location = 0}, now());
  const std::vector<Turn> all = recorded();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].requests, 1u);
}

TEST_F(LockWaits, ThreadsThatRunNoPythonAreLeftOut) {
  lock_waits::slept({}, now());
  EXPECT_TRUE(recorded().empty());
}

const std::byte code[2] = {};
const std::byte code_of_another{};

Watch watch_with(bool (*has_signal)() noexcept) {
  return {.has_signal = has_signal, .code_begin = code, .code_end = code + 1};
}

TEST_F(LockWaits, NothingIsDoneUntilSomebodyWatches) {
  EXPECT_EQ(lock_waits::watch_of(code), nullptr);
  lock_waits::watch(watch_with(nullptr));
  EXPECT_NE(lock_waits::watch_of(code), nullptr);
  EXPECT_FALSE(lock_waits::records_sleeps());
  lock_waits::watch({.sleeper = []() noexcept { return lock_waits::Sleeper{}; }});
  EXPECT_TRUE(lock_waits::records_sleeps());
  lock_waits::unwatch();
  EXPECT_EQ(lock_waits::watch_of(code), nullptr);
  EXPECT_FALSE(lock_waits::records_sleeps());
}

TEST_F(LockWaits, OnlyPythonsOwnCallsAreWatched) {
  lock_waits::watch(watch_with(nullptr));
  EXPECT_NE(lock_waits::watch_of(code), nullptr);
  EXPECT_EQ(lock_waits::watch_of(code + 1), nullptr);
  EXPECT_EQ(lock_waits::watch_of(&code_of_another), nullptr);
  lock_waits::unwatch();
}

TEST_F(LockWaits, ASignalBeforeASleepIsSeenOnce) {
  const Watch watch = watch_with([]() noexcept { return true; });
  const int semaphore = 0, another = 0;
  EXPECT_TRUE(lock_waits::must_see_signal(watch, &semaphore));
  // Who comes again at once does not care for signals, and is to sleep.
  EXPECT_FALSE(lock_waits::must_see_signal(watch, &semaphore));
  EXPECT_TRUE(lock_waits::must_see_signal(watch, &semaphore));
  EXPECT_TRUE(lock_waits::must_see_signal(watch, &another));
}

TEST_F(LockWaits, WithoutASignalItIsLeftAlone) {
  const int semaphore = 0;
  EXPECT_FALSE(lock_waits::must_see_signal(watch_with([]() noexcept { return false; }), &semaphore));
  EXPECT_FALSE(lock_waits::must_see_signal(watch_with(nullptr), &semaphore));
}

}  // namespace
}  // namespace gilscope::probe
