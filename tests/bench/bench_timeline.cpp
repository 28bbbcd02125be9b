// What the timeline costs per turn, fed in passes as the collector feeds it. The probe's threads can make 2
// to 3 million turns a second: at 30 ns a turn that is a tenth of one core.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

#include "app/timeline/timeline.h"

namespace gilscope::app {
namespace {

constexpr std::size_t kTurns = 10'000'000;
constexpr std::size_t kTurnsPerPass = 50'000;  // 20 ms at 2.5 million a second

// The turns of one pass, by thread: each thread holds for `hold` ticks at a time, in turn; each waited for
// the others, when there are any.
std::vector<std::vector<probe::Turn>> turns_of_a_pass(std::uint32_t threads) {
  std::vector<std::vector<probe::Turn>> turns(threads);
  std::vector<probe::Ticks> last_drop(threads, 0);
  probe::Ticks moment = 1'000'000;
  std::uint32_t noise = 1;
  for (std::uint32_t i = 0; i < kTurnsPerPass; ++i) {
    noise = noise * 1664525u + 1013904223u;
    const std::uint32_t thread = i % threads;
    probe::Turn turn;
    turn.sequence = i;
    turn.take = moment + 100;
    turn.want = threads > 1 ? std::max(last_drop[thread] + 50, probe::Ticks{1'000'000}) : turn.take;
    if (turn.want > turn.take) turn.want = turn.take;
    turn.drop = turn.take + 200 + (noise >> 22);
    moment = turn.drop;
    last_drop[thread] = turn.drop;
    turns[thread].push_back(turn);
  }
  return turns;
}

// The next pass: later, and with the sequence numbers that follow.
void shift(std::vector<std::vector<probe::Turn>>& turns, probe::Ticks ticks) {
  for (auto& records : turns) {
    for (probe::Turn& turn : records) {
      turn.sequence += kTurnsPerPass;
      turn.want += ticks;
      turn.take += ticks;
      turn.drop += ticks;
    }
  }
}

void BM_TimelineAdd(benchmark::State& state) {
  const auto threads = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::vector<probe::Turn>> turns = turns_of_a_pass(threads);
    probe::Ticks last = 0;
    for (const auto& records : turns) last = std::max(last, records.back().drop);
    const probe::Ticks length = last - 1'000'000 + 1'000;
    Timeline timeline;
    for (std::size_t done = 0; done < kTurns; done += kTurnsPerPass) {
      state.ResumeTiming();
      for (std::uint32_t thread = 0; thread < threads; ++thread) timeline.add(thread, turns[thread]);
      timeline.end_of_pass(last);
      state.PauseTiming();
      last += length;
      shift(turns, length);
    }
    state.ResumeTiming();
    benchmark::DoNotOptimize(timeline);
  }
  const auto items = static_cast<std::int64_t>(kTurns) * state.iterations();
  state.SetItemsProcessed(items);
  state.counters["time/turn"] = benchmark::Counter(static_cast<double>(items),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_TimelineAdd)->Arg(1)->Arg(2)->Arg(8)->Arg(500)->Iterations(1)->Unit(benchmark::kMillisecond);

// What one look at the numbers costs, with many threads.
void BM_TimelineSnapshot(benchmark::State& state) {
  const auto threads = static_cast<std::uint32_t>(state.range(0));
  const std::vector<std::vector<probe::Turn>> turns = turns_of_a_pass(threads);
  Timeline timeline;
  for (std::uint32_t thread = 0; thread < threads; ++thread) timeline.add(thread, turns[thread]);
  timeline.end_of_pass(0);
  TraceFacts facts;
  facts.run.verified = true;
  facts.begin = 1'000'000;
  for (auto _ : state) {
    benchmark::DoNotOptimize(timeline.snapshot(facts));
  }
}
BENCHMARK(BM_TimelineSnapshot)->Arg(2)->Arg(500)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gilscope::app

BENCHMARK_MAIN();
