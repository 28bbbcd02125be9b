// A moment of a run as a person names it, before the run's length is known: 1.5s, 200ms or 10%.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace gilscope::app {

struct RunMoment {
  bool is_share = false;
  double value = 0;  ///< a share of the recording (0 to 1), or nanoseconds from its begin

  /// In a recording so long; not behind its end.
  std::uint64_t in(std::uint64_t wall_ns) const noexcept;
};
inline constexpr RunMoment kBeginOfRun{false, 0};
inline constexpr RunMoment kEndOfRun{true, 1};

/// Throws UserError, which names `option`.
RunMoment parse_run_moment(const std::string& text, const std::string& option);

}  // namespace gilscope::app
