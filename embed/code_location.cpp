#include <Python.h>

#if PY_VERSION_HEX < 0x030C0000
extern "C" {
#define Py_BUILD_CORE
#include <internal/pycore_frame.h>
#undef Py_BUILD_CORE
}
#endif

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include <pthread.h>

#include "embed/code_location.h"
#include "embed/probe/places.h"
#include "embed/probe/recorder.h"
#include "embed/py_error.h"
#include "embed/py_ref.h"

namespace gilscope::py {

namespace {

using Frame = struct _PyInterpreterFrame;

// Code of libraries: who called it is asked, up to this many frames.
constexpr int kMaxFrames = 16;

/// Where in a code object: the code, and the instruction in any form that tells instructions apart.
struct Spot {
  PyCodeObject* code = nullptr;
  std::uintptr_t instruction = 0;
  friend bool operator==(const Spot&, const Spot&) = default;
};

#if PY_VERSION_HEX < 0x030C0000

Frame* innermost_frame(PyThreadState* state) noexcept { return state->cframe->current_frame; }
Frame* previous_frame(Frame* frame) noexcept { return frame->previous; }

/// False for a frame that is being made: it is nowhere yet.
bool spot_of(Frame* frame, Spot& spot) noexcept {
  if (_PyFrame_IsIncomplete(frame)) return false;
  spot = {frame->f_code, reinterpret_cast<std::uintptr_t>(frame->prev_instr)};
  return true;
}

int instruction_offset(const Spot& spot) noexcept {
  const auto* const at = reinterpret_cast<const _Py_CODEUNIT*>(spot.instruction);
  return static_cast<int>((at - _PyCode_CODE(spot.code)) * static_cast<std::ptrdiff_t>(sizeof(_Py_CODEUNIT)));
}

bool learn_frames() { return true; }

#else

// The one link between frames that no public function follows. All of 3.12 to 3.15 keep it in the second
// word, which is proved at start all the same.
std::ptrdiff_t previous_offset = -1;

Frame* innermost_frame(PyThreadState* state) noexcept {
#if PY_VERSION_HEX < 0x030D0000
  return state->cframe->current_frame;
#else
  return state->current_frame;
#endif
}

Frame* previous_frame(Frame* frame) noexcept {
  if (previous_offset < 0) return nullptr;
  return *reinterpret_cast<Frame**>(reinterpret_cast<char*>(frame) + previous_offset);
}

#ifdef Py_GIL_DISABLED

// Where a frame is read, its thread need not be attached: then it must leave reference counts alone, as the
// garbage collector may be at them. The code is the frame's first word, with a tag in its low bits, in all of
// 3.13 to 3.15; that too is proved at start.
bool first_word_is_code = false;

PyObject* code_of(Frame* frame) noexcept {
  constexpr std::uintptr_t kTag = 3;
  if (!first_word_is_code) return nullptr;
  return reinterpret_cast<PyObject*>(*reinterpret_cast<const std::uintptr_t*>(frame) & ~kTag);
}
void let_go(PyObject*) noexcept {}

#else

PyObject* code_of(Frame* frame) noexcept { return PyUnstable_InterpreterFrame_GetCode(frame); }
void let_go(PyObject* code) noexcept { Py_DECREF(code); }  // the frame has another reference

#endif

/// False for a frame without code: the interpreter's own, at the entry from C.
bool spot_of(Frame* frame, Spot& spot) noexcept {
  PyObject* const code = code_of(frame);
  if (code == nullptr) return false;
  const bool has_code = PyCode_Check(code) != 0;
  const int offset = has_code ? PyUnstable_InterpreterFrame_GetLasti(frame) : -1;
  if (has_code) spot = {reinterpret_cast<PyCodeObject*>(code), static_cast<std::uintptr_t>(offset)};
  let_go(code);
  return has_code && offset >= 0;
}

int instruction_offset(const Spot& spot) noexcept { return static_cast<int>(spot.instruction); }

Frame* seen_frames[2] = {};

PyObject* see_frame(PyObject*, PyObject* index) noexcept {
  Frame* const frame = innermost_frame(PyThreadState_Get());
  seen_frames[PyLong_AsLong(index) != 0] = frame;
#ifdef Py_GIL_DISABLED
  PyObject* const code = PyUnstable_InterpreterFrame_GetCode(frame);
  first_word_is_code = true;
  first_word_is_code = code_of(frame) == code;
  Py_XDECREF(code);
#endif
  Py_RETURN_NONE;
}

// One function calls another: the frame of the inner one points to that of the outer one.
bool learn_frames() {
  static PyMethodDef see = {"see", see_frame, METH_O, nullptr};
  const PyRef function = raise_if_null(PyCFunction_New(&see, nullptr));
  const PyRef names =
      raise_if_null(Py_BuildValue("{s:O,s:O}", "see", function.get(), "__builtins__", PyEval_GetBuiltins()));
  const PyRef code =
      raise_if_null(Py_CompileString("def inner(): see(1)\n"
                                     "def outer(): see(0); inner()\n"
                                     "outer()\n",
                                     "<gilscope self-test>", Py_file_input));
  PyThreadState* const state = PyThreadState_Get();
  PyThreadState_EnterTracing(state);  // a debugger or profiler is not to see this
  const PyRef result = PyRef::steal(PyEval_EvalCode(code.get(), names.get(), names.get()));
  PyThreadState_LeaveTracing(state);
  if (!result) throw PyError::fetch();
  constexpr std::ptrdiff_t kWord = sizeof(void*);
  const auto* const words = reinterpret_cast<Frame* const*>(seen_frames[1]);
  previous_offset = words != nullptr && words[1] == seen_frames[0] ? kWord : -1;
  return seen_frames[0] != nullptr && seen_frames[1] != nullptr;
}

#endif

// The thread state that holds a GIL, by the GIL's mutex.
std::ptrdiff_t holder_offset = 0;

PyThreadState* holder_of(const void* mutex) noexcept {
  return *reinterpret_cast<PyThreadState* const*>(static_cast<const char*>(mutex) + holder_offset);
}

/// UTF-8 without a call that might allocate; a lone surrogate becomes '?'.
std::string text_of(PyObject* unicode) {
  std::string text;
  if (unicode == nullptr || !PyUnicode_Check(unicode)) return text;
#if PY_VERSION_HEX < 0x030C0000
  if (!PyUnicode_IS_READY(unicode)) return text;
#endif
  const auto kind = PyUnicode_KIND(unicode);
  const void* const data = PyUnicode_DATA(unicode);
  const Py_ssize_t length = PyUnicode_GET_LENGTH(unicode);
  const auto add = [&](unsigned byte) { text += static_cast<char>(byte); };
  for (Py_ssize_t i = 0; i < length; ++i) {
    const Py_UCS4 c = PyUnicode_READ(kind, data, i);
    if (c < 0x80) {
      add(c);
    } else if (c < 0x800) {
      add(0xC0 | (c >> 6));
      add(0x80 | (c & 0x3F));
    } else if (c >= 0xD800 && c < 0xE000) {
      add('?');
    } else if (c < 0x10000) {
      add(0xE0 | (c >> 12));
      add(0x80 | ((c >> 6) & 0x3F));
      add(0x80 | (c & 0x3F));
    } else {
      add(0xF0 | (c >> 18));
      add(0x80 | ((c >> 12) & 0x3F));
      add(0x80 | ((c >> 6) & 0x3F));
      add(0x80 | (c & 0x3F));
    }
  }
  return text;
}

/// Changes when a cache may not be used any more. Relaxed: who sees a new code object at an old address is
/// ordered after the death of the old one, by the GIL or by the allocator.
constinit std::atomic<std::uint32_t> generation{1};

/// What a spot leads to, reached from `inner`, a stretch of library frames (0: it is the innermost). A spot
/// without code stands for the end of the frames.
struct Step {
  std::uint32_t number = 0;  ///< of the place when `last`, else of the stretch of library frames so far
  bool last = true;
};

/// All spots that were ever seen, for all threads; each thread keeps those of its own in a Cache.
class Spots {
 public:
  void set_library(std::vector<std::string> folders) { library_folders_ = std::move(folders); }

