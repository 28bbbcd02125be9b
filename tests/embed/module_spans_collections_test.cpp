// Garbage collections as spans, by an entry in gc.callbacks that a script may do anything with.
#include "embed/collections.h"
#include "tests/embed/recording_host.h"

namespace gilscope::py {
namespace {

using probe::RecordKind;

class ModuleSpansCollections : public ModuleRecording {
 protected:
  void SetUp() override {
    ModuleRecording::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("import sys\nassert 'gc' not in sys.modules");
    watch_collections();
    ASSERT_EQ(PyErr_Occurred(), nullptr);
  }
};

TEST_F(ModuleSpansCollections, SayGenerationAndWhatWasCollected) {
  run(R"py(
import gc
gc.disable()
gc.collect()
class Node: pass
for _ in range(100):
    node = Node()
    node.me = node
del node
gc.collect(1)
assert len(gc.callbacks) == 1
)py");
  finish();
  const auto begins = events_of(RecordKind::kCollectBegin), ends = events_of(RecordKind::kCollectEnd);
  ASSERT_GE(begins.size(), 2u);
  ASSERT_EQ(begins.size(), ends.size());
  for (std::size_t i = 0; i < begins.size(); ++i) {
    EXPECT_LE(begins[i].turn.drop, ends[i].turn.drop);
    EXPECT_EQ(begins[i].turn.requests, ends[i].turn.requests);
    EXPECT_EQ(begins[i].turn.take, ends[i].turn.take) << "within one turn";
    EXPECT_NE(begins[i].turn.take, 0u);
  }
  EXPECT_EQ(ends[ends.size() - 2].turn.requests, 2);
  EXPECT_EQ(ends.back().turn.requests, 1);
  // Each node, and its dict where it has one of its own.
  EXPECT_GE(ends.back().turn.request, 100u);
  EXPECT_LE(ends.back().turn.request, 200u);
}

TEST_F(ModuleSpansCollections, AreOnTheLaneOfWhoeverCollects) {
  on_threads(2, [](int) { run("import gc\nfor _ in range(5): gc.collect()\n"); });
  finish();
  for (const RecordKind kind : {RecordKind::kCollectBegin, RecordKind::kCollectEnd}) {
    std::map<std::uint32_t, int> by_thread;
    for (const RecordedTurn& recorded : events_of(kind)) {
      if (recorded.turn.requests == 2) ++by_thread[recorded.thread];
    }
    EXPECT_EQ(by_thread[1] + by_thread[2], 10);
    EXPECT_EQ(by_thread[1], 5);
  }
}

TEST_F(ModuleSpansCollections, AScriptMayTakeTheEntryOut) {
  run(R"py(
import gc
gc.disable()
entry, = gc.callbacks
assert callable(entry) and "gilscope" not in str(type(entry))
print(gc.callbacks, entry.__doc__)
seen = []
gc.callbacks.append(lambda phase, info: seen.append((phase, info["generation"])))
gc.collect()
assert seen == [("start", 2), ("stop", 2)], seen
gc.callbacks.clear()
gc.collect()
gc.callbacks.append(entry)
gc.collect(0)
)py");
  finish();
  const auto ends = events_of(RecordKind::kCollectEnd);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].turn.requests, 2);
  EXPECT_EQ(ends[1].turn.requests, 0);
}

TEST_F(ModuleSpansCollections, NothingThatItIsCalledWithIsAnError) {
  run(R"py(
import gc
entry, = gc.callbacks
gc.callbacks.clear()
class Odd(dict):
    def __getitem__(self, key): raise LookupError
for arguments in ((), ("start",), (1, 2), ("start", 3), ("begin", {}), ("start", {}), ("start", Odd()),
                  ("stop", {"generation": "x", "collected": None}), ("stop", {"collected": 2**80}),
                  ("\udc80", {}), ("start", {"generation": -1})):
    assert entry(*arguments) is None, arguments
)py");
  finish();
}

TEST_F(ModuleSpansCollections, LastUntilThePythonEnds) {
  // What is collected while modules are torn down; TearDown() finishes the interpreter.
  run(R"py(
import gc, sys
class Loud:
    def __del__(self): gc.collect()
sys.loud = Loud()
sys.ring = [Loud()]
sys.ring.append(sys.ring)
)py");
  const std::size_t before = events().size();
  finish();
  EXPECT_GE(events().size(), before);
}

}  // namespace
}  // namespace gilscope::py
