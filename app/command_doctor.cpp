// gilscope doctor: what is here, and whether the probe sees it.
#include <Python.h>

#include <cstdio>

#include <fmt/format.h>

#include "app/command_line.h"
#include "app/help_text.h"
#include "app/session.h"
#include "app/user_error.h"
#include "embed/gil_location.h"
#include "embed/interpreter.h"
#include "embed/lock_waits.h"
#include "embed/probe/clock.h"
#include "embed/probe/collector.h"
#include "embed/probe/gil_table.h"
#include "embed/probe/lock_waits.h"
#include "embed/probe/recorder.h"
#include "kernels/simd.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

constexpr int kPairs = 1'000;

void row(const char* what, const std::string& found) { fmt::print("{:<10} {}\n", what, found); }

std::string gil_state() {
  if (!py::is_free_threaded()) return "on";
  return py::gil_enabled() ? "on (free-threaded build with PYTHON_GIL=1)" : "off (free-threaded build)";
}

std::uint64_t turns_recorded() {
  std::uint64_t turns = 0;
  for (auto* record = probe::recorder::first_thread(); record != nullptr; record = record->next.load()) {
    record->buffer.drain([&](const probe::Turn*, std::size_t count) { turns += count; });
  }
  return turns;
}

// Takes and drops the GIL a thousand times, and counts what the probe saw. GIL: held.
bool check_probe() {
  const py::GilLocation location = py::locate_gil();
  if (location.sight == py::GilSight::kOff) {
    const std::string wrong = py::watch_lock_waits(false);
    probe::lock_waits::unwatch();
    row("probe", wrong.empty() ? "sees waits on Python's own locks; without a GIL there are no turns"
                               : "does NOT see waits on Python's own locks: " + wrong);
    return wrong.empty();
  }
  if (location.sight == py::GilSight::kBlind) {
    row("probe", "does NOT see the GIL: " + location.reason);
    return false;
  }
  py::start_recording();
  for (int i = 0; i < kPairs; ++i) PyEval_RestoreThread(PyEval_SaveThread());
  const std::uint64_t turns = turns_recorded();
  const std::uint64_t takes = probe::gil_table::slots().front()->takes_counted.load() - 1;
  probe::gil_table::unwatch();
  const bool good = turns == kPairs && takes == kPairs;
  row("probe", fmt::format("{} the GIL: taken and dropped {} times, {} takes counted, {} turns recorded",
                           good ? "sees" : "does NOT see", kPairs, takes, turns));
  row("cost", fmt::format("{:.0f} ns a turn", location.pair_cost_ns));
  return good;
}

std::string clock_text() {
  const probe::ClockSample begin = probe::sample_clocks();
  const probe::Ticks step = probe::clock_resolution_ticks();
  const probe::TickScale scale = probe::tick_scale(begin, probe::sample_clocks());
  return fmt::format("{}, {:.0f} MHz, smallest step seen {} ns", clock_source_name(probe::clock_source()),
                     1e3 / scale.ns_per_tick, scale.ns(step));
}

}  // namespace

int command_doctor(std::span<const std::string> arguments) {
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    print_help(
        "Usage: gilscope doctor\n\nSays which Python gilscope is linked to, the state of its GIL, the cores, "
        "OpenMP and SIMD that its kernels use, the clock, and whether the probe sees the GIL: it is taken "
        "and "
        "dropped a thousand times, and what was seen is counted. Where the GIL is off, a wait on a lock "
        "takes "
        "its place.\n\nExit status: 0 if all is well, 1 if the probe does not see it.\n");
    return 0;
  }
  if (!arguments.empty()) throw UserError("doctor takes no arguments (see gilscope doctor --help)");
  try {
    py::start_interpreter(py::linked_executable(), {"-c", "pass"});
  } catch (const py::StartError& error) {
    throw UserError(error.what());
  }
  const std::string version = Py_GetVersion();
  row("gilscope", GILSCOPE_VERSION);
  row("Python",
      fmt::format("CPython {}, {}", version.substr(0, version.find(' ')), GILSCOPE_PYTHON_EXECUTABLE));
  row("library", GILSCOPE_PYTHON_LIBRARY);
  row("GIL", gil_state());
  row("cores", fmt::format("{}", kernels::available_cores()));
  row("OpenMP", fmt::format("{}", kernels::openmp_version()));
  row("SIMD", std::string(kernels::simd_target()));
  row("clock", clock_text());
  const bool sees = check_probe();
  py::finish_interpreter(0);
  return sees ? 0 : 1;
}

}  // namespace gilscope::app
