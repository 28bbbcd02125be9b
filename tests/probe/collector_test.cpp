// The collector with threads that push turns of their own making: all arrive, once and in order.
#include "embed/probe/collector.h"

#include <atomic>
#include <latch>
#include <map>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "embed/probe/clock.h"
#include "embed/probe/gil_table.h"

namespace gilscope::probe {
namespace {

class CountingSink final : public TurnSink {
 public:
  void add(std::uint32_t thread, std::span<const Turn> records) override {
    const bool alone = !busy_.exchange(true);
    if (!alone) ++mixed;
    for (const Turn& turn : records) {
      if (turn.sequence != next[thread]++ || turn.location != thread) ++wrong;
    }
    busy_.store(false);
  }
  void end_of_pass(Ticks oldest_open_want) override {
    if (busy_.load()) ++mixed;
    oldest = oldest_open_want;
    ++passes;
  }

  std::map<std::uint32_t, std::uint32_t> next;  ///< by thread: how many have come
  std::atomic<std::uint32_t> wrong{0};
  std::atomic<std::uint32_t> mixed{0};
  std::atomic<std::uint32_t> passes{0};
  Ticks oldest = 0;

 private:
  std::atomic<bool> busy_{false};
};

void push(std::uint32_t count) {
  ThreadRecord& record = *recorder::attach_this_thread();
  static thread_local std::uint32_t sequence;
  static thread_local const ThreadRecord* counted;
  if (std::exchange(counted, &record) != &record) sequence = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Turn* const slot = record.buffer.open_slot();
    *slot = Turn{};
    slot->sequence = sequence++;
    slot->location = record.index;
    ASSERT_TRUE(record.buffer.publish(slot));
  }
}

class CollectorTest : public testing::Test {
 protected:
  void SetUp() override { recorder::reset(); }
  void TearDown() override { recorder::reset(); }

  void expect_all(std::size_t threads, std::uint32_t turns_each) {
    EXPECT_EQ(sink.next.size(), threads);
    for (const auto& [thread, count] : sink.next) EXPECT_EQ(count, turns_each) << "thread " << thread;
    EXPECT_EQ(sink.wrong.load(), 0u);
    EXPECT_EQ(sink.mixed.load(), 0u);
  }

  CountingSink sink;
};

constexpr std::uint32_t kTurns = 50'000;

TEST_F(CollectorTest, EverythingArrivesOnceAndInOrder) {
  constexpr std::size_t kThreads = 4;
  Collector collector(sink);
  collector.start();
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&start] {
      start.arrive_and_wait();
      push(kTurns);
    });
  }
  for (std::thread& thread : threads) thread.join();
  collector.stop();
  expect_all(kThreads, kTurns);
}

TEST_F(CollectorTest, PassesOfTwoThreadsDoNotMix) {
  Collector collector(sink);
  std::latch start(4);
  std::atomic<int> writing{2};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      push(kTurns);
      --writing;
    });
    threads.emplace_back([&] {
      start.arrive_and_wait();
      while (writing.load() > 0) collector.pass();
    });
  }
  for (std::thread& thread : threads) thread.join();
  collector.pass();
  expect_all(2, kTurns);
}

TEST_F(CollectorTest, StopDoesALastPass) {
  Collector collector(sink);
  collector.start();
  while (sink.passes.load() == 0) std::this_thread::yield();
  push(10);
  collector.stop();
  expect_all(1, 10);
  const std::uint32_t passes = sink.passes.load();
  collector.stop();
  EXPECT_EQ(sink.passes.load(), passes) << "stopped is stopped";
}

TEST_F(CollectorTest, StartsAgainAfterAStop) {
  Collector collector(sink);
  collector.start();
  collector.stop();
  const std::uint32_t passes = sink.passes.load();
  collector.start();
  while (sink.passes.load() == passes) std::this_thread::yield();
  push(10);
  collector.stop();
  expect_all(1, 10);
}

TEST_F(CollectorTest, EndsWithItsOwner) {
  {
    Collector collector(sink);
    collector.start();
    push(10);
  }
  expect_all(1, 10);
}

TEST_F(CollectorTest, ALookSeesWhatThePassBrought) {
  Collector collector(sink);
  push(10);
  std::uint32_t seen = 0;
  collector.pass_and_look([&] { seen = sink.next[0]; });
  EXPECT_EQ(seen, 10u);
  EXPECT_EQ(sink.passes.load(), 1u);
}

