// What watching adds to the cheapest thing that can be watched: PyEval_SaveThread and PyEval_RestoreThread
// with nobody else about. The hooks are part of this program, as they are of gilscope: a pair that is not
// traced passes through them too.
#include <Python.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <thread>

#include <benchmark/benchmark.h>

#include "embed/gil_location.h"
#include "embed/probe/clock.h"
#include "embed/probe/collector.h"
#include "embed/probe/gil_table.h"

namespace gilscope {
namespace {

class CountingSink final : public probe::TurnSink {
 public:
  void add(std::uint32_t, std::span<const probe::Turn> records) override { turns_ += records.size(); }
  void end_of_pass(probe::Ticks) override {}
  std::uint64_t turns() const { return turns_; }

 private:
  std::uint64_t turns_ = 0;
};

struct MainGil {
  const char* mutex;
  probe::GilLayout layout;
};

void pairs(benchmark::State& state) {
  for (auto _ : state) PyEval_RestoreThread(PyEval_SaveThread());
}

void pair_untraced(benchmark::State& state) {
  probe::gil_table::unwatch();
  pairs(state);
}

// With a collector that empties the buffer meanwhile, so that its chunks come round again as in a real run.
void pair_traced(benchmark::State& state, MainGil gil) {
  CountingSink sink;
  probe::gil_table::watch(gil.mutex, gil.layout);
  probe::Collector collector(sink);
  collector.pass();
  const std::uint64_t before = sink.turns();
  collector.start();
  pairs(state);
  collector.stop();
  const std::uint64_t lost = probe::gil_table::main_slot.gil.lost.load();
  // Each pair ends one turn and begins the next; the turn that the first ends began before the watch.
  if (const auto expected = static_cast<std::uint64_t>(state.iterations()) - 1;
      sink.turns() - before + lost != expected) {
    state.SkipWithError("the turns recorded are not the pairs made");
  }
  if (lost != 0) state.counters["lost"] = static_cast<double>(lost);
  probe::gil_table::unwatch();
}

// The floor: a turn has a take and a drop.
void two_time_stamps(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(probe::now());
    benchmark::DoNotOptimize(probe::now());
  }
}

int run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  // glibc's mutexes take a shortcut in a process that has never started a thread. A Python worth watching
  // has, and a traced one always: without this the two would not be compared on equal terms.
  std::thread([] {}).join();

  PyConfig config;
  PyConfig_InitPythonConfig(&config);
  PyConfig_SetBytesString(&config, &config.program_name, GILSCOPE_PYTHON_EXECUTABLE);
  config.parse_argv = 0;
  const PyStatus status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  if (PyStatus_Exception(status)) {
    std::cerr << "bench_probe: Python did not start: " << (status.err_msg != nullptr ? status.err_msg : "")
              << '\n';
    return 1;
  }
  if (const py::GilLocation location = py::locate_gil(); location.sight != py::GilSight::kWatched) {
    std::cerr << "bench_probe: the GIL cannot be watched: " << location.reason << '\n';
    return 1;
  }
  const MainGil gil{probe::gil_table::main_slot.mutex.load(), probe::gil_table::current_layout()};
  probe::gil_table::unwatch();

  benchmark::RegisterBenchmark("pair_untraced", pair_untraced);
  benchmark::RegisterBenchmark("pair_traced", pair_traced, gil);
  benchmark::RegisterBenchmark("two_time_stamps", two_time_stamps);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return Py_FinalizeEx() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace gilscope

int main(int argc, char** argv) { return gilscope::run(argc, argv); }
