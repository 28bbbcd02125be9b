#include <Python.h>

#include "embed/gil_location.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <link.h>

#include "embed/gil.h"
#include "embed/probe/clock.h"
#include "embed/probe/drop_caller.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/places.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"
#include "embed/py_ref.h"
#include "embed/switch_interval.h"
#include "embed/switch_interval_watch.h"

namespace gilscope::py {

namespace {

using probe::LearnedCall;
using probe::Ticks;
using probe::Turn;
using probe::TurnEnd;

struct FoundGil {
  const char* mutex = nullptr;
  probe::GilLayout layout;
};

// GIL: held before and after.
void save_and_restore() { PyEval_RestoreThread(PyEval_SaveThread()); }

// The machine code that begins at `address`; empty if no loaded symbol says where it ends.
std::span<const std::byte> code_of(const void* address) {
  Dl_info info;
  void* symbol = nullptr;
  if (address == nullptr || dladdr1(address, &info, &symbol, RTLD_DL_SYMENT) == 0 || symbol == nullptr)
    return {};
  const auto* const entry = static_cast<const ElfW(Sym)*>(symbol);
  if (entry->st_shndx == SHN_UNDEF || info.dli_saddr != address) return {};
  return {static_cast<const std::byte*>(address), entry->st_size};
}

// The machine code of PyEval_SaveThread: its return addresses tell a thread that gave from one that was
// asked. With a shared libpython its address in this program may be that of a jump to it.
std::span<const std::byte> save_thread_code() {
  const auto* const begin = reinterpret_cast<const std::byte*>(&PyEval_SaveThread);
  if (const auto code = code_of(begin); !code.empty()) return code;
  if (const auto code = code_of(dlsym(RTLD_NEXT, "PyEval_SaveThread")); !code.empty()) return code;
  constexpr std::size_t kUsualSize = 256;
  return {begin, kUsualSize};
}

// drop: lock(M) signal(C); take: lock(M) lock(SM) signal(SC).
bool match(std::span<const LearnedCall> calls, FoundGil& found) {
  using Kind = LearnedCall::Kind;
  constexpr Kind kExpected[] = {Kind::kLock, Kind::kSignal, Kind::kLock, Kind::kLock, Kind::kSignal};
  if (calls.size() != std::size(kExpected)) return false;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].kind != kExpected[i]) return false;
  }
  if (calls[0].address != calls[2].address || calls[0].address == calls[3].address ||
      calls[1].address == calls[4].address) {
    return false;
  }
  found.mutex = static_cast<const char*>(calls[0].address);
  const auto offset = [&](const LearnedCall& call) {
    return static_cast<const char*>(call.address) - found.mutex;
  };
  found.layout = {
      .cond = offset(calls[1]), .switch_mutex = offset(calls[3]), .switch_cond = offset(calls[4])};
  return true;
}

// Everything that is recorded now, in the order of the takes.
std::vector<Turn> recorded_turns() {
  std::vector<Turn> turns;
  for (auto* record = probe::recorder::first_thread(); record != nullptr; record = record->next.load()) {
    record->buffer.drain(
        [&](const Turn* first, std::size_t count) { turns.insert(turns.end(), first, first + count); });
  }
  std::ranges::sort(turns, {}, &Turn::sequence);
  return turns;
}

// No collection of garbage comes while this lives: it would run code of the script's. GIL: held.
class GarbageWaits {
 public:
  GarbageWaits() noexcept : was_enabled_(PyGC_Disable() != 0) {}
  ~GarbageWaits() {
    if (was_enabled_) PyGC_Enable();
  }
  GarbageWaits(const GarbageWaits&) = delete;
  GarbageWaits& operator=(const GarbageWaits&) = delete;

 private:
  bool was_enabled_;
};

