#include "app/compare/without_gil.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/trace_file/trace_reader.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

// What lies around the clock, in the trace, is one thread's: start-up, imports, making the data. It goes, and
// so does what the price adds to it.
std::uint64_t inside(std::uint64_t estimate_ns, const Report& report, const TracedRun& run, double price) {
  std::uint64_t held = 0;
  for (const GilReport& gil : report.gils) held += gil.held_ns;
  const double around = static_cast<double>(report.wall_ns - std::min(run.wall_ns, report.wall_ns));
  const double held_around = static_cast<double>(held - std::min(run.hold_ns, held));
  const double left = static_cast<double>(estimate_ns) - around - (price - 1) * held_around;
  return static_cast<std::uint64_t>(std::max(left, 0.0));
}

}  // namespace

WithoutGil without_gil(const std::vector<TracedRun>& runs, const Point& point, int cores) {
  WithoutGil result;
  const std::optional<double> price = free_threaded_price(point);
  const std::optional<double> given = cores_given(point, cores);
  result.price = price.value_or(1);
  result.price_is_measured = price.has_value();
  result.cores = given.value_or(cores);
  result.cores_are_measured = given.has_value();
  std::vector<std::uint64_t> walls, leasts;
  for (const TracedRun& run : runs) {
    try {
      const Report report =
          report_of(TraceReader::open(run.trace), nullptr, {.cores = result.cores, .price = result.price});
      if (!report.gil_enabled) result.unknown_reason = "this Python runs with its GIL off";
      if (!report.estimate.has_value()) continue;
      walls.push_back(inside(report.estimate->wall_ns, report, run, result.price));
      leasts.push_back(inside(report.estimate->least_ns, report, run, result.price));
    } catch (const UserError& error) {
      result.unknown_reason = error.what();
    }
  }
  result.wall_ns = median(walls);
  result.least_ns = median(leasts);
  if (result.wall_ns > 0) {
    result.unknown_reason.clear();
  } else if (!walls.empty()) {
    result.unknown_reason = "the work is too short beside the start of its process";
  } else if (runs.empty()) {
    result.unknown_reason = "it is made from the threads with the GIL, which could not be measured";
  } else if (result.unknown_reason.empty()) {
    result.unknown_reason = "turns were lost, or none could be seen";
  }
  return result;
}

}  // namespace gilscope::app
