// Measures a workload's patterns, in turns, and gathers what was found. Not for what one measurement is:
// measurement.h. Thread rule: one thread at a time.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/compare/comparison.h"
#include "app/compare/measurement.h"

namespace gilscope::app {

struct ComparePlan {
  std::vector<const Pattern*> patterns;  ///< the sequential one first
  std::vector<std::string> sizes;        ///< empty: the workload's "M", or its first
  std::vector<int> threads;
  int cores = 1;  ///< of this machine that may be used
  int rounds = 5;
  /// After it no new round begins; 0: all of them are run.
  std::chrono::milliseconds enough{0};
  bool only_chosen = false;  ///< the user named patterns: the one that a file lacks is an error
};

/// Where a comparison is.
struct CompareStep {
  const Pattern* pattern = nullptr;
  std::string size;
  int threads = 0;
  int round = 0;  ///< from 1; 0: something is built for it, before the rounds
  int rounds = 0;
  int step = 0;  ///< from 1, of this round's
  int steps = 0;
};

/// Runs the plan, round by round, each pattern once in each: what disturbs the machine for a while then does
/// not hit one pattern only. `tell` is called before each measurement. After a signal that ends us it returns
/// what there is. Throws UserError.
Comparison compare(const ComparePlan& plan, const WorkloadFacts& workload, Measurer& measurer,
                   SignalWatch& signals, const std::function<void(const CompareStep&)>& tell);

}  // namespace gilscope::app