// Gives the GIL away while another thread has asked for it, and then spins in the eval loop until that thread
// has asked again, got it, and put something on a list.
void give_and_be_asked() {
  const PyRef list = raise_if_null(PyList_New(0));
  const PyRef names = raise_if_null(Py_BuildValue("{s:O}", "done", list.get()));
  const PyRef code =
      raise_if_null(Py_CompileString("while not done: pass", "<gilscope self-test>", Py_file_input));
  const double interval_before = get_switch_interval();
#ifdef Py_GIL_DISABLED
  // The first thread besides stops the world (3.13), for which it would wait until this one pauses: it does
  // not.
  if (PyThreadState* const besides = PyThreadState_New(PyInterpreterState_Get())) {
    PyThreadState_Clear(besides);
    PyThreadState_Delete(besides);
  }
#endif
  sigset_t all, before;  // signals are for the script's threads
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::atomic<bool> was_given{false};
  std::atomic<bool> may_ask_again{false};
  std::thread waiter([&, interpreter = PyInterpreterState_Get()] {
    {
      const AttachedThread attached(interpreter);
      was_given.store(true);
    }
    while (!may_ask_again.load()) std::this_thread::yield();
    const AttachedThread attached(interpreter);
    if (attached && PyList_Append(list.get(), Py_None) < 0) PyErr_Clear();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const IntervalAside aside(interval_before);
  set_switch_interval(20e-6);
  const double ours = get_switch_interval();
  const probe::Gil& gil = probe::gil_table::slots().front()->gil;
  while (gil.request.load() == 0) std::this_thread::yield();
  while (!was_given.load()) save_and_restore();
  may_ask_again.store(true);  // from here on this thread holds the GIL until the eval loop is asked for it
  probe::drop_caller::learn_eval_loop_next();
  PyThreadState* const state = PyThreadState_Get();
  PyThreadState_EnterTracing(state);  // a debugger or profiler of the script is not to see this
  const PyRef result = PyRef::steal(PyEval_EvalCode(code.get(), names.get(), names.get()));
  PyThreadState_LeaveTracing(state);
  std::optional<PyError> raised;
  if (!result) raised = PyError::fetch();
  {
    const GilReleased released;
    waiter.join();
  }
  // Unless somebody has set another one meanwhile: a key of the live view, a signal's handler.
  if (get_switch_interval() == ours) set_switch_interval(interval_before);
  if (raised) throw *raised;
}

// The laws that need no other reading of the run than the turns themselves.
std::string broken_law(std::span<const Turn> turns) {
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const Turn& turn = turns[i];
    if (turn.sequence != i) return "turns are missing";
    if (turn.want > turn.take || turn.take > turn.drop) return "a turn's moments are out of order";
    if (i > 0 && turns[i - 1].drop > turn.take) return "two turns overlap";
  }
  return {};
}

// A GIL notes who took it last in the words before its condition variable (struct _gil_runtime_state). GIL:
// held.
std::optional<std::ptrdiff_t> find_last_holder(const FoundGil& gil) {
  constexpr std::ptrdiff_t kWord = sizeof(void*);
  constexpr std::ptrdiff_t kMostWords = 8;
  const std::ptrdiff_t begin = std::min<std::ptrdiff_t>({0, gil.layout.cond, gil.layout.switch_mutex});
  for (std::ptrdiff_t words = 1; words <= kMostWords; ++words) {
    const std::ptrdiff_t offset = begin - words * kWord;
    const void* const word = *reinterpret_cast<const void* const*>(gil.mutex + offset);
    if (word == PyThreadState_Get()) return offset;
  }
  return std::nullopt;
}

double ns_per_pair(int pairs) {
  const std::uint64_t begin = probe::monotonic_ns();
  for (int i = 0; i < pairs; ++i) save_and_restore();
  return static_cast<double>(probe::monotonic_ns() - begin) / pairs;
}

// Watched and unwatched by turns, the lower quartile of each: an interrupt lengthens some, nothing shortens
// any.
double measure_pair_cost_ns(const FoundGil& gil) {
  constexpr int kRounds = 12;
  constexpr int kPairs = 50;
  std::vector<double> watched, unwatched;
  for (int round = 0; round < kRounds; ++round) {
    probe::gil_table::unwatch();
    unwatched.push_back(ns_per_pair(kPairs));
    probe::gil_table::watch(gil.mutex, gil.layout);
    watched.push_back(ns_per_pair(kPairs));
  }
  std::ranges::sort(watched);
  std::ranges::sort(unwatched);
  return std::max(0.0, watched[kRounds / 4] - unwatched[kRounds / 4]);
}

}  // namespace

bool is_free_threaded() noexcept {
#ifdef Py_GIL_DISABLED
  return true;
#else
  return false;
#endif
}

bool gil_enabled() {
  if (!is_free_threaded()) return true;
  try {
    PyObject* const query = PySys_GetObject("_is_gil_enabled");
    if (query == nullptr) return false;
    return PyObject_IsTrue(raise_if_null(PyObject_CallNoArgs(query)).get()) == 1;
  } catch (PyError& error) {
    error.discard_as_unraisable(nullptr);
    return false;
  }
}

