#include "app/report/estimate_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/laws.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

using Bound = EstimateReport::Bound;

constexpr double kWorthARange = 0.9;

std::string times(double factor) { return fmt::format("{:.{}f}x", factor, factor < 9.95 ? 1 : 0); }

std::string machine_text(const EstimateReport& estimate) {
  const std::string cores = fmt::format("{:.3g}", estimate.cores);
  std::string text = unbroken(fmt::format("on {} {}", cores, cores == "1" ? "core" : "cores"));
  if (estimate.price != 1) {
    text += unbroken(fmt::format(", where one thread takes {:.3g} times as long", estimate.price));
  }
  return text;
}

std::string bound_text(const Report& report, const EstimateReport& estimate) {
  switch (estimate.bound_by) {
    case Bound::kCores:
      return "bound by the cores, more of which could be used";
    case Bound::kOutside:
      return "bound by time outside: I/O, sleep, locks";
    case Bound::kThreads:
      break;
  }
  const auto thread = std::find_if(report.threads.begin(), report.threads.end(),
                                   [&](const ThreadReport& each) { return each.index == estimate.thread; });
  const std::string name = thread != report.threads.end() ? elided(thread->name, 32, true) : "one thread";
  return fmt::format("bound by {}, {} of it", unbroken(name), unbroken(duration(estimate.thread_ns)));
}

}  // namespace

std::string bound_name(Bound bound) {
  switch (bound) {
    case Bound::kCores:
      return "cores";
    case Bound::kThreads:
      return "threads";
    case Bound::kOutside:
      break;
  }
  return "outside";
}

std::string estimate_text(const Report& report) {
  if (!report.estimate || !report.estimate->says_something || !check_laws(report).empty()) return {};
  const EstimateReport& estimate = *report.estimate;
  const auto speed_up = [&](std::uint64_t ns) {
    return times(static_cast<double>(report.wall_ns) / static_cast<double>(std::max<std::uint64_t>(ns, 1)));
  };
  const bool is_range =
      static_cast<double>(estimate.least_ns) < kWorthARange * static_cast<double>(estimate.wall_ns);
  const std::string result =
      is_range ? fmt::format("{} to {} ({} to {})", duration(estimate.least_ns), duration(estimate.wall_ns),
                             speed_up(estimate.wall_ns), speed_up(estimate.least_ns))
               : fmt::format("about {} ({})", duration(estimate.wall_ns), speed_up(estimate.wall_ns));
  return fmt::format("Without the GIL, {}: {}; {}.", machine_text(estimate), unbroken(result),
                     bound_text(report, estimate));
}

}  // namespace gilscope::app
