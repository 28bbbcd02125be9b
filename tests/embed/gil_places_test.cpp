// Turns carry where in Python they ended.
#include "embed/code_location.h"
#include "embed/probe/places.h"
#include "embed/py_error.h"
#include "embed/py_ref.h"
#include "tests/embed/live_recording.h"

namespace gilscope::py {
namespace {

class GilPlaces : public LiveRecording {
 protected:
  void SetUp() override {
    LiveRecording::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_TRUE(begin_code_locations(last_holder_offset()));
  }
  void TearDown() override {
    end_code_locations();
    LiveRecording::TearDown();
  }

  /// Runs Python code as if it were in `file`. GIL: held.
  static void run_file(const std::string& code, const char* file) {
    const PyRef names = raise_if_null(Py_BuildValue("{s:O}", "__builtins__", PyEval_GetBuiltins()));
    const PyRef compiled = raise_if_null(Py_CompileString(code.c_str(), file, Py_file_input));
    raise_if_null(PyEval_EvalCode(compiled.get(), names.get(), names.get()));
  }

  /// The places of all turns, in the order of the turns, as "file:line function" and callers behind " < ".
  std::vector<std::string> places_of_turns() {
    finish();
    std::vector<probe::Place> all = probe::places::places_from(1);
    std::vector<std::string> texts;
    for (const RecordedTurn& recorded : turns()) {
      std::string text;
      for (std::uint32_t number = recorded.turn.location; number != 0; number = all[number - 1].caller) {
        const probe::Place& place = all[number - 1];
        const std::string file = place.file.substr(place.file.rfind('/') + 1);
        text += (text.empty() ? "" : " < ") + file + ":" + std::to_string(place.line) + " " + place.function;
      }
      texts.push_back(text);
    }
    return texts;
  }
  static long count(const std::vector<std::string>& texts, const std::string& text) {
    return std::ranges::count(texts, text);
  }
};

TEST_F(GilPlaces, LineAndFunctionThatGaveTheGil) {
  run_file(
      "import time\n"
      "class Worker:\n"
      "    def work(self):\n"
      "        for _ in range(5):\n"
      "            time.sleep(0)\n"
      "time.sleep(0)\n"
      "Worker().work()\n",
      "/home/me/app.py");
  const auto texts = places_of_turns();
  EXPECT_EQ(count(texts, "app.py:5 Worker.work"), 5);
  EXPECT_EQ(count(texts, "app.py:6 <module>"), 1);
}

TEST_F(GilPlaces, LibraryCodeNamesWhoCalledIt) {
  run_file(
      "import pathlib\n"
      "def look():\n"
      "    for _ in range(4):\n"
      "        pathlib.Path('/').exists()\n"
      "look()\n",
      "/home/me/app.py");
  const auto texts = places_of_turns();
  const auto from_app = std::ranges::count_if(
      texts, [](const std::string& text) { return text.ends_with(" < app.py:4 look"); });
  EXPECT_GE(from_app, 4);
}

TEST_F(GilPlaces, LineThatWasAskedToDrop) {
  std::atomic<bool> got{false};
  std::thread waiter([&got, interpreter = PyInterpreterState_Get()] {
    const AttachedThread attached(interpreter);
    got.store(true);
  });
  wait_for_request();
  static std::atomic<bool>* const flag = &got;
  static PyMethodDef functions[] = {
      {"done", [](PyObject*, PyObject*) -> PyObject* { return PyBool_FromLong(flag->load()); }, METH_NOARGS,
       nullptr},
      {nullptr, nullptr, 0, nullptr}};
  const std::uint32_t asked = turn_number();
  run("def spin():\n"
      "    while not done():\n"
      "        pass\n"
      "spin()\n",
      functions);
  {
    const GilReleased released;
    waiter.join();
  }
  finish();
  const probe::Turn turn = this->turn(asked);
  EXPECT_EQ(turn.end, probe::TurnEnd::kAsked);
  ASSERT_NE(turn.location, 0u);
  const probe::Place place = probe::places::places_from(turn.location).front();
  EXPECT_EQ(place.file, "<string>");
  EXPECT_TRUE(place.line >= 1 && place.line <= 4) << place.line;
}

// An address is used again and again by code that lives but for a moment.
TEST_F(GilPlaces, CodeObjectsThatDie) {
  constexpr int kCodes = 2000;
  run_file(
      "import time\n"
      "for i in range(2000):\n"
      "    code = compile('\\n' * (i % 90) + 'time.sleep(0)', f'<made {i // 2}>', 'exec')\n"
      "    exec(code)\n"
      "    del code\n",
      "/home/me/app.py");
  const auto texts = places_of_turns();
  for (int i = 0; i < kCodes; ++i) {
    const std::string expected =
        "<made " + std::to_string(i / 2) + ">:" + std::to_string(i % 90 + 1) + " <module>";
    EXPECT_EQ(count(texts, expected), 1) << expected;
  }
}

TEST_F(GilPlaces, WithoutPythonFramesThereIsNoPlace) {
  for (int i = 0; i < 5; ++i) pair();
  on_threads(2, [](int) {
    for (int i = 0; i < 5; ++i) pair();
  });
  const auto texts = places_of_turns();
  EXPECT_EQ(count(texts, ""), static_cast<long>(texts.size()));
  EXPECT_GE(texts.size(), 15u);
}

TEST_F(GilPlaces, EachThreadHasItsOwn) {
  on_threads(4, [](int index) {
    const std::string line(static_cast<std::size_t>(index), '\n');
    run_file(line + "import time\nfor _ in range(300): time.sleep(0)\n", "/home/me/app.py");
  });
  const auto texts = places_of_turns();
  for (int index = 0; index < 4; ++index) {
    EXPECT_GE(count(texts, "app.py:" + std::to_string(index + 2) + " <module>"), 300) << index;
  }
}

TEST_F(GilPlaces, NamesBeyondAscii) {
  run_file(
      "import time\n"
      "def gr\xc3\xbc\xc3\x9f"
      "e_\xf0\x9d\x94\x9e(): time.sleep(0)\n"
      "gr\xc3\xbc\xc3\x9f"
      "e_\xf0\x9d\x94\x9e()\n",
      "/home/me/\xe4\xb8\xad.py");
  // Identifiers are normalised: the letter from the mathematical alphabet is an 'a'.
  EXPECT_EQ(count(places_of_turns(),
                  "\xe4\xb8\xad.py:2 gr\xc3\xbc\xc3\x9f"
                  "e_a"),
            1);
}

TEST_F(GilPlaces, SubInterpreterThatSharesTheGil) {
  PyThreadState* const main_state = PyThreadState_Get();
  PyThreadState* const sub = Py_NewInterpreter();
  ASSERT_NE(sub, nullptr);
  run_file("import time\n\n\ntime.sleep(0)\n", "/home/me/sub.py");
  Py_EndInterpreter(sub);
  PyThreadState_Swap(main_state);
  run_file("import time\n\ntime.sleep(0)\n", "/home/me/app.py");
  const auto texts = places_of_turns();
  EXPECT_EQ(count(texts, "sub.py:4 <module>"), 1);
  EXPECT_EQ(count(texts, "app.py:3 <module>"), 1);
}

}  // namespace
}  // namespace gilscope::py
