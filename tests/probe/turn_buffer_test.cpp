// Turns on their way from one thread to the collector: none lost, none twice, none torn, in order.
#include "embed/probe/turn_buffer.h"

#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gilscope::probe {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint32_t kManyTurns = 500'000;
#else
constexpr std::uint32_t kManyTurns = 5'000'000;
#endif

// Every field tells the turn's number: a turn that is torn or old shows.
Turn numbered(std::uint32_t i) {
  Turn turn;
  turn.want = 3 * Ticks{i};
  turn.take = 3 * Ticks{i} + 1;
  turn.drop = 3 * Ticks{i} + 2;
  turn.request = Ticks{i} << 20;
  turn.sequence = i;
  turn.location = ~i;
  turn.gil = static_cast<std::uint16_t>(i);
  turn.requests = static_cast<std::uint8_t>(i);
  turn.end = i % 2 == 0 ? TurnEnd::kGave : TurnEnd::kAsked;
  return turn;
}

bool is_numbered(const Turn& turn, std::uint32_t i) {
  const Turn expected = numbered(i);
  return turn.want == expected.want && turn.take == expected.take && turn.drop == expected.drop &&
         turn.request == expected.request && turn.sequence == expected.sequence &&
         turn.location == expected.location && turn.gil == expected.gil &&
         turn.requests == expected.requests && turn.end == expected.end;
}

class TurnBufferTest : public testing::Test {
 protected:
  void TearDown() override {
    new_sequences();
    buffer.release();
    EXPECT_EQ(TurnBuffer::memory_used(), used_before) << "release() gives all memory back";
    TurnBuffer::set_memory_limit(std::size_t{512} << 20);
  }

  bool write(std::uint32_t i) {
    Turn* const slot = buffer.open_slot();
    *slot = numbered(i);
    return buffer.publish(slot);
  }

  std::vector<std::uint32_t> new_sequences() {
    std::vector<std::uint32_t> sequences;
    buffer.drain([&](const Turn* turns, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_TRUE(is_numbered(turns[i], turns[i].sequence));
        sequences.push_back(turns[i].sequence);
      }
    });
    return sequences;
  }

  static void allow_chunks(std::size_t count) {
    TurnBuffer::set_memory_limit(TurnBuffer::memory_used() + count * sizeof(Chunk));
  }

  const std::size_t used_before = TurnBuffer::memory_used();
  TurnBuffer buffer;
};

std::vector<std::uint32_t> range(std::uint32_t begin, std::uint32_t end) {
  std::vector<std::uint32_t> numbers;
  for (; begin < end; ++begin) numbers.push_back(begin);
  return numbers;
}

TEST_F(TurnBufferTest, EmptyGivesNothingAndTakesNoMemory) {
  EXPECT_TRUE(new_sequences().empty());
  EXPECT_EQ(buffer.ready_slot(), nullptr);
  EXPECT_EQ(TurnBuffer::memory_used(), used_before);
}

TEST_F(TurnBufferTest, TurnIsTheReadersOnlyWhenPublished) {
  Turn* const slot = buffer.open_slot();
  *slot = numbered(0);
  EXPECT_EQ(buffer.slot(), slot);
  EXPECT_TRUE(new_sequences().empty());
  EXPECT_TRUE(buffer.publish(slot));
  EXPECT_EQ(new_sequences(), range(0, 1));
  EXPECT_TRUE(new_sequences().empty());
}

TEST_F(TurnBufferTest, OrderIsKeptAcrossChunks) {
  constexpr auto kTurns = static_cast<std::uint32_t>(Chunk::kTurns);
  std::uint32_t written = 0, read = 0;
  for (std::uint32_t step : {1u, kTurns - 1, 1u, kTurns, 2 * kTurns + 1, 5u, 3 * kTurns - 7}) {
    for (std::uint32_t i = 0; i < step; ++i) ASSERT_TRUE(write(written++));
    EXPECT_EQ(new_sequences(), range(read, written));
    read = written;
  }
}

TEST_F(TurnBufferTest, NothingIsLostBetweenTwoThreads) {
  std::latch start(2);
  std::uint32_t refused = 0;
  std::thread writer([&] {
    start.arrive_and_wait();
    for (std::uint32_t i = 0; i < kManyTurns; ++i) refused += write(i) ? 0 : 1;
  });
  std::uint32_t next = 0, wrong = 0;
  start.arrive_and_wait();
  while (next < kManyTurns) {
    buffer.drain([&](const Turn* turns, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) wrong += is_numbered(turns[i], next++) ? 0 : 1;
    });
  }
  writer.join();
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(next, kManyTurns);
  EXPECT_TRUE(new_sequences().empty());
}

TEST_F(TurnBufferTest, LostTurnsAreCountedToTheLastBetweenTwoThreads) {
  allow_chunks(2);
  std::latch start(2);
  std::atomic<bool> done{false};
  std::uint32_t refused = 0;
  std::thread writer([&] {
    start.arrive_and_wait();
    for (std::uint32_t i = 0; i < kManyTurns; ++i) refused += write(i) ? 0 : 1;
    done.store(true);
  });
  std::uint32_t read = 0, wrong = 0;
  std::int64_t last = -1;
  const auto pass = [&] {
    buffer.drain([&](const Turn* turns, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        wrong += is_numbered(turns[i], turns[i].sequence) && turns[i].sequence > last ? 0 : 1;
        last = turns[i].sequence;
        ++read;
      }
    });
  };
  start.arrive_and_wait();
  while (!done.load()) pass();
  writer.join();
  pass();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(read + refused, kManyTurns);
  EXPECT_GE(read, Chunk::kTurns);
}