void start_recording() {
  probe::recorder::reset();
  const auto slot = probe::gil_table::slots().front();
  const char* const mutex = slot->mutex.load();
  probe::gil_table::watch(mutex, probe::gil_table::current_layout());
  save_and_restore();
}

namespace {

// The laws, on all that is recorded now; and that every take was counted.
std::string broken_law_of(const std::vector<Turn>& turns) {
  if (std::string broken = broken_law(turns); !broken.empty()) return broken;
  const auto& slot = *probe::gil_table::slots().front();
  if (slot.takes_counted.load() != turns.size() + 1) return "the takes counted are not the turns recorded";
  if (slot.gil.overlaps.load() != 0) return "a thread took a GIL that another one held";
  return {};
}

std::string test_turns_given_away() {
  constexpr std::size_t kPairs = 8;
  start_recording();
  for (std::size_t i = 0; i < kPairs; ++i) save_and_restore();
  const std::vector<Turn> turns = recorded_turns();
  if (std::string broken = broken_law_of(turns); !broken.empty()) return broken;
  const auto is_given = [](const Turn& turn) { return turn.end == TurnEnd::kGave && turn.requests == 0; };
  if (turns.size() != kPairs || !std::ranges::all_of(turns, is_given)) {
    return "a turn that was given away was read as something else";
  }
  return {};
}

std::string contention_misread(const std::vector<Turn>& turns, std::uint32_t main_thread_turn) {
  if (std::string broken = broken_law_of(turns); !broken.empty()) return broken;
  if (turns.size() <= main_thread_turn || turns[main_thread_turn].request == 0 ||
      turns[main_thread_turn].end != TurnEnd::kGave) {
    return "a turn that was given away while another thread asked was read as something else";
  }
  const auto asked = std::ranges::find(turns, TurnEnd::kAsked, &Turn::end);
  if (asked == turns.end() || asked->request == 0) return "a turn that was asked for was not seen as such";
  if (const auto next = asked + 1;
      next == turns.end() || next->want >= next->take || next->want > asked->drop) {
    return "the wait of the thread that asked was not seen";
  }
  return {};
}

}  // namespace

std::string rehearse_contention() {
  const probe::recorder::Aside aside = probe::recorder::set_aside();
  const probe::places::Reader reader = probe::places::reader();
  probe::places::set_reader(nullptr);
  std::string wrong;
  std::exception_ptr raised;
  const GarbageWaits garbage_waits;
  {
    const probe::gil_table::MainGilAside gil_aside;
    save_and_restore();  // take 0; the turn that it begins is given away below
    try {
      give_and_be_asked();
      save_and_restore();
      wrong = contention_misread(recorded_turns(), 0);
    } catch (...) {
      raised = std::current_exception();
    }
  }
  probe::places::set_reader(reader);
  probe::recorder::resume(aside);
  if (raised) std::rethrow_exception(raised);
  return wrong;
}

GilLocation locate_gil() {
  GilLocation location;
  probe::gil_table::begin_learning();
  save_and_restore();
  const std::span<const LearnedCall> calls = probe::gil_table::end_learning();
  if (calls.empty() && !gil_enabled()) {
    location.sight = GilSight::kOff;
    location.reason = "this free-threaded Python runs with its GIL off, so there are no turns to see";
    return location;
  }
  FoundGil found;
  if (!match(calls, found)) {
    location.reason = "taking and dropping the GIL made " + std::to_string(calls.size()) +
                      " pthread calls that are not the known ones";
    return location;
  }
  const std::span<const std::byte> code = save_thread_code();
  probe::drop_caller::forget();
  probe::drop_caller::learn_save_thread(code.data(), code.size(), calls[1].caller_stack,
                                        calls[1].return_address);

  probe::gil_table::watch(found.mutex, found.layout);
  if (std::string wrong = test_turns_given_away(); !wrong.empty()) {
    probe::gil_table::unwatch();
    location.reason = "the self-test failed: " + wrong;
    return location;
  }
  location.last_holder_offset = find_last_holder(found);
  location.pair_cost_ns = measure_pair_cost_ns(found);
  location.sight = GilSight::kWatched;
  return location;
}

}  // namespace gilscope::py
