// A recording of this process's own Python, by the hooks that the test program is linked with: what
// `gilscope run` does, without a script and a summary. Each test runs in a process of its own, so one
// interpreter is all there is. Thread rule: SetUp, TearDown and finish() on the main thread, GIL held.
#pragma once

#include <Python.h>

#include <algorithm>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/report/laws.h"
#include "app/timeline/timeline.h"
#include "embed/gil.h"
#include "embed/gil_location.h"
#include "embed/probe/clock.h"
#include "embed/probe/collector.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/recorder.h"
#include "embed/switch_interval.h"

namespace gilscope::py {

struct RecordedTurn {
  std::uint32_t thread = 0;
  probe::Turn turn;
};

class LiveRecording : public testing::Test, private probe::TurnSink {
 protected:
  void SetUp() override {
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    PyConfig_SetBytesString(&config, &config.program_name, GILSCOPE_PYTHON_EXECUTABLE);
    config.parse_argv = 0;
    const PyStatus status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    ASSERT_FALSE(PyStatus_Exception(status)) << status.err_msg;
    probe::gil_table::sleep_in_forked_children();
    const GilLocation location = locate_gil();
    if (location.sight == GilSight::kOff) GTEST_SKIP() << location.reason;
    ASSERT_EQ(location.sight, GilSight::kWatched) << location.reason;
    EXPECT_GE(location.pair_cost_ns, 0.0);
    last_holder_offset_ = location.last_holder_offset;
    ASSERT_EQ(rehearse_contention(), "");
    start_recording();
    begin_ = probe::sample_clocks();
    begin_.ticks = std::min(begin_.ticks, probe::recorder::threads().front().begin);
    collector_.start();
  }

  bool can_read_switch_interval() const { return learn_switch_interval(last_holder_offset_); }

  void TearDown() override {
    collector_.stop();
    probe::gil_table::unwatch();
    EXPECT_EQ(Py_FinalizeEx(), 0);
  }

  /// Ends the recording: all turns but the one that is open are in turns(), by their order on each GIL. The
  /// laws are checked.
  app::Report finish() {
    collector_.stop();
    collector_.pass();
    app::Report report = look();
    EXPECT_EQ(app::check_laws(report), std::vector<std::string>{});
    std::ranges::sort(turns_, {}, [](const RecordedTurn& recorded) {
      return std::pair(recorded.turn.gil, recorded.turn.sequence);
    });
    for (std::size_t i = 1; i < turns_.size(); ++i) {
      const probe::Turn &last = turns_[i - 1].turn, &next = turns_[i].turn;
      if (last.gil != next.gil) continue;
      EXPECT_EQ(last.sequence + 1, next.sequence);
      EXPECT_LE(last.drop, next.take) << "two turns overlap at sequence " << next.sequence;
    }
    return report;
  }
  const std::vector<RecordedTurn>& turns() const { return turns_; }
  /// All other records, those of a thread in its order.
  const std::vector<RecordedTurn>& events() const { return events_; }

  /// The turn of the main GIL with this number.
  probe::Turn turn(std::uint32_t sequence) const {
    const auto found = std::ranges::find_if(turns_, [sequence](const RecordedTurn& recorded) {
      return recorded.turn.gil == 0 && recorded.turn.sequence == sequence;
    });
    EXPECT_NE(found, turns_.end()) << "no turn " << sequence;
    return found != turns_.end() ? found->turn : probe::Turn{};
  }

  /// As locate_gil() found it.
  std::optional<std::ptrdiff_t> last_holder_offset() const { return last_holder_offset_; }

  static probe::Gil& gil() { return probe::gil_table::main_slot.gil; }
  static std::uint64_t takes_counted() { return probe::gil_table::main_slot.takes_counted.load(); }
  /// The number of the turn that is open. GIL: held.
  static std::uint32_t turn_number() { return gil().sequence.load() - 1; }

  static void pair() { PyEval_RestoreThread(PyEval_SaveThread()); }

  /// Until somebody has asked for the GIL, which the caller holds and keeps. GIL: held.
  static std::uint32_t wait_for_request() {
    while (gil().request.load() == 0) std::this_thread::yield();
    return turn_number();
  }

  /// Runs `body(index)` with the GIL held on native threads that start together. GIL: held before and after.
  template <class Body>
  static void on_threads(int count, Body body, PyInterpreterState* interpreter = PyInterpreterState_Get()) {
    std::latch start(count);
    std::vector<std::thread> threads;
    const GilReleased released;
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&start, &body, interpreter, i] {
        start.arrive_and_wait();
        const AttachedThread attached(interpreter);
        ASSERT_TRUE(attached);
        body(i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  /// Runs Python code in a namespace of its own. GIL: held.
  static void run(const std::string& code, PyMethodDef* functions = nullptr) {
    PyObject* const names = PyDict_New();
    PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
    for (PyMethodDef* method = functions; method != nullptr && method->ml_name != nullptr; ++method) {
      PyObject* const function = PyCFunction_New(method, nullptr);
      PyDict_SetItemString(names, method->ml_name, function);
      Py_DECREF(function);
    }
    PyObject* const result = PyRun_String(code.c_str(), Py_file_input, names, names);
    if (result == nullptr) {
      ADD_FAILURE() << "this raised:\n" << code;
      PyErr_Print();
    }
    Py_XDECREF(result);
    Py_DECREF(names);
  }

 private:
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    timeline_.add(thread, records);
    for (const probe::Turn& record : records) {
      (record.kind == probe::RecordKind::kTurn ? turns_ : events_).push_back({thread, record});
    }
  }
  void end_of_pass(probe::Ticks oldest_open_want) override { timeline_.end_of_pass(oldest_open_want); }

  app::Report look() const {
    app::TraceFacts facts;
    for (const probe::ThreadInfo& info : probe::recorder::threads()) {
      facts.threads.push_back({info.index, info.native_id, info.name, info.begin, info.end});
    }
    for (const probe::GilSlot* slot : probe::gil_table::slots()) {
      facts.gils.push_back(
          {slot->gil.index, slot->takes_counted.load(), slot->gil.lost.load(), slot->gil.overlaps.load()});
    }
    for (const probe::OpenTurnState& state : probe::open_turns()) {
      facts.open.push_back({state.thread, state.gil, state.want != 0 ? state.want : state.take, state.take,
                            state.request, state.requests, state.sequence});
    }
    facts.run.verified = true;
    facts.names = probe::recorder::interned_names();
    facts.places = probe::places::places_from(1);
    facts.places.insert(facts.places.begin(), probe::Place{});
    const probe::ClockSample end = probe::sample_clocks();
    facts.begin = begin_.ticks;
    facts.now = end.ticks;
    facts.scale = probe::tick_scale(begin_, end);
    return timeline_.snapshot(facts);
  }

  app::Timeline timeline_;
  std::vector<RecordedTurn> turns_;
  std::vector<RecordedTurn> events_;
  std::optional<std::ptrdiff_t> last_holder_offset_;
  probe::ClockSample begin_;
  probe::Collector collector_{*this};
};

}  // namespace gilscope::py
