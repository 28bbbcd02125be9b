// Which addresses are a GIL's. The addresses are of plain bytes here: the table never looks at what is there.
#include "embed/probe/gil_table.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "embed/probe/drop_caller.h"

namespace gilscope::probe {
namespace {

constexpr GilLayout kLayout{.cond = 40, .switch_mutex = 96, .switch_cond = 136};
constexpr std::size_t kGilBytes = 256;

class GilTable : public testing::Test {
 protected:
  void SetUp() override { gil_table::watch(at(0), kLayout); }
  void TearDown() override { gil_table::unwatch(); }

  const char* at(std::size_t number) const { return memory_.data() + number * kGilBytes; }

  /// The calls with which CPython makes a GIL.
  static void make(const char* gil, GilLayout layout = kLayout) {
    gil_table::mutex_made(gil);
    gil_table::mutex_made(gil + layout.switch_mutex);
    gil_table::cond_made(gil + layout.cond);
    gil_table::cond_made(gil + layout.switch_cond);
  }

  static std::size_t count() { return gil_table::slots().size(); }

 private:
  std::vector<char> memory_ = std::vector<char>((gil_table::kMaxGils + 20) * kGilBytes);
};

TEST_F(GilTable, WatchKnowsTheMainGilOnly) {
  EXPECT_TRUE(gil_table::is_watching());
  EXPECT_TRUE(gil_table::is_main_mutex(at(0)));
  EXPECT_TRUE(gil_table::is_main_cond(at(0) + kLayout.cond));
  EXPECT_TRUE(gil_table::is_main_switch_cond(at(0) + kLayout.switch_cond));
  EXPECT_FALSE(gil_table::is_main_mutex(at(1)));
  EXPECT_FALSE(gil_table::is_main_cond(at(0)));
  EXPECT_FALSE(gil_table::must_look_further());
  ASSERT_EQ(count(), 1u);
  EXPECT_EQ(gil_table::slots().front(), &gil_table::main_slot);
  EXPECT_EQ(gil_table::current_layout().switch_cond, kLayout.switch_cond);
}

TEST_F(GilTable, UnwatchSeesNothingAndKeepsTheCounts) {
  make(at(1));
  gil_table::main_slot.takes_counted = 5;
  gil_table::slots()[1]->takes_counted = 6;
  gil_table::unwatch();
  EXPECT_FALSE(gil_table::is_watching());
  EXPECT_FALSE(gil_table::is_main_mutex(at(0)));
  EXPECT_FALSE(gil_table::must_look_further());
  EXPECT_EQ(gil_table::further_by_mutex(at(1)), nullptr);
  ASSERT_EQ(count(), 2u);
  EXPECT_EQ(gil_table::slots()[0]->takes_counted.load(), 5u);
  EXPECT_EQ(gil_table::slots()[1]->takes_counted.load(), 6u);
  EXPECT_EQ(gil_table::slots()[0]->mutex.load(), at(0)) << "where to watch again";
}

TEST_F(GilTable, WatchBeginsAtZero) {
  make(at(1));
  for (GilSlot* slot : gil_table::slots()) {
    slot->takes_counted = 5;
    slot->gil.sequence = 4;
    slot->gil.overlaps = 1;
    slot->gil.lost = 2;
  }
  gil_table::watch(at(0), kLayout);
  ASSERT_EQ(count(), 1u);
  make(at(1));
  for (const GilSlot* slot : gil_table::slots()) {
    EXPECT_EQ(slot->takes_counted.load(), 0u);
    EXPECT_EQ(slot->gil.sequence.load(), 0u);
    EXPECT_EQ(slot->gil.overlaps.load(), 0u);
    EXPECT_EQ(slot->gil.lost.load(), 0u);
  }
}

TEST_F(GilTable, GilOfASubInterpreterIsRecognised) {
  make(at(3));
  ASSERT_EQ(count(), 2u);
  GilSlot* const slot = gil_table::slots()[1];
  EXPECT_EQ(slot->gil.index, 1u);
  EXPECT_TRUE(gil_table::must_look_further());
  EXPECT_EQ(gil_table::further_by_mutex(at(3)), slot);
  bool is_switch_cond = true;
  EXPECT_EQ(gil_table::further_by_cond(at(3) + kLayout.cond, is_switch_cond), slot);
  EXPECT_FALSE(is_switch_cond);
  EXPECT_EQ(gil_table::further_by_cond(at(3) + kLayout.switch_cond, is_switch_cond), slot);
  EXPECT_TRUE(is_switch_cond);
  EXPECT_EQ(gil_table::further_by_mutex(at(3) + kLayout.switch_mutex), nullptr);
  EXPECT_EQ(gil_table::further_by_cond(at(4) + kLayout.cond, is_switch_cond), nullptr);
}

TEST_F(GilTable, SeveralGilsAreCountedInTheOrderInWhichTheyAreMade) {
  for (std::size_t i = 5; i > 0; --i) make(at(i));
  ASSERT_EQ(count(), 6u);
  for (std::size_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(gil_table::slots()[i]->gil.index, i);
    EXPECT_EQ(gil_table::further_by_mutex(at(6 - i)), gil_table::slots()[i]);
  }
}

TEST_F(GilTable, AGilInTheMemoryOfAnotherIsNew) {
  make(at(3));
  make(at(3));
  ASSERT_EQ(count(), 3u);
  EXPECT_EQ(gil_table::further_by_mutex(at(3)), gil_table::slots()[2]);
}

TEST_F(GilTable, OtherLocksMadeBeforeDoNotConfuse) {
  gil_table::mutex_made(at(7));
  gil_table::cond_made(at(7) + 8);
  gil_table::mutex_made(at(8));
  make(at(1));
  EXPECT_EQ(count(), 2u);
}

TEST_F(GilTable, WrongOffsetsAreNotAGil) {
  for (std::ptrdiff_t GilLayout::*part :
       {&GilLayout::cond, &GilLayout::switch_mutex, &GilLayout::switch_cond}) {
    GilLayout wrong = kLayout;
    wrong.*part += 8;
    make(at(1), wrong);
    EXPECT_EQ(count(), 1u);
  }
}

TEST_F(GilTable, WrongOrderIsNotAGil) {
  const char* const gil = at(1);
  const char *const sm = gil + kLayout.switch_mutex, *const c = gil + kLayout.cond,
                    *const sc = gil + kLayout.switch_cond;
  using gil_table::cond_made, gil_table::mutex_made;

  mutex_made(sm), mutex_made(gil), cond_made(c), cond_made(sc);
  EXPECT_EQ(count(), 1u) << "SM before M";
  mutex_made(gil), mutex_made(sm), cond_made(sc), cond_made(c);
  EXPECT_EQ(count(), 1u) << "SC before C";
  mutex_made(gil), cond_made(c), mutex_made(sm), cond_made(sc);
  EXPECT_EQ(count(), 1u) << "C before SM";
  mutex_made(gil), mutex_made(at(2)), mutex_made(sm), cond_made(c), cond_made(sc);
  EXPECT_EQ(count(), 1u) << "another mutex between";
  mutex_made(gil), mutex_made(sm), cond_made(c), cond_made(at(2)), cond_made(sc);
  EXPECT_EQ(count(), 1u) << "another condition variable between";
  mutex_made(gil), mutex_made(sm), cond_made(c);
  EXPECT_EQ(count(), 1u) << "SC missing";
  cond_made(sc);
  EXPECT_EQ(count(), 2u);
}

TEST_F(GilTable, CallsOfTwoThreadsAreNotAGil) {
  gil_table::mutex_made(at(7));
  gil_table::mutex_made(at(8));
  std::thread([this] {
    gil_table::mutex_made(at(1));
    gil_table::mutex_made(at(1) + kLayout.switch_mutex);
  }).join();
  gil_table::cond_made(at(1) + kLayout.cond);
  gil_table::cond_made(at(1) + kLayout.switch_cond);
  EXPECT_EQ(count(), 1u);
}

TEST_F(GilTable, MainGilMadeAgainIsNoFurtherOne) {
  make(at(0));
  EXPECT_EQ(count(), 1u);
}

TEST_F(GilTable, NothingIsRecognisedWithoutAWatch) {
  gil_table::unwatch();
  make(at(1));
  EXPECT_EQ(count(), 1u);
  EXPECT_FALSE(gil_table::must_look_further());
}

TEST_F(GilTable, DestroyedGilIsForgottenAndItsNumberIsNotUsedAgain) {
  make(at(1));
  GilSlot* const first = gil_table::slots()[1];
  first->takes_counted = 9;
  gil_table::mutex_destroyed(at(1) + kLayout.switch_mutex);
  EXPECT_EQ(gil_table::further_by_mutex(at(1)), first) << "only M stands for the GIL";
  gil_table::mutex_destroyed(at(1));
  EXPECT_EQ(gil_table::further_by_mutex(at(1)), nullptr);

  make(at(1));
  ASSERT_EQ(count(), 3u);
  GilSlot* const second = gil_table::slots()[2];
  EXPECT_EQ(gil_table::further_by_mutex(at(1)), second);
  EXPECT_EQ(second->gil.index, 2u);
  EXPECT_EQ(second->takes_counted.load(), 0u);
  EXPECT_EQ(first->takes_counted.load(), 9u) << "what was counted stays";
}

TEST_F(GilTable, GilsBeyondTheLimitAreNotSeen) {
  for (std::size_t i = 1; i < gil_table::kMaxGils + 10; ++i) make(at(i));
  ASSERT_EQ(count(), gil_table::kMaxGils);
  EXPECT_EQ(gil_table::slots().back()->gil.index, gil_table::kMaxGils - 1);
  EXPECT_NE(gil_table::further_by_mutex(at(gil_table::kMaxGils - 1)), nullptr);
  EXPECT_EQ(gil_table::further_by_mutex(at(gil_table::kMaxGils)), nullptr);
}

class Learning : public testing::Test {
 protected:
  static LearnedCall call(const void* address) {
    return {LearnedCall::Kind::kLock, address, nullptr, nullptr};
  }
};

TEST_F(Learning, KeepsTheCallsInOrder) {
  const int things[3] = {};
  gil_table::begin_learning();
  EXPECT_TRUE(gil_table::is_learning());
  EXPECT_TRUE(gil_table::must_look_further());
  gil_table::learn(call(&things[2]));
  gil_table::learn({LearnedCall::Kind::kSignal, &things[0], nullptr, &things[1]});
  const auto calls = gil_table::end_learning();
  EXPECT_FALSE(gil_table::is_learning());
  EXPECT_FALSE(gil_table::must_look_further());
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].kind, LearnedCall::Kind::kLock);
  EXPECT_EQ(calls[0].address, &things[2]);
  EXPECT_EQ(calls[1].kind, LearnedCall::Kind::kSignal);
  EXPECT_EQ(calls[1].address, &things[0]);
  EXPECT_EQ(calls[1].return_address, &things[1]);
}

