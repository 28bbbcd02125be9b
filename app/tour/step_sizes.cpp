#include "app/tour/step_sizes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kCountdowns = 8;  // as many as the workload has
constexpr double kAspectWidth = 16;
constexpr double kAspectHeight = 9;
constexpr double kLeastUnit = 4;        // 64 x 36 pixels
constexpr double kMostUnit = 480;       // 7680 x 4320
constexpr double kMostQuestions = 450;  // each is a socket, of which a process may usually have 1024
constexpr double kAnswerSeconds = 0.0055;
constexpr double kMostCount = 1e15;
// A trial aims beyond what is enough, and does not trust a very short one too far.
constexpr double kTrialAim = 2;
constexpr double kLeastGrowth = 2;
constexpr double kMostGrowth = 50;

}  // namespace

TourSize size_with(std::string_view workload, double amount) {
  if (workload == "grayscale") {
    const double unit =
        std::clamp(std::round(std::sqrt(amount / (kAspectWidth * kAspectHeight))), kLeastUnit, kMostUnit);
    const auto width = static_cast<std::int64_t>(unit * kAspectWidth);
    const auto height = static_cast<std::int64_t>(unit * kAspectHeight);
    return {fmt::format("{} x {}", width, height), {width, height}};
  }
  if (workload == "io") {
    const auto questions = static_cast<std::int64_t>(std::clamp(amount, 2.0, kMostQuestions));
    return {fmt::format("{} questions", questions), {questions}};
  }
  const auto each = static_cast<std::int64_t>(std::clamp(amount / kCountdowns, 1.0, kMostCount));
  return {fmt::format("8 x {}", count(static_cast<std::uint64_t>(each), 9'999'999)), {each}};
}

double amount_of(std::string_view workload, const TourSize& size) {
  double amount = workload == "countdown" ? kCountdowns : 1;
  for (const std::int64_t number : size.numbers) amount *= static_cast<double>(number);
  return amount;
}

double first_amount(std::string_view workload, std::string_view pattern) {
  if (workload == "grayscale") return 64 * 36;
  return kCountdowns * (pattern == "sequential" ? 20'000 : 1'000'000);
}

double next_amount(double amount, std::uint64_t took_ns) {
  const double wanted =
      kTrialAim * static_cast<double>(kTrialNs) / std::max(static_cast<double>(took_ns), 1.0);
  return amount * std::clamp(wanted, kLeastGrowth, kMostGrowth);
}

double Paces::of(std::string_view workload, std::string_view pattern) const {
  if (workload == "io") return 1 / kAnswerSeconds;
  const auto found = paces_.find({std::string(workload), std::string(pattern)});
  return found == paces_.end() ? 0 : found->second;
}

void Paces::learn(std::string_view workload, std::string_view pattern, double amount, std::uint64_t took_ns) {
  paces_[{std::string(workload), std::string(pattern)}] =
      amount * 1e9 / std::max(static_cast<double>(took_ns), 1.0);
}

}  // namespace gilscope::app
