// A comparison with every kind of result in it, and round numbers.
#pragma once

#include "app/compare/comparison.h"

namespace gilscope::app {

inline const Pattern& pattern_of(std::string_view id) {
  for (const Pattern& pattern : patterns()) {
    if (pattern.id == id) return pattern;
  }
  throw std::out_of_range("no such pattern");
}

inline Measurement measurement(std::uint64_t wall_ms, std::uint64_t cpu_ms, std::uint64_t contended_ms) {
  Measurement one;
  one.wall_ns = wall_ms * 1'000'000;
  one.cpu_ns = cpu_ms * 1'000'000;
  one.peak_bytes = 40'000'000 + wall_ms * 1000;
  one.gil.contended_ns = contended_ms * 1'000'000;
  return one;
}

inline PatternResult measured(std::string_view id, int lines, std::vector<Measurement> runs) {
  PatternResult result;
  result.pattern = &pattern_of(id);
  result.outcome = Outcome::kMeasured;
  result.lines = lines;
  result.runs = std::move(runs);
  return result;
}

inline PatternResult absent(std::string_view id, Outcome outcome, const std::string& message) {
  PatternResult result;
  result.pattern = &pattern_of(id);
  result.outcome = outcome;
  result.message = message;
  return result;
}

inline Comparison sample_comparison() {
  Comparison comparison;
  comparison.workload = "sample";
  comparison.title = "Do <nothing>";
  comparison.gilscope_version = "1.2.3";
  comparison.python_version = "3.11.2";
  comparison.machine = "A Machine";
  comparison.cores = 2;
  comparison.rounds = comparison.rounds_wanted = 3;
  PatternResult processes = measured(
      "processes-fork", 9, {measurement(600, 1100, 0), measurement(500, 950, 0), measurement(510, 960, 0)});
  processes.start_ns = {20'000'000, 30'000'000, 10'000'000};
  for (Measurement& run : processes.runs) run.pickled_bytes = 1234, run.pickling_ns = 1'500'000;
  comparison.points.push_back(
      {"M",
       2,
       {measured("sequential", 5,
                 {measurement(1000, 1000, 0), measurement(1100, 1080, 0), measurement(900, 890, 0)}),
        measured(
            "threads", 7,
            {measurement(1250, 1300, 1200), measurement(1250, 1200, 1225), measurement(1300, 1250, 1200)}),
        processes,
        measured("native-released", 12,
                 {measurement(10, 19, 0), measurement(12, 20, 0), measurement(11, 20, 0)}),
        absent("cython-nogil", Outcome::kUnavailable, "not installed: apt install cython3"),
        absent("native-held", Outcome::kWrong, "item 3 is 1, not 2"),
        absent("numba", Outcome::kFailed, "no end after 5.00 s (--timeout gives it longer)")}});
  return comparison;
}

}  // namespace gilscope::app
