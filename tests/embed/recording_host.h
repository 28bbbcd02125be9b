// A live recording in whose Python `import gilscope` works, and whose kernels are recorded as those of
// `gilscope run` are. Thread rule: as LiveRecording.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "embed/module_host.h"
#include "embed/probe/lane_events.h"
#include "tests/embed/live_recording.h"

namespace gilscope::py {

class RecordingHost final : public ModuleHost {
 public:
  std::optional<ThreadPlace> thread_place() const noexcept override { return std::nullopt; }
  RecordedRegion region_begin(std::string_view name) noexcept override {
    const auto span = probe::lane_events::region_begin(name);
    return {span.number, span.name};
  }
  void region_end(RecordedRegion region) noexcept override {
    probe::lane_events::region_end({region.number, region.name});
  }
  void mark(std::string_view name) noexcept override { probe::lane_events::mark(name); }
  RecordedKernel kernel_begin(std::string_view name, bool holds_gil, std::uint64_t bytes) noexcept override {
    const auto call = probe::lane_events::kernel_begin(name, holds_gil, bytes);
    return {call.number, call.name};
  }
  void kernel_end(RecordedKernel kernel) noexcept override {
    probe::lane_events::kernel_end({kernel.number, kernel.name});
  }
  std::uint64_t tile_begun() noexcept override { return probe::lane_events::tile_begun(); }
  void tile(RecordedKernel kernel, std::uint64_t index, std::uint64_t begun_ticks,
            bool own_thread) noexcept override {
    probe::lane_events::tile({kernel.number, kernel.name}, index, begun_ticks, own_thread);
  }
  void expect_threads() override {}  // LiveRecording has rehearsed already
  std::string stats_json() override { throw std::runtime_error("not in this test"); }
  bool interrupt_requested() const noexcept override { return false; }
};

class ModuleRecording : public LiveRecording {
 protected:
  void SetUp() override {
    // Never deleted: threads of a test may still ask it things when the process ends.
    ASSERT_TRUE(register_module(*new RecordingHost));
    LiveRecording::SetUp();
  }

  /// The records of one kind, in the order in which they came.
  std::vector<RecordedTurn> events_of(probe::RecordKind kind) const {
    std::vector<RecordedTurn> found;
    std::ranges::copy_if(events(), std::back_inserter(found),
                         [kind](const RecordedTurn& recorded) { return recorded.turn.kind == kind; });
    return found;
  }
};

}  // namespace gilscope::py
