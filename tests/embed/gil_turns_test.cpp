// Turns of a real interpreter, each made so that it is certain how it must be recorded.
#include <atomic>

#include "embed/switch_interval.h"
#include "tests/embed/live_recording.h"

namespace gilscope::py {
namespace {

using probe::Turn;
using probe::TurnEnd;

class GilTurns : public LiveRecording {
 protected:
  static std::uint64_t count(TurnEnd end, const std::vector<RecordedTurn>& turns) {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        turns, [end](const RecordedTurn& recorded) { return recorded.turn.end == end; }));
  }

  // For Python code: the number of the open turn; the same once a drop was requested; and a C function that
  // releases the GIL then.
  static PyObject* open_turn(PyObject*, PyObject*) { return PyLong_FromUnsignedLong(turn_number()); }
  static PyObject* requested_turn(PyObject*, PyObject*) {
    return PyLong_FromUnsignedLong(wait_for_request());
  }
  static PyObject* give_requested_turn(PyObject*, PyObject*) {
    const std::uint32_t number = wait_for_request();
    pair();
    given[given_count++] = number;
    Py_RETURN_NONE;
  }
  static PyObject* note_asked(PyObject*, PyObject* number) {
    asked[asked_count++] = static_cast<std::uint32_t>(PyLong_AsUnsignedLong(number));
    Py_RETURN_NONE;
  }

  static constexpr int kRounds = 20;
  static inline std::uint32_t given[2 * kRounds], asked[2 * kRounds];  // with the GIL held
  static inline std::size_t given_count = 0, asked_count = 0;
  static inline PyMethodDef functions[] = {{"open_turn", open_turn, METH_NOARGS, nullptr},
                                           {"requested_turn", requested_turn, METH_NOARGS, nullptr},
                                           {"give_requested_turn", give_requested_turn, METH_NOARGS, nullptr},
                                           {"note_asked", note_asked, METH_O, nullptr},
                                           {nullptr, nullptr, 0, nullptr}};

  // The main thread wants the GIL all the time while `body` runs on another one.
  template <class Body>
  void against_a_waiter(Body body) {
    std::atomic<bool> done{false};
    std::latch start(2);
    std::thread thread([&, interpreter = PyInterpreterState_Get()] {
      const AttachedThread attached(interpreter);
      ASSERT_TRUE(attached);
      {
        const GilReleased released;
        start.arrive_and_wait();
      }
      body();
      done.store(true);
    });
    {
      const GilReleased released;
      start.arrive_and_wait();
    }
    while (!done.load()) pair();
    const GilReleased released;
    thread.join();
  }
};

