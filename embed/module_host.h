// What the `gilscope` Python module asks of the program that it lives in. The one thing that the module keeps
// beside its per-interpreter state: set once, before the interpreter starts, and never changed.
// Thread rule: every member may be called from any thread, with or without the GIL, and never takes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gilscope::py {

/// Which of how many native threads of a run the calling thread is.
struct ThreadPlace {
  int index = 0;
  int count = 1;
};

class ModuleHost {
 public:
  virtual ~ModuleHost() = default;

  /// The place of the calling thread; empty on a thread that gilscope did not start.
  virtual std::optional<ThreadPlace> thread_place() const noexcept = 0;

  /// Begins or ends a named span on the calling thread's lane, or marks a moment on it. GIL: held.
  /// No-ops where nothing is recorded.
  virtual void region_begin(std::string_view name) noexcept = 0;
  virtual void region_end() noexcept = 0;
  virtual void mark(std::string_view name) noexcept = 0;

  /// The numbers so far, as the JSON text of `--json`. Throws std::runtime_error, which says why, where
  /// nothing is recorded (--no-trace, or a forked child).
  virtual std::string stats_json() = 0;

  /// True from Ctrl-C on: whoever works without looking at Python's signals (a long kernel) should stop.
  virtual bool interrupt_requested() const noexcept = 0;
};

/// Makes `import gilscope` work in every interpreter that is started later. `host` must outlive them all.
/// Call once, before Py_Initialize. False when the module table could not be extended.
bool register_module(ModuleHost& host);

/// The host given to register_module. Valid inside the module's functions only.
ModuleHost& module_host() noexcept;

}  // namespace gilscope::py
