// Runs on their way into a trace file, for the tests of it: facts that a test sets, a sink that keeps what it
// is given, and the bytes of the file. One tick is one nanosecond.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "app/trace_file/trace_recording.h"
#include "tests/app/timeline_fixture.h"

namespace gilscope::app {

/// What a run knows of itself: set by the test as the run goes on.
class TestFacts final : public FactSource {
 public:
  TraceFacts now;
  probe::ClockSample clock{1'000'000, 5'000'000};

  TestFacts() {
    now.run = verified_run();
    now.names = {""};
    now.places = {{}};
    now.begin = 1'000'000;
    now.now = 1'000'000;
  }
  TraceFacts moment(probe::ClockSample& sample) const override {
    sample = clock;
    return now;
  }
  std::vector<std::string> names() const override { return now.names; }
  std::vector<probe::Place> places_from(std::uint32_t first) const override {
    return {now.places.begin() + first, now.places.end()};
  }
};

inline std::string text_of(const probe::Turn& t) {
  std::string text;
  for (const std::uint64_t value :
       {std::uint64_t{static_cast<std::uint8_t>(t.kind)}, t.want, t.take, t.drop, t.request,
        std::uint64_t{t.sequence}, std::uint64_t{t.location}, std::uint64_t{t.gil}, std::uint64_t{t.requests},
        std::uint64_t{static_cast<std::uint8_t>(t.end)}}) {
    text += std::to_string(value) + " ";
  }
  return text;
}

/// What a sink was told, in words that can be compared.
class SinkLog final : public probe::TurnSink {
 public:
  std::vector<std::string> lines;
  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    lines.push_back("thread " + std::to_string(thread));
    for (const probe::Turn& record : records) lines.push_back(text_of(record));
  }
  void end_of_pass(probe::Ticks oldest) override { lines.push_back("pass " + std::to_string(oldest)); }
};

inline std::vector<std::uint8_t> bytes_of(const TraceOutput& output) {
  std::vector<std::uint8_t> bytes(output.size());
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count =
        pread(output.descriptor(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count <= 0) return {};
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

inline constexpr std::uint64_t kRoomy = std::uint64_t{1} << 30;

}  // namespace gilscope::app
