// What the trace file costs: nanoseconds and bytes a turn on the way in and on the way out, and a file of 10
// million turns made into a report.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "app/trace_file/record_codec.h"
#include "app/trace_file/trace_reader.h"
#include "app/trace_file/trace_recording.h"

namespace gilscope::app {
namespace {

constexpr std::uint32_t kTurnsPerPass = 10'000;  // 10 ms at a million a second
constexpr probe::Ticks kBegin = 1'000'000'000'000;

// One thread takes the GIL a million times a second (0), or two pass it on every 5 ms (1); 2.5 ticks a
// nanosecond.
std::vector<probe::Turn> turns_of(std::uint32_t count, bool contended) {
  std::vector<probe::Turn> turns(count);
  probe::Ticks moment = kBegin;
  std::uint32_t noise = 1;
  for (std::uint32_t i = 0; i < count; ++i) {
    noise = noise * 1664525u + 1013904223u;
    probe::Turn& turn = turns[i];
    turn.sequence = contended ? 2 * i : i;
    if (contended) {
      turn.want = moment;
      turn.take = turn.want + 12'500'000 + (noise >> 18);
      turn.drop = turn.take + 12'500'000 + (noise >> 17);
      turn.request = turn.drop - 20'000 - (noise >> 20);
      turn.requests = 1;
      turn.end = probe::TurnEnd::kAsked;
      turn.location = 1 + noise % 2;
    } else {
      turn.want = turn.take = moment + 1'200 + (noise >> 24);
      turn.drop = turn.take + 1'100 + (noise >> 23);
      turn.location = 1;
    }
    moment = turn.drop;
  }
  return turns;
}

class NoFacts final : public FactSource {
 public:
  TraceFacts moment(probe::ClockSample& clock) const override {
    TraceFacts facts;
    facts.run.verified = true;
    facts.begin = kBegin;
    facts.now = now;
    facts.threads = {{.index = 0, .native_id = 1, .name = "main", .begin = kBegin}};
    facts.gils = {{.id = 0, .takes_counted = takes}};
    clock = {now, now / 2};
    return facts;
  }
  std::vector<std::string> names() const override { return {""}; }
  std::vector<probe::Place> places_from(std::uint32_t) const override { return {}; }
  probe::Ticks now = kBegin;
  std::uint64_t takes = 0;
};

void BM_Encode(benchmark::State& state) {
  const std::vector<probe::Turn> turns = turns_of(kTurnsPerPass, state.range(0) != 0);
  std::vector<std::uint8_t> bytes(turns.size() * kMaxRecordSize);
  std::size_t size = 0;
  for (auto _ : state) {
    RecordState its_state = RecordState::at(kBegin);
    std::uint8_t* at = bytes.data();
    for (const probe::Turn& turn : turns) at = encode_record(at, turn, its_state);
    size = static_cast<std::size_t>(at - bytes.data());
    benchmark::DoNotOptimize(bytes.data());
  }
  const auto items = static_cast<std::int64_t>(turns.size()) * state.iterations();
  state.SetItemsProcessed(items);
  state.counters["bytes/turn"] = static_cast<double>(size) / static_cast<double>(turns.size());
  state.counters["time/turn"] = benchmark::Counter(static_cast<double>(items),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_Encode)->ArgName("contended")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void BM_Decode(benchmark::State& state) {
  const std::vector<probe::Turn> turns = turns_of(kTurnsPerPass, state.range(0) != 0);
  std::vector<std::uint8_t> bytes(turns.size() * kMaxRecordSize);
  RecordState writing = RecordState::at(kBegin);
  std::uint8_t* at = bytes.data();
  for (const probe::Turn& turn : turns) at = encode_record(at, turn, writing);
  bytes.resize(static_cast<std::size_t>(at - bytes.data()));
  std::vector<probe::Turn> decoded(turns.size());
  for (auto _ : state) {
    RecordState its_state = RecordState::at(kBegin);
    ByteReader in(bytes);
    decode_records(in, its_state, decoded);
    benchmark::DoNotOptimize(decoded.data());
  }
  const auto items = static_cast<std::int64_t>(turns.size()) * state.iterations();
  state.SetItemsProcessed(items);
  state.counters["time/turn"] = benchmark::Counter(static_cast<double>(items),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_Decode)->ArgName("contended")->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

struct Ignore final : probe::TurnSink {
  void add(std::uint32_t, std::span<const probe::Turn>) override {}
  void end_of_pass(probe::Ticks) override {}
};

// 10 million turns into a file, in passes as the collector gives them.
void record_ten_million(TraceRecording& recording, NoFacts& facts) {
  std::vector<probe::Turn> turns = turns_of(kTurnsPerPass, false);
  const probe::Ticks length = turns.back().drop - kBegin;
  for (int pass = 0; pass < 1'000; ++pass) {
    recording.add(0, turns);
    facts.now = turns.back().drop;
    facts.takes += kTurnsPerPass;
    recording.end_of_pass(facts.now);
    for (probe::Turn& turn : turns) {
      turn.sequence += kTurnsPerPass;
      turn.want += length;
      turn.take += length;
      turn.drop += length;
    }
  }
  recording.flush();
  probe::ClockSample clock;
  TraceFacts end = facts.moment(clock);
  end.scale = {0.4};
  recording.finish(end);
}

double peak_mib() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void BM_WriteTenMillion(benchmark::State& state) {
  for (auto _ : state) {
    NoFacts facts;
    Ignore ignore;
    TraceRecording recording(TraceOutput::temporary(std::uint64_t{4} << 30), facts, ignore);
    recording.begin("bench.gil");
    record_ten_million(recording, facts);
    state.counters["bytes/turn"] = static_cast<double>(recording.output().size()) / 1e7;
  }
  state.counters["time/turn"] = benchmark::Counter(1e7 * static_cast<double>(state.iterations()),
                                                   benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(BM_WriteTenMillion)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_ReportTenMillion(benchmark::State& state) {
  NoFacts facts;
  Ignore ignore;
  TraceRecording recording(TraceOutput::temporary(std::uint64_t{4} << 30), facts, ignore);
  recording.begin("bench.gil");
  record_ten_million(recording, facts);
  for (auto _ : state) {
    const TraceReader reader = TraceReader::of_descriptor(recording.output().descriptor(), "bench.gil");
    const Report report = report_of(reader);
    if (report.gils.at(0).turns != 10'000'000) state.SkipWithError("turns are missing");
  }
  state.counters["peak_MiB"] = peak_mib();
}
BENCHMARK(BM_ReportTenMillion)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gilscope::app

BENCHMARK_MAIN();