TEST_F(GilTurns, EachPairIsATurn) {
  const std::uint64_t before = takes_counted();
  for (int i = 0; i < 1'000; ++i) pair();
  EXPECT_EQ(takes_counted() - before, 1'000u);
  const app::Report report = finish();
  ASSERT_EQ(turns().size(), 1'000u);
  for (const RecordedTurn& recorded : turns()) {
    EXPECT_EQ(recorded.turn.want, recorded.turn.take);
    EXPECT_EQ(recorded.turn.end, TurnEnd::kGave);
    EXPECT_EQ(recorded.turn.requests, 0u);
  }
  EXPECT_EQ(turn_number(), 1'000u) << "the one that is open";
}

TEST_F(GilTurns, PairsOfThreadsThatFightAreAllCounted) {
  constexpr int kThreads = 4, kPairs = 5'000;
  const std::uint64_t before = takes_counted();
  on_threads(kThreads, [](int) {
    for (int i = 0; i < kPairs; ++i) pair();
  });
  // One take to attach each thread, and the main thread's when all have ended.
  EXPECT_EQ(takes_counted() - before, std::uint64_t{kThreads} * (kPairs + 1) + 1);
  finish();
  EXPECT_EQ(turns().size(), takes_counted() - 1);
  EXPECT_EQ(count(TurnEnd::kAsked, turns()), 0u) << "no Python code ran that could be asked";
  for (std::uint32_t thread = 1; thread <= kThreads; ++thread) {
    EXPECT_EQ(std::ranges::count(turns(), thread, &RecordedTurn::thread), kPairs + 1);
  }
}

class Spinning : public GilTurns, public testing::WithParamInterface<int> {};

TEST_P(Spinning, ThreadsThatComputeAreAskedAndGive) {
  run("import sys; sys.setswitchinterval(50e-6)");
  const int threads = GetParam();
  // Each computes until all have: those that come later must ask for the GIL.
  run("import sys; sys.computing = set()");
  on_threads(threads, [threads](int index) {
    run("import sys\n"
        "sys.computing.add(" +
        std::to_string(index) + ")\nwhile len(sys.computing) < " + std::to_string(threads) + ": pass\n");
  });
  const app::Report report = finish();
  EXPECT_GE(count(TurnEnd::kGave, turns()), static_cast<std::uint64_t>(threads)) << "each at its end";
  EXPECT_GE(count(TurnEnd::kAsked, turns()), 1u);
  for (const RecordedTurn& recorded : turns()) {
    EXPECT_EQ(recorded.turn.request != 0, recorded.turn.requests != 0);
    if (recorded.turn.end != TurnEnd::kAsked) continue;
    EXPECT_GE(recorded.turn.request, recorded.turn.take);
    EXPECT_LE(recorded.turn.request, recorded.turn.drop);
  }
  EXPECT_EQ(report.threads.size(), static_cast<std::size_t>(threads) + 1);
}

INSTANTIATE_TEST_SUITE_P(Threads, Spinning, testing::Values(2, 8));

TEST_F(GilTurns, EvalLoopThatIsAskedDropsItsTurn) {
  run("import sys; sys.setswitchinterval(1e-4)");
  against_a_waiter([] {
    run("for _ in range(" + std::to_string(kRounds) +
            "):\n"
            "    number = requested_turn()\n"
            "    while open_turn() == number: pass\n"
            "    note_asked(number)\n",
        functions);
  });
  finish();
  ASSERT_EQ(asked_count, static_cast<std::size_t>(kRounds));
  for (std::size_t i = 0; i < asked_count; ++i) {
    const Turn turn = this->turn(asked[i]);
    EXPECT_EQ(turn.end, TurnEnd::kAsked) << "turn " << asked[i];
    EXPECT_NE(turn.request, 0u);
    EXPECT_GE(turn.requests, 1u);
  }
}

TEST_F(GilTurns, AskedThreadWantsTheGilFromItsDropOn) {
  run("import sys; sys.setswitchinterval(1e-4)");
  against_a_waiter([] {
    run("number = requested_turn()\nwhile open_turn() == number: pass\nnote_asked(number)", functions);
  });
  finish();
  ASSERT_EQ(asked_count, 1u);
  const auto at = std::ranges::find_if(
      turns(), [](const RecordedTurn& recorded) { return recorded.turn.sequence == asked[0]; });
  ASSERT_NE(at, turns().end());
  const auto next = std::find_if(
      at + 1, turns().end(), [at](const RecordedTurn& recorded) { return recorded.thread == at->thread; });
  ASSERT_NE(next, turns().end());
  EXPECT_EQ(next->turn.want, at->turn.drop);
}

TEST_F(GilTurns, CFunctionThatReleasesTheGilGivesItEvenIfAsked) {
  run("import sys; sys.setswitchinterval(1e-4)");
  against_a_waiter(
      [] { run("for _ in range(" + std::to_string(kRounds) + "): give_requested_turn()", functions); });
  finish();
  ASSERT_EQ(given_count, static_cast<std::size_t>(kRounds));
  for (std::size_t i = 0; i < given_count; ++i) {
    const Turn turn = this->turn(given[i]);
    EXPECT_EQ(turn.end, TurnEnd::kGave) << "turn " << given[i];
    EXPECT_NE(turn.request, 0u) << "the request is recorded with it";
  }
}

TEST_F(GilTurns, ThreadThatEndsGivesItsTurnEvenIfAsked) {
  std::latch holds(2);
  std::uint32_t last = 0;
  std::thread thread([&, interpreter = PyInterpreterState_Get()] {
    const AttachedThread attached(interpreter);
    holds.arrive_and_wait();
    last = wait_for_request();
  });
  {
    const GilReleased released;
    holds.arrive_and_wait();
  }  // wants the GIL here, which the thread keeps until it was asked for it
  {
    const GilReleased released;
    thread.join();
  }
  finish();
  const Turn turn = this->turn(last);
  EXPECT_EQ(turn.end, TurnEnd::kGave);
  EXPECT_NE(turn.request, 0u);
}

TEST_F(GilTurns, PendingCallsAreNoTurns) {
  constexpr int kCalls = 2'000;
  const std::uint64_t before = takes_counted();
  std::latch start(2);
  std::thread caller([&start] {
    start.arrive_and_wait();
    for (int i = 0; i < kCalls; ++i) Py_AddPendingCall([](void*) { return 0; }, nullptr);
  });
  start.arrive_and_wait();
  for (int i = 0; i < kCalls; ++i) pair();
  caller.join();
  EXPECT_EQ(takes_counted() - before, static_cast<std::uint64_t>(kCalls));
  finish();
  EXPECT_EQ(turns().size(), static_cast<std::size_t>(kCalls));
  run("pass");  // the calls are made
}

TEST_F(GilTurns, UnwatchedNothingIsCounted) {
  const std::uint64_t before = takes_counted();
  probe::gil_table::unwatch();
  for (int i = 0; i < 100; ++i) pair();
  EXPECT_EQ(takes_counted(), before);
}

TEST_F(GilTurns, RehearsalHoldsAsOftenAsAskedAndLeavesNoTrace) {
  finish();
  const std::uint64_t before = takes_counted();
  const std::size_t threads = probe::recorder::threads().size();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rehearse_contention(), "");
  EXPECT_EQ(takes_counted(), before);
  EXPECT_EQ(probe::recorder::threads().size(), threads);
}

TEST_F(GilTurns, ARehearsalKeepsASwitchIntervalThatIsSetMeanwhile) {
  finish();
  // What the eval loop runs next, which is the rehearsal's.
  const auto set = [](void*) { return PyRun_SimpleString("import sys; sys.setswitchinterval(0.25)"); };
  ASSERT_EQ(Py_AddPendingCall(set, nullptr), 0);
  EXPECT_EQ(rehearse_contention(), "");
  run("import sys; assert sys.getswitchinterval() == 0.25, sys.getswitchinterval()");
  run("import sys; sys.setswitchinterval(0.005)");
  EXPECT_EQ(rehearse_contention(), "");
  run("import sys; assert sys.getswitchinterval() == 0.005, sys.getswitchinterval()");
}

// A key of the live view makes the next interval out of the one that it is told.
TEST_F(GilTurns, ARehearsalsOwnSwitchIntervalIsNotTold) {
  finish();
  ASSERT_TRUE(can_read_switch_interval());
  static double told = 0;
  told = 0;
  const auto look = [](void*) {
    told = switch_interval();
    return 0;
  };
  ASSERT_EQ(Py_AddPendingCall(look, nullptr), 0);
  EXPECT_EQ(rehearse_contention(), "");
  EXPECT_EQ(told, 0.005);
  request_switch_interval(0.01);
  EXPECT_EQ(rehearse_contention(), "");
  EXPECT_EQ(switch_interval(), 0.01);
}

TEST_F(GilTurns, AWatchThatEndsWhileThreadsFightIsWhole) {
  constexpr int kThreads = 4;
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  {
    const GilReleased released;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&done, interpreter = PyInterpreterState_Main()] {
        const AttachedThread attached(interpreter);
        ASSERT_TRUE(attached);
        while (!done.load()) pair();
      });
    }
    while (gil().sequence.load() < 5'000) std::this_thread::yield();
    probe::gil_table::end_watch();
    const std::uint64_t takes = takes_counted();
    finish();
    EXPECT_EQ(takes_counted(), takes);
    done.store(true);
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(GilTurns, ManyThreads) {
  constexpr int kThreads = 200;
  const std::uint64_t before = takes_counted();
  on_threads(kThreads, [](int) {
    for (int i = 0; i < 10; ++i) pair();
  });
  EXPECT_EQ(takes_counted() - before, std::uint64_t{kThreads} * 11 + 1);
  const app::Report report = finish();
  EXPECT_EQ(report.threads.size(), std::size_t{kThreads} + 1);
  EXPECT_EQ(turns().size(), takes_counted() - 1);
}

}  // namespace
}  // namespace gilscope::py
