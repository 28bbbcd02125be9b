// What the `gilscope` Python module asks of the program that it lives in. The one thing that the module keeps
// beside its per-interpreter state: set before the interpreter starts, and changed in a forked child only.
// Thread rule: every member may be called from any thread, with or without the GIL, and never takes it,
// unless it says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gilscope::py {

/// Which of how many native threads of a run the calling thread is.
struct ThreadPlace {
  int index = 0;
  int count = 1;
};

/// A span of a region that is being recorded; `number` 0: it is not.
struct RecordedRegion {
  std::uint32_t number = 0;
  std::uint32_t name = 0;  ///< the host's number for the region's name
};

/// A call of a kernel that is being recorded; `number` 0: it is not.
struct RecordedKernel {
  std::uint32_t number = 0;
  std::uint32_t name = 0;  ///< the host's number for the kernel's name
};

class ModuleHost {
 public:
  virtual ~ModuleHost() = default;

  /// The place of the calling thread; empty on a thread that gilscope did not start.
  virtual std::optional<ThreadPlace> thread_place() const noexcept = 0;

  /// Begins or ends a named span on the calling thread's lane, or marks a moment on it. GIL: held.
  /// No-ops where nothing is recorded.
  virtual RecordedRegion region_begin(std::string_view name) noexcept = 0;
  virtual void region_end(RecordedRegion region) noexcept = 0;
  virtual void mark(std::string_view name) noexcept = 0;

  /// Begins and ends the span of a kernel's call on the calling thread's lane. `bytes`: that the call reads
  /// and writes. GIL: held.
  virtual RecordedKernel kernel_begin(std::string_view name, bool holds_gil,
                                      std::uint64_t bytes) noexcept = 0;
  virtual void kernel_end(RecordedKernel kernel) noexcept = 0;
  /// The calling thread begins a tile: now, on the clock of the recording, to be given to tile().
  virtual std::uint64_t tile_begun() noexcept = 0;
  /// It has computed that tile. `own_thread`: it is one of the kernel's own threads.
  virtual void tile(RecordedKernel kernel, std::uint64_t index, std::uint64_t begun_ticks,
                    bool own_thread) noexcept = 0;

  /// To be called before native threads start that will take the main interpreter's GIL. GIL: held, and given
  /// away for a moment at the first call. Throws PyError when a signal's handler raises.
  virtual void expect_threads() = 0;

  /// The numbers so far, as the JSON text of `--json`. Throws std::runtime_error, which says why, where
  /// nothing is recorded (--no-trace, or a forked child).
  virtual std::string stats_json() = 0;

  /// True from Ctrl-C on: whoever works without looking at Python's signals (a long kernel) should stop.
  virtual bool interrupt_requested() const noexcept = 0;
};

/// Makes `import gilscope` work in every interpreter that is started later. `host` must outlive them all.
/// Call once, before Py_Initialize. False when the module table could not be extended.
bool register_module(ModuleHost& host);

/// In a forked child, while it has one thread: from now on the host is this one.
void change_module_host(ModuleHost& host) noexcept;

/// The host given to register_module. Valid inside the module's functions only.
ModuleHost& module_host() noexcept;

}  // namespace gilscope::py
