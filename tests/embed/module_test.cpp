// The gilscope module as such: imports, thread properties, regions, marks, stats, sub-interpreters, and what
// only C++ can see of the kernels (Ctrl-C through the host, interpreters that end).
#include <thread>

#include "embed/gil.h"
#include "embed/py_error.h"
#include "tests/embed/module_fixture.h"

namespace gilscope::py {
namespace {

using Notes = std::vector<std::string>;

TEST_F(ModuleTest, ImportsInEveryForm) {
  run(R"(
import sys
import gilscope.kernels
assert gilscope.kernels is sys.modules["gilscope.kernels"]
from gilscope import image, kernels
assert kernels is gilscope.kernels and image is gilscope.image
import gilscope.image as again
assert again is image
assert gilscope.__spec__.name == "gilscope"
assert kernels.__spec__.name == kernels.__name__ == "gilscope.kernels"
assert kernels.__package__ == "gilscope"
assert gilscope.__version__.count(".") == 2
try:
    import gilscope.nothing
except ModuleNotFoundError as error:
    assert "gilscope.nothing" in str(error)
else:
    raise AssertionError
)");
}

TEST_F(ModuleTest, SubmoduleIsImportedFirst) { run("from gilscope.kernels import countdown\ncountdown(10)"); }

TEST_F(ModuleTest, ThreadPropertiesFollowTheThread) {
  NotingHost::place = ThreadPlace{2, 4};
  run(R"(
import gilscope, threading
assert (gilscope.thread_index, gilscope.thread_count) == (2, 4)
assert "thread_index" in dir(gilscope) and "thread_count" in dir(gilscope) and "mark" in dir(gilscope)
seen = []
thread = threading.Thread(target=lambda: seen.append((gilscope.thread_index, gilscope.thread_count)))
thread.start(); thread.join()
assert seen == [(None, None)], seen
try:
    gilscope.thread_inddex
except AttributeError as error:
    assert "thread_inddex" in str(error)
else:
    raise AssertionError
)");
}

TEST_F(ModuleTest, RegionsNestAndEndWithAnException) {
  run(R"py(
import gilscope
with gilscope.region("load") as outer:
    assert outer.name == "load" and repr(outer) == "gilscope.region('load')"
    with gilscope.region("p\u00e4rse"):
        gilscope.mark("half way")
    with outer:
        pass
try:
    with gilscope.region("fail"):
        1 / 0
except ZeroDivisionError:
    pass
else:
    raise AssertionError
)py");
  EXPECT_EQ(host.take_notes(), (Notes{"1 begin load", "2 begin p\xc3\xa4rse", "mark half way", "2 end",
                                      "3 begin load", "3 end", "1 end", "4 begin fail", "4 end"}));
}

TEST_F(ModuleTest, RegionsThatOverlapEndTheirOwnSpans) {
  run(R"py(
import gilscope, threading
first, second = gilscope.region("first"), gilscope.region("second")
first.__enter__(); second.__enter__()
first.__exit__(None, None, None); second.__exit__(None, None, None)

shared = gilscope.region("shared")  # another thread's span of the same region is not this one's
with shared:
    thread = threading.Thread(target=shared.__enter__)
    thread.start(); thread.join()
shared.__exit__(None, None, None)   # entered elsewhere, and left here
)py");
  EXPECT_EQ(host.take_notes(), (Notes{"1 begin first", "2 begin second", "1 end", "2 end", "3 begin shared",
                                      "4 begin shared", "3 end", "4 end"}));
}

TEST_F(ModuleTest, RegionDecoratesFunctionsAndMethods) {
  run(R"(
import gilscope, inspect
class Reader:
    @gilscope.region("read")
    def read(self, size, *, twice=False):
        "Reads."
        return size * (2 if twice else 1)
assert Reader().read(3, twice=True) == 6
assert Reader.read.__doc__ == "Reads." and Reader.read.__name__ == "read"
assert list(inspect.signature(Reader.read).parameters) == ["self", "size", "twice"]
try:
    gilscope.region("x")(3)
except TypeError as error:
    assert "int" in str(error)
else:
    raise AssertionError
)");
  EXPECT_EQ(host.take_notes(), (Notes{"1 begin read", "1 end"}));
}

TEST_F(ModuleTest, WrongUseOfRegionsAndMarksRaises) {
  run(R"(
import gilscope
for wrong in (lambda: gilscope.region(), lambda: gilscope.region(3), lambda: gilscope.mark(b"x"), lambda: gilscope.mark()):
    try:
        wrong()
    except TypeError:
        pass
    else:
        raise AssertionError
try:
    gilscope.region("x").__exit__(None, None, None)
except RuntimeError as error:
    assert "'x'" in str(error)
else:
    raise AssertionError
for wrong in (lambda: gilscope.mark("\ud800"), lambda: gilscope.region("\ud800")):
    try:
        wrong()
    except UnicodeEncodeError:
        pass
    else:
        raise AssertionError
)");
  EXPECT_EQ(host.take_notes(), Notes{});
}

TEST_F(ModuleTest, StatsAreADict) {
  host.stats = R"({"wall_ns": 12345678901234, "threads": [{"name": "MainThread"}]})";
  run("import gilscope\n"
      "assert gilscope.stats() == {'wall_ns': 12345678901234, 'threads': [{'name': 'MainThread'}]}");
}

TEST_F(ModuleTest, StatsSayWhyThereAreNone) {
  run(R"(
import gilscope
try:
    gilscope.stats()
except RuntimeError as error:
    assert "--no-trace" in str(error)
else:
    raise AssertionError
)");
}

constexpr const char* kUseEverything = R"(
import gilscope
from gilscope import image, kernels
tiles = []
img = kernels.mandelbrot(64, 200, rgb=True, num_threads=4, on_tile=lambda *tile: tiles.append(tile))
assert {tile[0] for tile in tiles} == set(range(tiles[0][1])), tiles
assert sorted(row for tile in tiles for row in tile[2]) == list(range(200))
assert type(img) is image.Image and kernels.grayscale(img).shape == (200, 64)
def fail(*tile): raise LookupError("as asked")
try:
    kernels.mandelbrot(64, 200, num_threads=4, on_tile=fail)
except LookupError as error:
    assert str(error) == "as asked"
else:
    raise AssertionError
with gilscope.region("everything"):
    kernels.countdown(1000, release_gil=False)
)";

TEST_F(ModuleTest, EachSubInterpreterHasItsOwn) {
  run(std::string(kUseEverything) + "assert img == img\n");
  PyThreadState* const main_state = PyThreadState_Get();
  for (int i = 0; i < 3; ++i) {
    PyThreadState* const state = Py_NewInterpreter();
    ASSERT_NE(state, nullptr);
    run(kUseEverything);
    Py_EndInterpreter(state);  // fatal if a native thread's state were left in it
    PyThreadState_Swap(main_state);
  }
  run(kUseEverything);
}

#ifdef Py_mod_multiple_interpreters
TEST_F(ModuleTest, InterpreterWithItsOwnGil) {
  PyThreadState* const main_state = PyThreadState_Get();
  PyInterpreterConfig config = {};
  config.allow_threads = 1;
  config.check_multi_interp_extensions = 1;
  config.gil = PyInterpreterConfig_OWN_GIL;
  PyThreadState* state = nullptr;
  const PyStatus status = Py_NewInterpreterFromConfig(&state, &config);
  ASSERT_FALSE(PyStatus_Exception(status)) << status.err_msg;
  run(kUseEverything);
  Py_EndInterpreter(state);
  PyThreadState_Swap(main_state);
  run(kUseEverything);
}
#endif

constexpr const char* kLongCalls[] = {
    "kernels.countdown(2**62)",
    "kernels.countdown(2**62, num_threads=1)",
    "kernels.countdown(2**62, release_gil=False)",
    "kernels.mandelbrot(4000, 4000, max_iterations=10**8, center=(0, 0), span=0.1)",
};

TEST_F(ModuleTest, HostInterruptStopsAKernel) {
  for (const char* call : kLongCalls) {
    SCOPED_TRACE(call);
    run("from gilscope import kernels");
    {
      const std::jthread interrupter([this] { host.interrupt = true; });
      run(std::string("try:\n    ") + call +
          "\nexcept KeyboardInterrupt:\n    pass\nelse:\n    raise AssertionError");
    }
    host.interrupt = false;
  }
}

TEST_F(ModuleTest, HostInterruptStopsKernelsOnAllThreads) {
  const std::jthread interrupter([this] { host.interrupt = true; });
  run(R"(
import threading
from gilscope import kernels
ended = []
def work():
    try:
        kernels.countdown(2**62, num_threads=1)
    except KeyboardInterrupt as error:
        ended.append(type(error))
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert ended == [KeyboardInterrupt] * 4, ended
)");
}

// The kernels end while the interpreter is shutting down, or after: their threads then must not touch it.
TEST_F(ModuleTest, DaemonThreadsInKernelsSurviveTheEnd) {
  run(R"(
import threading
from gilscope import kernels
ready = threading.Barrier(4)
def work(**options):
    ready.wait()
    while True:
        kernels.countdown(3_000_000, num_threads=2, **options)
for options in ({}, {"on_tile": lambda *tile: None}, {"on_tile": lambda *tile: sum(range(10_000))}):
    threading.Thread(target=work, kwargs=options, daemon=True).start()
ready.wait()
kernels.countdown(10_000_000)
)");
  // TearDown finalises. That the process then ends well is the test.
}

TEST_F(ModuleTest, KernelsWorkWhileTheInterpreterShutsDown) {
  run(R"py(
import atexit
atexit.register(lambda: use("last"))  # after what the module itself registers, as the last come first
import gilscope
from gilscope import kernels

def use(name, countdown=kernels.countdown, mark=gilscope.mark):
    tiles = []
    countdown(10_000_000, num_threads=4, on_tile=lambda *tile: tiles.append(tile))
    assert len(tiles) == tiles[0][1]
    mark(name)

class Lasting:
    def __del__(self, use=use):
        use("even later")

lasting = Lasting()
atexit.register(use, "first")
)py");
  EXPECT_EQ(Py_FinalizeEx(), 0);
  EXPECT_EQ(host.take_notes(), (Notes{"mark first", "mark last", "mark even later"}));
}

}  // namespace
}  // namespace gilscope::py
