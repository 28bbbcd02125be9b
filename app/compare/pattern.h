// The patterns of a comparison: the ways of doing the same work that gilscope knows. Not for how one is run:
// measurement.h. Thread rule: constants and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

struct Pattern {
  std::string_view id;        ///< on the command line and in JSON
  std::string_view title;     ///< in tables
  std::string_view function;  ///< in the workload's file
  std::string_view context;   ///< of multiprocessing, for patterns that start processes
  bool uses_threads;          ///< how many threads or processes it may use makes a difference
  bool free_threaded;         ///< runs in the second, free-threaded gilscope
  std::string_view how;       ///< in a line
};

/// Those that others are worked out from.
inline constexpr std::string_view kThreadsId = "threads";
inline constexpr std::string_view kFreeThreadedSequentialId = "free-threaded-sequential";
inline constexpr std::string_view kFreeThreadedId = "free-threaded";

/// All, in the order in which they are run: the sequential one is the first.
std::span<const Pattern> patterns();

/// Those that `names` mean: ids, or their beginnings up to a dash, as "processes"; the sequential one comes
/// with them. Throws UserError for a name that means none.
std::vector<const Pattern*> chosen_patterns(const std::vector<std::string>& names);

}  // namespace gilscope::app