TEST_F(CollectorTest, TurnsOfAThreadThatEndedAreStillCollected) {
  std::thread([] { push(3'000); }).join();
  Collector collector(sink);
  collector.pass();
  expect_all(1, 3'000);
}

TEST_F(CollectorTest, OldestOpenWantIsThatOfAnyThread) {
  Collector collector(sink);
  std::latch set(2), done(2);
  std::thread waits([&] {
    recorder::attach_this_thread()->open_want.store(500);
    set.arrive_and_wait();
    done.arrive_and_wait();
  });
  recorder::attach_this_thread()->open_want.store(700);
  set.arrive_and_wait();
  collector.pass();
  EXPECT_EQ(sink.oldest, 500u);

  this_thread_record->open_want.store(ThreadRecord::kWantUnknown);
  collector.pass();
  EXPECT_LE(sink.oldest, ThreadRecord::kWantUnknown) << "not known yet: nothing may be promised";
  this_thread_record->open_want.store(0);
  collector.pass();
  EXPECT_EQ(sink.oldest, 500u);
  done.arrive_and_wait();
  waits.join();
}

TEST_F(CollectorTest, WithoutOpenWantsThePromiseIsNotAheadOfTheClock) {
  Collector collector(sink);
  recorder::attach_this_thread();
  collector.pass();
  const Ticks first = sink.oldest;
  EXPECT_LE(first, now());
  collector.pass();
  EXPECT_GE(sink.oldest, first) << "it moves on";
}

TEST_F(CollectorTest, ThreadThatEndedInsideAWaitHoldsNothingUp) {
  std::thread([] { recorder::attach_this_thread()->open_want.store(500); }).join();
  Collector collector(sink);
  // The system may take a moment until it has forgotten the thread.
  do {
    collector.pass();
  } while (sink.oldest <= 500);
}

class OpenTurns : public testing::Test {
 protected:
  void SetUp() override {
    recorder::reset();
    gil_table::watch(memory_, {.cond = 40, .switch_mutex = 96, .switch_cond = 136});
    self_ = recorder::attach_this_thread();
  }
  void TearDown() override {
    gil_table::unwatch();
    recorder::reset();
  }

  Gil& gil_ = gil_table::main_slot.gil;
  ThreadRecord* self_ = nullptr;
  char memory_[256] = {};
};

TEST_F(OpenTurns, NoneWhenTheGilIsFree) { EXPECT_TRUE(open_turns().empty()); }

TEST_F(OpenTurns, HolderAndWaiter) {
  gil_watch::take(gil_, *self_, 100);
  std::thread([this] {
    ThreadRecord& waiter = *recorder::attach_this_thread();
    gil_watch::wait_begins(gil_, waiter, [] { return Ticks{150}; });
    gil_watch::wait_timed_out(gil_, gil_.switches, 170);
    const std::vector<OpenTurnState> open = open_turns();
    ASSERT_EQ(open.size(), 2u);
    EXPECT_EQ(open[0].thread, 0u);
    EXPECT_EQ(open[0].want, 100u);
    EXPECT_EQ(open[0].take, 100u);
    EXPECT_EQ(open[0].request, 170u);
    EXPECT_EQ(open[0].requests, 1u);
    EXPECT_EQ(open[0].sequence, 0u);
    EXPECT_EQ(open[1].thread, waiter.index);
    EXPECT_EQ(open[1].want, 150u);
    EXPECT_EQ(open[1].take, 0u);
  }).join();
  EXPECT_EQ(open_turns().size(), 1u) << "the waiter has ended";
  gil_watch::drop(gil_, *self_, 200, false);
  EXPECT_TRUE(open_turns().empty());
}

TEST_F(OpenTurns, AskedThreadWaits) {
  gil_watch::take(gil_, *self_, 100);
  gil_watch::wait_timed_out(gil_, gil_.switches, 170);
  gil_watch::drop(gil_, *self_, 200, true);
  const std::vector<OpenTurnState> open = open_turns();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].want, 200u);
  EXPECT_EQ(open[0].take, 0u);
}

}  // namespace
}  // namespace gilscope::probe