  Step step(const Spot& spot, std::uint32_t inner) noexcept {
    try {
      const std::lock_guard lock(mutex_);
      const Key key{spot, inner};
      if (const auto found = steps_.find(key); found != steps_.end()) return found->second;
      const Step step = make_step(spot, inner);
      known_codes_[spot.code].push_back(key);
      steps_.emplace(key, step);
      return step;
    } catch (const std::bad_alloc&) {
      return {};
    }
  }

  /// The code object dies: its address may be another's soon.
  void forget(PyCodeObject* code) noexcept {
    const std::lock_guard lock(mutex_);
    const auto known = known_codes_.find(code);
    if (known == known_codes_.end()) return;
    for (const Key& key : known->second) steps_.erase(key);
    known_codes_.erase(known);
    generation.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  struct Key {
    Spot spot;
    std::uint32_t inner;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return (reinterpret_cast<std::uintptr_t>(key.spot.code) >> 4) * 0x9E37'79B9'7F4A'7C15u ^
             key.spot.instruction * 0xC2B2'AE3D'27D4'EB4Fu ^ key.inner;
    }
  };
  /// A line of library code, and the stretch of such lines that it called.
  struct Line {
    std::string file;
    std::string function;
    std::uint32_t line = 0;
    std::uint32_t inner = 0;
  };