TEST_F(TurnBufferTest, RecyclingKeepsMemoryFlat) {
  for (std::uint32_t i = 0; i < 100 * Chunk::kTurns; ++i) {
    ASSERT_TRUE(write(i));
    if (i % 97 == 0) new_sequences();
    ASSERT_LE(TurnBuffer::memory_used(), used_before + 2 * sizeof(Chunk));
  }
}

TEST_F(TurnBufferTest, WithoutMemoryTurnsAreLostAndLaterOnesAreNot) {
  allow_chunks(2);
  constexpr auto kRoom = static_cast<std::uint32_t>(2 * Chunk::kTurns);
  for (std::uint32_t i = 0; i < kRoom; ++i) ASSERT_TRUE(write(i));
  for (std::uint32_t i = 0; i < 10; ++i) {
    EXPECT_FALSE(write(1'000'000 + i));
    EXPECT_EQ(buffer.ready_slot(), nullptr);
  }
  EXPECT_EQ(TurnBuffer::memory_used(), used_before + 2 * sizeof(Chunk));
  EXPECT_EQ(new_sequences(), range(0, kRoom));

  // The first chunk is free now.
  for (std::uint32_t i = 0; i < 10; ++i) ASSERT_TRUE(write(2'000'000 + i));
  EXPECT_EQ(new_sequences(), range(2'000'000, 2'000'010));
}

TEST_F(TurnBufferTest, TurnThatBeganWithoutMemoryIsLostEvenIfThereIsSomeAtItsEnd) {
  allow_chunks(0);
  Turn* const slot = buffer.open_slot();
  *slot = numbered(0);
  EXPECT_EQ(buffer.slot(), slot);
  allow_chunks(1);
  EXPECT_EQ(buffer.slot(), slot);
  EXPECT_FALSE(buffer.publish(slot));
  ASSERT_TRUE(write(1));
  EXPECT_EQ(new_sequences(), range(1, 2));
}

TEST_F(TurnBufferTest, LimitHoldsForAllBuffersTogether) {
  allow_chunks(1);
  TurnBuffer other;
  ASSERT_TRUE(write(0));
  EXPECT_FALSE(other.publish(other.open_slot()));
  new_sequences();
  buffer.release();
  Turn* const slot = other.open_slot();
  *slot = numbered(1);
  EXPECT_TRUE(other.publish(slot));
  other.drain([](const Turn*, std::size_t count) { EXPECT_EQ(count, 1u); });
  other.release();
}

TEST_F(TurnBufferTest, EventGoesBeforeTheOpenTurn) {
  // Also where the turn is the last of its chunk: it moves into the next one.
  for (std::uint32_t i = 0; i < 3 * Chunk::kTurns; i += 2) {
    Turn* const slot = buffer.open_slot();
    *slot = numbered(i + 1);
    buffer.publish_before_open(numbered(i), true);
    ASSERT_TRUE(is_numbered(*buffer.slot(), i + 1));
    ASSERT_TRUE(buffer.publish(buffer.slot()));
  }
  EXPECT_EQ(new_sequences(), range(0, 3 * Chunk::kTurns));
}

TEST_F(TurnBufferTest, EventWithoutAnOpenTurnIsPublished) {
  for (std::uint32_t i = 0; i < 2 * Chunk::kTurns; ++i) buffer.publish_before_open(numbered(i), false);
  EXPECT_EQ(new_sequences(), range(0, 2 * Chunk::kTurns));
}

TEST_F(TurnBufferTest, EventThatFindsNoRoomLeavesTheOpenTurnWhole) {
  allow_chunks(1);
  for (std::uint32_t i = 1; i < Chunk::kTurns; ++i) ASSERT_TRUE(write(i));
  Turn* slot = buffer.open_slot();
  *slot = numbered(5'000);
  buffer.publish_before_open(numbered(Chunk::kTurns), true);  // takes the last place
  slot = buffer.slot();
  EXPECT_TRUE(is_numbered(*slot, 5'000));
  buffer.publish_before_open(numbered(6'000), true);
  EXPECT_TRUE(is_numbered(*buffer.slot(), 5'000));
  EXPECT_FALSE(buffer.publish(buffer.slot())) << "the turn is lost, and whoever publishes it knows";
  EXPECT_EQ(new_sequences(), range(1, Chunk::kTurns + 1));
}

TEST_F(TurnBufferTest, OpenTurnCanBeSeen) {
  Ticks want = 77, take = 88;
  buffer.peek_open(want, take);
  EXPECT_EQ(want, 77u) << "nothing is open: nothing is told";
  Turn* const slot = buffer.open_slot();
  *slot = numbered(4);
  buffer.peek_open(want, take);
  EXPECT_EQ(want, 12u);
  EXPECT_EQ(take, 13u);
}

TEST_F(TurnBufferTest, ReleasedBufferCanBeUsedAgain) {
  for (std::uint32_t i = 0; i < 3 * Chunk::kTurns; ++i) ASSERT_TRUE(write(i));
  new_sequences();
  buffer.release();
  EXPECT_EQ(TurnBuffer::memory_used(), used_before);
  ASSERT_TRUE(write(9));
  EXPECT_EQ(new_sequences(), range(9, 10));
}

}  // namespace
}  // namespace gilscope::probe