TEST_F(Learning, KeepsTheStackAsItWasAtTheCall) {
  std::uintptr_t stack[drop_caller::kSearchWords];
  for (std::size_t i = 0; i < std::size(stack); ++i) stack[i] = i;
  gil_table::begin_learning();
  gil_table::learn({LearnedCall::Kind::kSignal, this, stack, nullptr});
  for (std::uintptr_t& word : stack) word = 0;  // other functions use it
  const auto calls = gil_table::end_learning();
  ASSERT_EQ(calls.size(), 1u);
  for (std::size_t i = 0; i < std::size(stack); ++i) EXPECT_EQ(calls[0].caller_stack[i], i);
}

TEST_F(Learning, ForgetsWhatWasLearnedBefore) {
  gil_table::begin_learning();
  gil_table::learn(call(this));
  EXPECT_EQ(gil_table::end_learning().size(), 1u);
  gil_table::begin_learning();
  EXPECT_TRUE(gil_table::end_learning().empty());
}

TEST_F(Learning, OtherThreadsAreNotKept) {
  gil_table::begin_learning();
  std::thread([this] { gil_table::learn(call(this)); }).join();
  EXPECT_TRUE(gil_table::end_learning().empty());
}

TEST_F(Learning, CallsAfterTheEndAreNotKept) {
  gil_table::begin_learning();
  const auto calls = gil_table::end_learning();
  gil_table::learn(call(this));
  EXPECT_TRUE(calls.empty());
  gil_table::begin_learning();
  EXPECT_TRUE(gil_table::end_learning().empty());
}

TEST_F(Learning, FirstCallsAreKeptWhenThereAreMany) {
  const char things[gil_table::kMaxLearned + 5] = {};
  gil_table::begin_learning();
  for (const char& thing : things) gil_table::learn(call(&thing));
  const auto calls = gil_table::end_learning();
  ASSERT_EQ(calls.size(), gil_table::kMaxLearned);
  EXPECT_EQ(calls.front().address, &things[0]);
  EXPECT_EQ(calls.back().address, &things[gil_table::kMaxLearned - 1]);
}

}  // namespace
}  // namespace gilscope::probe