  bool is_library(const std::string& file) const {
    if (file.starts_with("<frozen ")) return true;
    for (const std::string& folder : library_folders_) {
      if (file.starts_with(folder)) return true;
    }
    return file.find("/site-packages/") != std::string::npos ||
           file.find("/dist-packages/") != std::string::npos;
  }

  Step make_step(const Spot& spot, std::uint32_t inner) {
    if (spot.code == nullptr) return {place_of_stretch(inner, 0), true};
    Line line{text_of(spot.code->co_filename), text_of(spot.code->co_qualname), 0, inner};
    int number = PyCode_Addr2Line(spot.code, instruction_offset(spot));
    if (number <= 0) number = spot.code->co_firstlineno;  // the entry of a module is on no line
    if (number > 0) line.line = static_cast<std::uint32_t>(number);
    if (is_library(line.file)) {
      lines_.push_back(std::move(line));
      return {static_cast<std::uint32_t>(lines_.size()), false};
    }
    const std::uint32_t place = probe::places::intern(line.file, line.function, line.line, 0);
    return {inner == 0 ? place : place_of_stretch(inner, place), true};
  }

  // The registry wants callers first: from the outermost line inwards.
  std::uint32_t place_of_stretch(std::uint32_t stretch, std::uint32_t caller) {
    for (; stretch != 0; stretch = lines_[stretch - 1].inner) {
      const Line& line = lines_[stretch - 1];
      caller = probe::places::intern(line.file, line.function, line.line, caller);
    }
    return caller;
  }

  std::mutex mutex_;
  std::vector<std::string> library_folders_;
  std::unordered_map<Key, Step, Hash> steps_;
  std::unordered_map<PyCodeObject*, std::vector<Key>> known_codes_;
  std::vector<Line> lines_;
};

Spots*& spots_pointer() {
  static Spots* the_spots = new Spots;  // never destroyed: threads may outlive main
  return the_spots;
}
Spots& spots() { return *spots_pointer(); }

/// The steps that a thread took lately.
struct Cache {
  static constexpr std::size_t kEntries = 128;
  struct Entry {
    Spot spot;
    std::uint32_t inner = 0;
    Step step;
  };
  std::uint32_t generation = 0;
  std::array<Entry, kEntries> entries;

