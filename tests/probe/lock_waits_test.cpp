// Sleeps on semaphores become records of the thread that slept, as its reader says.
#include "embed/probe/lock_waits.h"

#include <vector>

#include <gtest/gtest.h>

#include "embed/probe/clock.h"
#include "embed/probe/recorder.h"

namespace gilscope::probe {
namespace {

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

TEST_F(LockWaits, NobodyReadsUntilSomebodyWatches) {
  EXPECT_EQ(lock_waits::reader(), nullptr);
  const lock_waits::Reader reader = []() noexcept { return lock_waits::Sleeper{}; };
  lock_waits::watch(reader);
  EXPECT_EQ(lock_waits::reader(), reader);
  lock_waits::unwatch();
  EXPECT_EQ(lock_waits::reader(), nullptr);
}

}  // namespace
}  // namespace gilscope::probe
