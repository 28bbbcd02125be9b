#include "app/live/playback.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr double kSlowest = 1e-6;
constexpr double kFastest = 1e4;

std::optional<double> number(const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789.") != text.npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size()) return std::nullopt;
  return value;
}

// 1, 2 and 5 times the powers of ten, and their reciprocals.
double step(double speed, bool up) {
  constexpr double kSame = 1 + 1e-9;
  const double decade = std::pow(10, std::floor(std::log10(speed)) - 1);
  double below = decade;
  for (const double factor : {1., 2., 5., 10., 20., 50., 100., 200., 500., 1000.}) {
    const double rung = decade * factor;
    if (up && rung > speed * kSame) return rung;
    if (!up && rung * kSame >= speed) return below;
    below = rung;
  }
  return below;
}

}  // namespace

double parse_speed(const std::string& text, const std::string& option) {
  std::string plain = text;
  if (plain.starts_with('x')) {
    plain.erase(0, 1);
  } else if (plain.ends_with('x')) {
    plain.pop_back();
  }
  const std::size_t slash = plain.find('/');
  const std::optional<double> above = number(plain.substr(0, slash));
  const std::optional<double> below =
      slash == plain.npos ? std::optional(1.0) : number(plain.substr(slash + 1));
  const double speed = above && below && *below > 0 ? *above / *below : 0;
  if (speed > 0 && speed >= kSlowest && speed <= kFastest) return speed;
  if (speed > 0) {
    throw UserError(fmt::format("{} {} is beyond what can be shown: from 1/1000000 to x10000", option, text));
  }
  throw UserError(fmt::format("{} '{}' is no speed; write it as 1/1000, 0.25 or x10", option, text));
}

std::string speed_text(double speed) {
  if (speed >= 1) return fmt::format("{:.4g} x", speed);
  const double times = 1 / speed;
  if (std::abs(times - std::round(times)) < 1e-6 * times) return fmt::format("1/{:.0f}", times);
  return fmt::format("{:.3g}", speed);
}

void Playback::slower() { speed_ = std::max(kSlowest, step(speed_, false)); }
void Playback::faster() { speed_ = std::min({kFastest, fastest_, step(speed_, true)}); }

void Playback::go_on(std::uint64_t passed_ns, std::uint64_t earliest_ns, std::uint64_t latest_ns) noexcept {
  const auto latest = static_cast<double>(latest_ns);
  if (!paused_) at_ns_ += static_cast<double>(passed_ns) * speed_;
  at_ns_ = std::clamp(at_ns_, std::min(static_cast<double>(earliest_ns), latest), latest);
}

}  // namespace gilscope::app