  Step step(const Spot& spot, std::uint32_t inner) noexcept {
    const std::uintptr_t mixed = (reinterpret_cast<std::uintptr_t>(spot.code) >> 4) + spot.instruction / 2;
    Entry& entry = entries[(mixed ^ (mixed >> 7) ^ inner) % kEntries];
    if (entry.spot != spot || entry.inner != inner) [[unlikely]]
      entry = {spot, inner, spots().step(spot, inner)};
    return entry.step;
  }
};
constinit thread_local Cache cache;

bool reads_places = false;

}  // namespace

namespace {

// The one that ends Python: the main thread, or the one that is left in a forked child.
pthread_t ending_thread;

}  // namespace

bool is_suspended([[maybe_unused]] PyThreadState* state) noexcept {
#ifdef Py_GIL_DISABLED
  // The field is public; the names of its values, here _Py_THREAD_SUSPENDED, are not.
  constexpr int kSuspended = 2;
  return __atomic_load_n(&state->state, __ATOMIC_RELAXED) == kSuspended;
#else
  return false;
#endif
}

bool may_be_gone() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
  const bool is_ending = Py_IsFinalizing() != 0;
#else
  const bool is_ending = _Py_IsFinalizing() != 0;
#endif
  return is_ending && pthread_equal(pthread_self(), ending_thread) == 0;
}

std::uint32_t place_of(PyThreadState* state) noexcept {
  if (state == nullptr || !reads_places) return 0;
  if (const std::uint32_t now = generation.load(std::memory_order_relaxed); cache.generation != now)
      [[unlikely]] {
    cache.entries.fill({});
    cache.generation = now;
  }
  std::uint32_t inner = 0;
  int frames = 0;
  for (Frame* frame = innermost_frame(state); frame != nullptr && frames < kMaxFrames;
       frame = previous_frame(frame)) {
    Spot spot;
    if (!spot_of(frame, spot)) continue;
    ++frames;
    const Step step = cache.step(spot, inner);
    if (step.last) return step.number;
    inner = step.number;
  }
  return inner == 0 ? 0 : cache.step({}, inner).number;  // called by nobody that is known
}

namespace {

std::uint32_t read_place(const void* mutex) noexcept {
  return may_be_gone() ? 0 : place_of(holder_of(mutex));
}

// Code objects die with the GIL held, on any thread. Their type has no other way of telling that is the same
// on all versions and in all interpreters.
destructor real_code_dealloc = nullptr;

void code_dealloc(PyObject* code) {
  // In a forked child that is asleep the mutex may have been locked at the fork; nothing is recorded there.
  if (!probe::recorder::is_asleep()) spots().forget(reinterpret_cast<PyCodeObject*>(code));
  real_code_dealloc(code);
}

std::vector<std::string> library_folders() {
  std::vector<std::string> folders;
  PyObject* const folder = PySys_GetObject("_stdlib_dir");
  if (std::string text = text_of(folder); !text.empty()) folders.push_back(text + "/");
  return folders;
}

}  // namespace

bool begin_places() {
  if (!learn_frames()) return false;
  ending_thread = pthread_self();
  spots().set_library(library_folders());
  if (real_code_dealloc == nullptr) {
    real_code_dealloc = PyCode_Type.tp_dealloc;
    PyCode_Type.tp_dealloc = code_dealloc;
  }
  reads_places = true;
  return true;
}

bool begin_code_locations(std::optional<std::ptrdiff_t> last_holder_offset) {
  if (!last_holder_offset || !begin_places()) return false;
  holder_offset = *last_holder_offset;
  probe::places::set_reader(read_place);
  return true;
}

void begin_code_locations_anew() {
  if (real_code_dealloc == nullptr) return;  // they were never begun
  ending_thread = pthread_self();
  auto* const anew = new Spots;
  anew->set_library(library_folders());
  spots_pointer() = anew;
  generation.fetch_add(1, std::memory_order_relaxed);
}

void end_code_locations() noexcept { probe::places::set_reader(nullptr); }

}  // namespace gilscope::py
