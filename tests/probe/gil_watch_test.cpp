// What gil_watch makes of the pthread calls of one GIL's threads, told one by one.
#include "embed/probe/gil_watch.h"

#include <gtest/gtest.h>

#include "tests/probe/fake_thread.h"

namespace gilscope::probe {
namespace {

class GilWatch : public testing::Test {
 protected:
  ScriptedGil script;
  Gil& gil = script.gil;
  FakeThread a, b, c;
};

TEST_F(GilWatch, TurnThatNobodyWaitedForIsTakenWhenWanted) {
  gil.index = 7;
  script.takes_at_once(a, 100);
  EXPECT_EQ(gil.holder.load(), &a.record);
  script.gives(a, 130);
  EXPECT_EQ(gil.holder.load(), nullptr);

  const Turn turn = a.only_turn();
  EXPECT_EQ(turn.kind, RecordKind::kTurn);
  EXPECT_EQ(turn.want, 100u);
  EXPECT_EQ(turn.take, 100u);
  EXPECT_EQ(turn.drop, 130u);
  EXPECT_EQ(turn.request, 0u);
  EXPECT_EQ(turn.requests, 0u);
  EXPECT_EQ(turn.sequence, 0u);
  EXPECT_EQ(turn.gil, 7u);
  EXPECT_EQ(turn.end, TurnEnd::kGave);
  EXPECT_EQ(gil.overlaps.load(), 0u);
}

TEST_F(GilWatch, SequenceCountsTheTakesOfAllThreads) {
  script.takes_at_once(a, 1);
  script.gives(a, 2);
  script.takes_at_once(b, 3);
  script.gives(b, 4);
  script.takes_at_once(a, 5);
  script.gives(a, 6);
  const std::vector<Turn> turns = a.new_turns();
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].sequence, 0u);
  EXPECT_EQ(turns[1].sequence, 2u);
  EXPECT_EQ(b.only_turn().sequence, 1u);
}

TEST_F(GilWatch, WantIsTheFirstWait) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  EXPECT_EQ(b.record.open_want.load(), 20u);
  script.times_out(b, 40);
  EXPECT_EQ(b.record.open_want.load(), 20u);
  script.gives(a, 50);
  script.gets(b, 60);
  EXPECT_EQ(b.record.open_want.load(), 0u);
  script.gives(b, 70);
  const Turn turn = b.only_turn();
  EXPECT_EQ(turn.want, 20u);
  EXPECT_EQ(turn.take, 60u);
  EXPECT_EQ(turn.drop, 70u);
}

TEST_F(GilWatch, WantIsUnknownToTheCollectorUntilItsTickIsRead) {
  script.takes_at_once(a, 10);
  gil_watch::wait_begins(gil, b.record, [this] {
    EXPECT_EQ(b.record.open_want.load(), ThreadRecord::kWantUnknown);
    return Ticks{20};
  });
  EXPECT_EQ(b.record.open_want.load(), 20u);
}

TEST_F(GilWatch, TimedOutWaitIsADropRequestOfTheOpenTurn) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.waits(c, 21);
  script.times_out(b, 30);
  script.times_out(c, 31);
  script.times_out(b, 40);
  script.gives(a, 50);
  const Turn requested = a.only_turn();
  EXPECT_EQ(requested.request, 30u) << "the first of them is kept";
  EXPECT_EQ(requested.requests, 3u);

  script.gets(c, 60);
  script.gives(c, 70);
  const Turn after = c.only_turn();
  EXPECT_EQ(after.request, 0u) << "a request is for one turn";
  EXPECT_EQ(after.requests, 0u);
}

TEST_F(GilWatch, RequestsSaturate) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  for (Ticks i = 0; i < 254; ++i) script.times_out(b, 30 + i);
  EXPECT_EQ(gil.requests.load(), 254u);
  for (Ticks i = 0; i < 300; ++i) script.times_out(b, 1'000 + i);
  script.gives(a, 5'000);
  const Turn turn = a.only_turn();
  EXPECT_EQ(turn.requests, 255u);
  EXPECT_EQ(turn.request, 30u);
}

TEST_F(GilWatch, TimeOutOfAFreeGilIsNoRequest) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.gives(a, 25);
  script.times_out(b, 30);
  EXPECT_EQ(gil.request.load(), 0u);
  EXPECT_EQ(gil.requests.load(), 0u);
}

TEST_F(GilWatch, TimeOutAfterASwitchIsNoRequest) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.waits(c, 20);
  script.gives(a, 25);
  script.gets(c, 26);
  script.times_out(b, 30);
  EXPECT_EQ(gil.requests.load(), 0u) << "the GIL has changed hands since that wait began";
  script.times_out(b, 40);
  EXPECT_EQ(gil.requests.load(), 1u) << "and not since this one began";
  EXPECT_EQ(gil.request.load(), 40u);
}

