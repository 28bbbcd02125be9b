// The short ways through gil_watch: they refuse whatever is not theirs, and record what the long ways would.
#include <random>

#include <gtest/gtest.h>

#include "embed/probe/gil_watch.h"
#include "tests/probe/fake_thread.h"

namespace gilscope::probe {
namespace {

class GilWatchFast : public testing::Test {
 protected:
  // From here on `a` has room for a turn, and held the GIL last.
  void SetUp() override {
    script.takes_at_once(a, 10);
    script.gives(a, 20);
    a.new_turns();
  }
  bool take_again(FakeThread& thread, Ticks tick) { return gil_watch::take_again(gil, thread.record, tick); }
  bool drop_unasked(FakeThread& thread, Ticks tick) {
    return gil_watch::drop_unasked(
        gil, thread.record, [] { return 7u; }, [tick] { return tick; });
  }

  ScriptedGil script;
  Gil& gil = script.gil;
  FakeThread a, b;
};

TEST_F(GilWatchFast, TurnOfTheSameThread) {
  gil.index = 5;
  ASSERT_TRUE(take_again(a, 30));
  EXPECT_EQ(gil.holder.load(), &a.record);
  ASSERT_TRUE(drop_unasked(a, 40));
  EXPECT_EQ(gil.holder.load(), nullptr);
  const Turn turn = a.only_turn();
  EXPECT_EQ(turn.want, 30u);
  EXPECT_EQ(turn.take, 30u);
  EXPECT_EQ(turn.drop, 40u);
  EXPECT_EQ(turn.sequence, 1u);
  EXPECT_EQ(turn.gil, 5u);
  EXPECT_EQ(turn.end, TurnEnd::kGave);
  EXPECT_EQ(turn.kind, RecordKind::kTurn);
  EXPECT_EQ(turn.location, 7u);
}

TEST_F(GilWatchFast, TakeAgainRefusesAThreadThatDidNotHoldItLast) {
  script.takes_at_once(b, 30);
  script.gives(b, 40);
  EXPECT_FALSE(take_again(a, 50));
  EXPECT_EQ(gil.holder.load(), nullptr);
  EXPECT_EQ(gil.sequence.load(), 2u);
}

TEST_F(GilWatchFast, TakeAgainRefusesAThreadThatWaited) {
  script.waits(a, 30);
  EXPECT_FALSE(take_again(a, 50));
  script.gets(a, 50);
  script.gives(a, 60);
  EXPECT_EQ(a.only_turn().want, 30u);
}

TEST_F(GilWatchFast, TakeAgainRefusesAThreadThatFoundTheMutexTaken) {
  gil_watch::lock_contended(gil, a.record, 30);
  EXPECT_FALSE(take_again(a, 50));
}

TEST_F(GilWatchFast, TakeAgainRefusesAHeldGil) {
  ASSERT_TRUE(take_again(a, 30));
  EXPECT_FALSE(take_again(a, 40));
  script.gives(a, 45);
  script.takes_at_once(b, 50);
  EXPECT_FALSE(take_again(a, 60));
  EXPECT_EQ(gil.overlaps.load(), 0u);
}

TEST_F(GilWatchFast, TakeAgainRefusesWhatIsLeftOfARequest) {
  ASSERT_TRUE(take_again(a, 30));
  script.waits(b, 35);
  script.times_out(b, 40);
  script.gives(a, 45);
  EXPECT_FALSE(take_again(a, 50)) << "the request must be cleared";
  script.takes_at_once(a, 50);
  EXPECT_EQ(gil.request.load(), 0u);
  EXPECT_EQ(gil.requests.load(), 0u);
}

TEST_F(GilWatchFast, TakeAgainRefusesWithoutRoom) {
  for (Ticks i = 0; a.record.buffer.ready_slot() != nullptr; ++i) {
    ASSERT_TRUE(take_again(a, 100 + 2 * i));
    ASSERT_TRUE(drop_unasked(a, 101 + 2 * i));
  }
  EXPECT_EQ(a.new_turns().size(), Chunk::kTurns - 1);
  EXPECT_FALSE(take_again(a, 100'000));
  EXPECT_EQ(gil.holder.load(), nullptr);
  EXPECT_FALSE(gil_watch::take_again(gil, b.record, 100'000)) << "a thread that has no chunk yet";
}

TEST_F(GilWatchFast, DropUnaskedRefusesWhoDoesNotHold) {
  EXPECT_FALSE(drop_unasked(a, 30));
  ASSERT_TRUE(take_again(a, 30));
  EXPECT_FALSE(drop_unasked(b, 40));
  EXPECT_EQ(gil.holder.load(), &a.record);
  EXPECT_TRUE(a.new_turns().empty());
}

TEST_F(GilWatchFast, DropUnaskedRefusesATurnThatWasRequested) {
  ASSERT_TRUE(take_again(a, 30));
  script.waits(b, 35);
  script.times_out(b, 40);
  EXPECT_FALSE(drop_unasked(a, 45));
  EXPECT_EQ(gil.holder.load(), &a.record);
  script.drops_in_eval_loop(a, 45);
  EXPECT_EQ(a.only_turn().end, TurnEnd::kAsked);
}

TEST_F(GilWatchFast, DropUnaskedRefusesATurnThatHasNoRoom) {
  TurnBuffer::set_memory_limit(TurnBuffer::memory_used());
  script.takes_at_once(b, 30);
  EXPECT_FALSE(drop_unasked(b, 40));
  EXPECT_EQ(gil.holder.load(), &b.record);
  script.gives(b, 40);
  EXPECT_EQ(gil.lost.load(), 1u);
  TurnBuffer::set_memory_limit(std::size_t{512} << 20);
}

// Two worlds live through the same random calls; one tries the short ways first, as the hooks do.
struct World {
  explicit World(bool fast_ways) : fast(fast_ways) {}

  void take(FakeThread& thread, Ticks tick) {
    if (fast && gil_watch::take_again(script.gil, thread.record, tick)) {
      ++short_takes;
      return;
    }
    gil_watch::take(script.gil, thread.record, tick);
  }
  void drop(FakeThread& thread, Ticks tick, bool by_eval_loop) {
    if (fast && gil_watch::drop_unasked(
                    script.gil, thread.record, [] { return 0u; }, [tick] { return tick; })) {
      ++short_drops;
      return;
    }
    gil_watch::drop(script.gil, thread.record, tick, by_eval_loop);
  }

  bool fast;
  ScriptedGil script;
  FakeThread threads[3];
  std::uint64_t short_takes = 0, short_drops = 0;
};

void expect_same(const std::vector<Turn>& left, const std::vector<Turn>& right) {
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Turn &l = left[i], &r = right[i];
    ASSERT_TRUE(l.want == r.want && l.take == r.take && l.drop == r.drop && l.request == r.request &&
                l.sequence == r.sequence && l.location == r.location && l.gil == r.gil &&
                l.requests == r.requests && l.end == r.end && l.kind == r.kind)
        << "turn " << i << ", sequence " << l.sequence << " and " << r.sequence;
  }
}

TEST(GilWatchWays, RecordTheSameTurns) {
  World plain(false), fast(true);
  std::mt19937 random(20260101);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  Ticks tick = 1'000;
  std::size_t holder = 0, turns = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::size_t next = one_in(4) ? random() % 3 : holder;
    const bool waits = one_in(5), request = one_in(6), contended = one_in(10), by_eval = one_in(2);
    const Ticks begin = tick += random() % 50 + 1;
    const Ticks taken = tick += random() % 50 + 1;
    const Ticks asked = tick += random() % 50 + 1;
    const Ticks dropped = tick += random() % 50 + 1;
    for (World* world : {&plain, &fast}) {
      FakeThread& thread = world->threads[next];
      FakeThread& other = world->threads[(next + 1) % 3];
      if (contended) {
        gil_watch::lock_contended(world->script.gil, thread.record, begin);
      } else {
        gil_watch::lock_free(thread.record);
      }
      if (waits) gil_watch::wait_begins(world->script.gil, thread.record, [begin] { return begin; });
      world->take(thread, taken);
      if (request) {
        world->script.waits(other, taken);
        world->script.times_out(other, asked);
        gil_watch::drop(world->script.gil, other.record, asked, false);  // gives up
      }
      world->drop(thread, dropped, by_eval);
    }
    holder = next;
    ++turns;
    EXPECT_EQ(plain.script.gil.sequence.load(), fast.script.gil.sequence.load());
    EXPECT_EQ(plain.script.gil.last_drop, fast.script.gil.last_drop);
    EXPECT_EQ(plain.script.gil.switches, fast.script.gil.switches);
    EXPECT_EQ(plain.script.gil.request.load(), fast.script.gil.request.load());
  }
  std::size_t recorded = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::vector<Turn> expected = plain.threads[i].new_turns();
    expect_same(expected, fast.threads[i].new_turns());
    recorded += expected.size();
  }
  EXPECT_EQ(recorded, turns);
  EXPECT_EQ(plain.short_takes + plain.short_drops, 0u);
  EXPECT_GT(fast.short_takes, turns / 4);
  EXPECT_GT(fast.short_drops, turns / 2);
}

}  // namespace
}  // namespace gilscope::probe
