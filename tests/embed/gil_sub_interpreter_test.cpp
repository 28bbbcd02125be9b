// Interpreters beside the main one: with its GIL, and (from 3.12 on) with their own.
#include "tests/embed/live_recording.h"

namespace gilscope::py {
namespace {

class GilSubInterpreter : public LiveRecording {};

TEST_F(GilSubInterpreter, WithTheSharedGilItsTurnsAreOfTheMainOne) {
  PyThreadState* const main_state = PyThreadState_Get();
  const std::uint64_t before = takes_counted();
  PyThreadState* const sub = Py_NewInterpreter();
  ASSERT_NE(sub, nullptr);
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  EXPECT_EQ(PyRun_SimpleString("print"), 0);
  for (int i = 0; i < 100; ++i) pair();
  PyThreadState_Swap(main_state);
  on_threads(
      3,
      [](int) {
        for (int i = 0; i < 100; ++i) pair();
      },
      interpreter);
  PyThreadState_Swap(sub);
  Py_EndInterpreter(sub);
  PyThreadState_Swap(main_state);
  EXPECT_GE(takes_counted() - before, 100u + 3 * 101 + 1);
  EXPECT_EQ(probe::gil_table::slots().size(), 1u);
  const app::Report report = finish();
  EXPECT_EQ(report.gils.size(), 1u);
  EXPECT_EQ(turns().size(), takes_counted() - 1);
}

#if PY_VERSION_HEX >= 0x030c0000
TEST_F(GilSubInterpreter, OwnGilIsWatchedFromItsMakingOn) {
  PyThreadState* const main_state = PyThreadState_Get();
  for (std::size_t made = 1; made <= 2; ++made) {
    PyInterpreterConfig config = {};
    config.check_multi_interp_extensions = 1;
    config.gil = PyInterpreterConfig_OWN_GIL;
    PyThreadState* sub = nullptr;
    const PyStatus status = Py_NewInterpreterFromConfig(&sub, &config);
    ASSERT_FALSE(PyStatus_Exception(status)) << status.err_msg;
    ASSERT_EQ(probe::gil_table::slots().size(), made + 1);
    const probe::GilSlot& slot = *probe::gil_table::slots()[made];
    EXPECT_EQ(slot.gil.index, made);
    const std::uint64_t before = slot.takes_counted.load();
    const std::uint64_t main_before = takes_counted();
    for (int i = 0; i < 100; ++i) pair();
    EXPECT_EQ(slot.takes_counted.load() - before, 100u);
    EXPECT_EQ(takes_counted(), main_before) << "the main GIL has no part in it";
    Py_EndInterpreter(sub);
    PyThreadState_Swap(main_state);
  }
  const app::Report report = finish();
  EXPECT_EQ(report.gils.size(), 3u);
}

TEST_F(GilSubInterpreter, ThreadsOfTwoInterpretersHoldTheirGilsAtOnce) {
  PyThreadState* const main_state = PyThreadState_Get();
  PyInterpreterConfig config = {};
  config.check_multi_interp_extensions = 1;
  config.allow_threads = 1;
  config.gil = PyInterpreterConfig_OWN_GIL;
  PyThreadState* sub = nullptr;
  ASSERT_FALSE(PyStatus_Exception(Py_NewInterpreterFromConfig(&sub, &config)));
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  std::latch both(2);
  std::thread other;
  PyThreadState_Swap(main_state);
  other = std::thread([&both, interpreter] {
    const AttachedThread attached(interpreter);
    both.arrive_and_wait();  // would never end if one GIL kept the other
    for (int i = 0; i < 1'000; ++i) pair();
  });
  both.arrive_and_wait();
  for (int i = 0; i < 1'000; ++i) pair();
  other.join();
  PyThreadState_Swap(sub);
  Py_EndInterpreter(sub);
  PyThreadState_Swap(main_state);
  const app::Report report = finish();
  EXPECT_EQ(report.gils.size(), 2u);
}
#endif

}  // namespace
}  // namespace gilscope::py