TEST_F(GilWatch, TimeOutAfterTheSameThreadTookItAgainIsARequest) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.gives(a, 25);
  script.takes_at_once(a, 26);
  script.times_out(b, 30);
  EXPECT_EQ(gil.request.load(), 30u) << "CPython counts switches between threads only";
}

TEST_F(GilWatch, AskedThreadWantsTheGilFromItsDropOn) {
  gil.index = 3;
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.times_out(b, 30);
  script.drops_in_eval_loop(a, 40);
  EXPECT_EQ(a.record.open_want.load(), 40u);
  EXPECT_EQ(a.record.open_gil.load(), 3u);
  const Turn asked = a.only_turn();
  EXPECT_EQ(asked.end, TurnEnd::kAsked);
  EXPECT_EQ(asked.request, 30u);
  EXPECT_EQ(asked.requests, 1u);

  script.gets(b, 45);
  script.waits(a, 90);  // it had no core before
  script.gives(b, 100);
  script.gets(a, 105);
  script.gives(a, 110);
  const Turn next = a.only_turn();
  EXPECT_EQ(next.want, 40u);
  EXPECT_EQ(next.take, 105u);
  EXPECT_EQ(next.end, TurnEnd::kGave);
}

TEST_F(GilWatch, AskedThreadThatFindsTheGilFreeHasWaitedToo) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.times_out(b, 30);
  script.drops_in_eval_loop(a, 40);
  script.gets(b, 45);
  script.gives(b, 50);
  a.new_turns();
  script.takes_at_once(a, 90);
  script.gives(a, 95);
  EXPECT_EQ(a.only_turn().want, 40u);
}

TEST_F(GilWatch, GaveWithARequestPending) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.times_out(b, 30);
  script.gives(a, 40);
  const Turn gave = a.only_turn();
  EXPECT_EQ(gave.end, TurnEnd::kGave);
  EXPECT_EQ(gave.request, 30u);
  EXPECT_EQ(a.record.open_want.load(), 0u) << "it may have work of its own to do";

  script.gets(b, 45);
  script.gives(b, 50);
  script.takes_at_once(a, 90);
  script.gives(a, 95);
  EXPECT_EQ(a.only_turn().want, 90u);
}

TEST_F(GilWatch, DropInTheEvalLoopWithoutARequestIsGiven) {
  script.takes_at_once(a, 10);
  script.drops_in_eval_loop(a, 40);
  EXPECT_EQ(a.only_turn().end, TurnEnd::kGave);
  EXPECT_EQ(a.record.want, 0u);
}

TEST_F(GilWatch, AttemptThatIsGivenUpIsNoDrop) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.times_out(b, 30);
  gil_watch::drop(gil, b.record, 35, true);
  EXPECT_EQ(gil.holder.load(), &a.record);
  EXPECT_TRUE(b.new_turns().empty());
  EXPECT_EQ(b.record.open_want.load(), 0u);

  script.gives(a, 40);
  EXPECT_EQ(a.only_turn().drop, 40u);
  script.takes_at_once(b, 50);
  script.gives(b, 60);
  EXPECT_EQ(b.only_turn().want, 50u) << "the wait that was given up is over";
}

TEST_F(GilWatch, LockThatTakesNothingLeavesNoWant) {
  gil_watch::lock_contended(gil, a.record, 5);  // Py_AddPendingCall
  EXPECT_EQ(a.record.open_want.load(), 0u);
  script.takes_at_once(a, 100);
  script.gives(a, 110);
  EXPECT_EQ(a.only_turn().want, 100u);

  gil_watch::lock_contended(gil, a.record, 115);
  gil_watch::lock_contended(gil, a.record, 120);
  script.gets(a, 130);
  script.gives(a, 140);
  EXPECT_EQ(a.only_turn().want, 120u) << "the lock that the take followed";
}

TEST_F(GilWatch, ContendedMutexIsPartOfTheWait) {
  script.takes_at_once(a, 10);
  gil_watch::lock_contended(gil, b.record, 20);
  gil_watch::wait_begins(gil, b.record, [] {
    ADD_FAILURE() << "the want was known: no clock need be read";
    return Ticks{0};
  });
  EXPECT_EQ(b.record.open_want.load(), 20u);
  script.gives(a, 30);
  script.gets(b, 40);
  script.gives(b, 50);
  EXPECT_EQ(b.only_turn().want, 20u);
}

