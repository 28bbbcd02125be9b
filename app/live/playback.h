// How the moment that a moving view shows goes on: as fast as the run, slower, faster, or not at all. Moments
// are nanoseconds from the begin of the recording. Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>

namespace gilscope::app {

/// Throws UserError, which names `option`, unless `text` is a speed: 1/1000, 0.25, 2, x10 or 10x.
double parse_speed(const std::string& text, const std::string& option);

/// `1/1000`, `0.3`, `10 x`.
std::string speed_text(double speed);

class Playback {
 public:
  /// `fastest`: a run that is going on can be followed, not overtaken.
  Playback(double speed, double fastest) : speed_(speed), fastest_(fastest) {}

  double speed() const noexcept { return speed_; }
  bool is_paused() const noexcept { return paused_; }
  std::uint64_t at_ns() const noexcept { return static_cast<std::uint64_t>(at_ns_); }

  void pause(bool paused) noexcept { paused_ = paused; }
  void slower();
  void faster();
  void jump_to(std::uint64_t ns) noexcept { at_ns_ = static_cast<double>(ns); }

  /// `passed_ns` have gone by: goes on, within [earliest_ns, latest_ns].
  void go_on(std::uint64_t passed_ns, std::uint64_t earliest_ns, std::uint64_t latest_ns) noexcept;
  /// As fast as the run, and not paused: shows what happens now.
  bool follows() const noexcept { return !paused_ && speed_ >= fastest_; }

 private:
  double speed_;
  double fastest_;
  bool paused_ = false;
  double at_ns_ = 0;
};

}  // namespace gilscope::app
