// What it costs to write a run for other people's tools: ten million turns, half of them contended, to
// /dev/null. The bound is 3 s and 1 GiB; `nothing` is what making the turns costs.
#include <fstream>
#include <ostream>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "app/report/chrome.h"
#include "app/report/gecko.h"
#include "app/report/perfetto.h"
#include "tests/bench/generated_trace.h"

namespace gilscope::app {
namespace {

constexpr std::uint64_t kTurns = 10'000'000;

// Counts what goes to a file.
class CountingFile final : public std::filebuf {
 public:
  std::uint64_t bytes = 0;

 protected:
  std::streamsize xsputn(const char* data, std::streamsize count) override {
    bytes += static_cast<std::uint64_t>(count);
    return std::filebuf::xsputn(data, count);
  }
};

using Write = void (*)(const Report&, const Trace&, std::ostream&);

void view(benchmark::State& state, Write write) {
  const GeneratedTrace trace(kTurns, static_cast<std::uint32_t>(state.range(0)));
  const Report report = trace.report();
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    CountingFile file;
    file.open("/dev/null", std::ios::out | std::ios::binary);
    std::ostream stream(&file);
    write(report, trace, stream);
    bytes = file.bytes;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["ns/turn"] =
      benchmark::Counter(static_cast<double>(kTurns) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes/turn"] = static_cast<double>(bytes) / static_cast<double>(kTurns);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void write_nothing(const Report&, const Trace& trace, std::ostream&) {
  struct Sink final : probe::TurnSink {
    void add(std::uint32_t, std::span<const probe::Turn> records) override {
      benchmark::DoNotOptimize(records.data());
    }
    void end_of_pass(probe::Ticks) override {}
  } sink;
  trace.replay(sink);
}

BENCHMARK_CAPTURE(view, nothing, write_nothing)->Arg(4)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(view, perfetto, write_perfetto)
    ->Arg(4)
    ->Arg(200)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(view, chrome, write_chrome)->Arg(4)->Arg(200)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(view, gecko, write_gecko)->Arg(4)->Arg(200)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gilscope::app

BENCHMARK_MAIN();