TEST_F(GilWatch, WantIsToldUntilItsTurnIsPublished) {
  constexpr Ticks kMost = 1'000;
  script.takes_at_once(a, 10);
  EXPECT_EQ(a.record.oldest_want(kMost, 0), kMost) << "it did not wait";
  gil_watch::lock_contended(gil, b.record, 20);
  EXPECT_EQ(b.record.oldest_want(kMost, 0), 20u) << "it may be off the core until it has the mutex";
  EXPECT_EQ(b.record.oldest_want(kMost, 21), kMost) << "too long ago: it wanted no GIL";
  gil_watch::wait_begins(gil, b.record, [] { return Ticks{30}; });
  EXPECT_EQ(b.record.oldest_want(kMost, 0), 20u);
  script.gives(a, 40);
  script.gets(b, 50);
  EXPECT_EQ(b.record.open_want.load(), 0u);
  EXPECT_EQ(b.record.oldest_want(kMost, 0), 20u) << "its turn is not published yet";
  script.gives(b, 900);
  EXPECT_EQ(b.record.oldest_want(kMost, 0), kMost);
  EXPECT_EQ(b.only_turn().want, 20u);
}

TEST_F(GilWatch, HolderThatFindsTheMutexTakenWantsNothing) {
  script.takes_at_once(a, 10);
  gil_watch::lock_contended(gil, a.record, 20);  // the lock of drop_gil, a waiter inside its own
  EXPECT_EQ(a.record.lock_want.load(), 0u);
  script.gives(a, 30);
  script.takes_at_once(a, 40);
  script.gives(a, 50);
  const std::vector<Turn> turns = a.new_turns();
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[1].want, 40u);
}

TEST_F(GilWatch, TakeOfAHeldGilIsCountedAsOverlap) {
  script.takes_at_once(a, 10);
  EXPECT_EQ(gil.overlaps.load(), 0u);
  script.takes_at_once(b, 20);
  EXPECT_EQ(gil.overlaps.load(), 1u);
  script.gives(b, 30);
  EXPECT_EQ(b.only_turn().take, 20u);
}

TEST_F(GilWatch, ClockThatLagsIsClampedToTheLastDrop) {
  script.takes_at_once(a, 10);
  script.waits(b, 20);
  script.gives(a, 100);
  script.gets(b, 97);
  script.gives(b, 120);
  const Turn waited = b.only_turn();
  EXPECT_EQ(waited.take, 100u);
  EXPECT_EQ(waited.want, 20u);

  script.takes_at_once(a, 119);
  script.gives(a, 130);
  const Turn at_once = a.new_turns().back();
  EXPECT_EQ(at_once.take, 120u);
  EXPECT_EQ(at_once.want, 120u) << "want = take where nobody waited";
}

TEST_F(GilWatch, WantIsNeverAfterTake) {
  script.takes_at_once(a, 10);
  script.waits(b, 205);  // read late by a processor that lags
  script.gives(a, 100);
  script.gets(b, 200);
  script.gives(b, 210);
  const Turn turn = b.only_turn();
  EXPECT_EQ(turn.want, 200u);
  EXPECT_EQ(turn.take, 200u);
}

TEST_F(GilWatch, ThreadThatEndsWhileItWaitsLeavesTheOthersAlone) {
  script.takes_at_once(a, 10);
  {
    FakeThread ends;  // pthread_exit in take_gil, at finalisation
    script.waits(ends, 20);
    script.times_out(ends, 30);
    EXPECT_TRUE(ends.new_turns().empty());
  }
  script.waits(b, 35);
  script.drops_in_eval_loop(a, 40);
  script.gets(b, 50);
  script.gives(b, 60);
  EXPECT_EQ(a.only_turn().request, 30u);
  EXPECT_EQ(b.only_turn().sequence, 1u);
  EXPECT_EQ(gil.overlaps.load(), 0u);
}

TEST_F(GilWatch, TurnWithoutMemoryIsLostAndTheNextIsNot) {
  const std::size_t used = TurnBuffer::memory_used();
  TurnBuffer::set_memory_limit(used);
  script.takes_at_once(a, 10);
  EXPECT_EQ(gil.holder.load(), &a.record);
  script.gives(a, 20);
  EXPECT_EQ(gil.lost.load(), 1u);
  EXPECT_TRUE(a.new_turns().empty());

  TurnBuffer::set_memory_limit(used + sizeof(Chunk));
  script.takes_at_once(a, 30);
  script.gives(a, 40);
  EXPECT_EQ(gil.lost.load(), 1u);
  EXPECT_EQ(a.only_turn().sequence, 1u);
  TurnBuffer::set_memory_limit(std::size_t{512} << 20);
}

}  // namespace
}  // namespace gilscope::probe
