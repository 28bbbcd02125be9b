// The owners, guards and errors that embed/ is built on.
#include "embed/py_error.h"

#include <latch>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <type_traits>

#include "embed/gil.h"
#include "embed/py_ref.h"
#include "tests/embed/module_fixture.h"

namespace gilscope::py {
namespace {

static_assert(!std::is_convertible_v<PyObject*, PyRef>, "a reference is made by name: steal or borrow");
static_assert(!std::is_copy_constructible_v<PyRef>);
static_assert(std::is_nothrow_copy_constructible_v<PyError>,
              "it can be thrown, and kept in an exception_ptr");

using PyErrorTest = ModuleTest;

TEST_F(PyErrorTest, ReferencesAreCounted) {
  PyObject* const list = PyList_New(0);
  const Py_ssize_t once = Py_REFCNT(list);
  PyRef owner = PyRef::steal(list);
  EXPECT_EQ(Py_REFCNT(list), once);
  {
    const PyRef second = owner.copy();
    const PyRef third = PyRef::borrow(list);
    EXPECT_EQ(Py_REFCNT(list), once + 2);
  }
  EXPECT_EQ(Py_REFCNT(list), once);
  PyRef moved = std::move(owner);
  EXPECT_EQ(owner.get(), nullptr);  // NOLINT: what is left after a move is defined here
  EXPECT_EQ(Py_REFCNT(list), once);
  PyObject* const raw = moved.release();
  EXPECT_EQ(Py_REFCNT(list), once);
  moved = PyRef::steal(raw);
  moved = PyRef();
}

TEST_F(PyErrorTest, CarriesAnExceptionWithItsTraceback) {
  PyRef globals = PyRef::steal(PyDict_New());
  PyRef code = PyRef::steal(Py_CompileString("def f():\n    {}['no such']\nf()", "<here>", Py_file_input));
  try {
    raise_if_null(PyEval_EvalCode(code.get(), globals.get(), globals.get()));
    FAIL();
  } catch (PyError& error) {
    EXPECT_EQ(PyErr_Occurred(), nullptr);
    EXPECT_STREQ(error.what(), "KeyError");
    EXPECT_EQ(error.describe(), "KeyError: 'no such'");
    EXPECT_TRUE(error.matches(PyExc_LookupError));
    EXPECT_FALSE(error.matches(PyExc_ValueError));
    const PyRef traceback = PyRef::steal(PyException_GetTraceback(error.exception()));
    ASSERT_TRUE(traceback);
    error.restore();
    EXPECT_EQ(error.exception(), nullptr);
    EXPECT_TRUE(PyErr_ExceptionMatches(PyExc_KeyError));
    PyErr_Clear();
    error.restore();  // a second time: our own mistake, and said so
    EXPECT_TRUE(PyErr_ExceptionMatches(PyExc_SystemError));
    PyErr_Clear();
  }
}

TEST_F(PyErrorTest, NoErrorSetIsASystemError) {
  PyError error = PyError::fetch();
  EXPECT_TRUE(error.matches(PyExc_SystemError));
}

TEST_F(PyErrorTest, CrossesThreads) {
  PyErr_SetString(PyExc_ValueError, "from the main thread");
  std::optional<PyError> from_main = PyError::fetch();
  std::optional<PyError> from_worker;
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  {
    const GilReleased released;
    std::thread([&] {
      const AttachedThread attached(interpreter);
      ASSERT_TRUE(attached);
      EXPECT_EQ(PyThreadState_Get(), attached.state());
      EXPECT_EQ(from_main->describe(), "ValueError: from the main thread");
      from_main.reset();
      PyErr_SetString(PyExc_OSError, "from a native thread");
      from_worker = PyError::fetch();
    }).join();
  }
  from_worker->restore();
  EXPECT_TRUE(PyErr_ExceptionMatches(PyExc_OSError));
  PyErr_Clear();
}

TEST_F(PyErrorTest, ForgottenWithoutTheGilItLeaksRatherThanRaces) {
  PyErr_SetString(PyExc_ValueError, "forgotten");
  std::optional<PyError> error = PyError::fetch();
  PyObject* const exception = Py_NewRef(error->exception());
  const Py_ssize_t count = Py_REFCNT(exception);
  {
    const GilReleased released;
    error.reset();
  }
  EXPECT_EQ(Py_REFCNT(exception), count);
}

TEST_F(PyErrorTest, DiscardsThroughTheHook) {
  run("import sys\nseen = []\nsys.unraisablehook = lambda u: seen.append((u.exc_type, u.object))");
  PyErr_SetString(PyExc_ValueError, "nobody to raise it to");
  PyError error = PyError::fetch();
  error.discard_as_unraisable(Py_Ellipsis);
  error.discard_as_unraisable(Py_Ellipsis);
  run("assert seen == [(ValueError, ...)], seen\nsys.unraisablehook = sys.__unraisablehook__");
}

/// What Python sees of a C++ exception that a guarded body throws.
template <class Throw>
std::string seen_by_python(Throw body) {
  EXPECT_EQ(guarded([&]() -> PyRef {
              body();
              return {};
            }),
            nullptr);
  return PyError::fetch().describe();
}

TEST_F(PyErrorTest, TranslatesCppExceptions) {
  EXPECT_EQ(seen_by_python([] { throw std::bad_alloc(); }), "MemoryError");
  EXPECT_EQ(seen_by_python([] { std::string().reserve(std::string().max_size() + 1); }), "MemoryError");
  EXPECT_EQ(seen_by_python([] { throw std::invalid_argument("a"); }), "ValueError: a");
  EXPECT_EQ(seen_by_python([] { throw std::out_of_range("b"); }), "IndexError: b");
  EXPECT_EQ(seen_by_python([] { throw std::overflow_error("c"); }), "OverflowError: c");
  EXPECT_EQ(seen_by_python([] { throw std::runtime_error("d"); }), "RuntimeError: d");
  EXPECT_EQ(seen_by_python([] { throw 7; }), "SystemError: an unknown C++ exception reached Python");
  EXPECT_EQ(seen_by_python([] { raise_error(PyExc_KeyError, "%d", 8); }), "KeyError: '8'");
  const std::string missing =
      seen_by_python([] { throw std::system_error(ENOENT, std::generic_category(), "thing"); });
  EXPECT_TRUE(missing.starts_with("FileNotFoundError: [Errno 2] thing")) << missing;
}

TEST_F(PyErrorTest, GuardedPassesResultsOn) {
  EXPECT_EQ(guarded([] { return 5; }), 5);
  EXPECT_EQ(guarded([] {}), 0);
  EXPECT_EQ(guarded([]() -> int { throw std::runtime_error("x"); }), -1);
  PyErr_Clear();
  const PyRef none = PyRef::steal(guarded([] { return PyRef::borrow(Py_None); }));
  EXPECT_EQ(none.get(), Py_None);
}

TEST_F(PyErrorTest, ThreadsTakeTheGilInTurn) {
  constexpr int kThreads = 8, kRounds = 200;
  PyRef list = PyRef::steal(PyList_New(0));
  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  {
    const GilReleased released;
    std::latch start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const AttachedThread attached(interpreter);
        ASSERT_TRUE(attached);
        for (int round = 0; round < kRounds; ++round) {
          const PyRef number = raise_if_null(PyLong_FromLong(round));
          raise_if_negative(PyList_Append(list.get(), number.get()));
          const GilReleased for_a_moment;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(PyList_GET_SIZE(list.get()), kThreads * kRounds);
}

}  // namespace
}  // namespace gilscope::py
