// What a picture of a long run costs: 10 million turns, made as they are gone through, beside that alone.
#include <sstream>

#include <benchmark/benchmark.h>

#include "app/report/picture.h"
#include "tests/app/endless_trace.h"

namespace gilscope::app {
namespace {

constexpr std::uint64_t kTurns = 10'000'000;

EndlessTrace long_run() { return {{{"a", 800, 1500}, {"b", 900, 700}, {"c", 3000, 40000}}, kTurns}; }

// Twice, as a picture goes through its trace twice.
void going_through(benchmark::State& state) {
  const EndlessTrace trace = long_run();
  struct Nothing final : probe::TurnSink {
    void add(std::uint32_t, std::span<const probe::Turn> records) override {
      benchmark::DoNotOptimize(records.data());
    }
    void end_of_pass(probe::Ticks) override {}
  } nothing;
  for (auto _ : state) {
    trace.replay(nothing);
    trace.replay(nothing);
  }
}

void picture(benchmark::State& state) {
  const EndlessTrace trace = long_run();
  const Report report = trace.report();
  for (auto _ : state) {
    std::ostringstream out;
    write_picture(report, trace, {.format = static_cast<PictureFormat>(state.range(0))}, out);
    benchmark::DoNotOptimize(out);
  }
}

BENCHMARK(going_through)->Unit(benchmark::kMillisecond);
BENCHMARK(picture)->ArgName("format")->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gilscope::app

BENCHMARK_MAIN();
