#include "app/live_web/live_feed.h"

#include <algorithm>

#include "app/report/json_report.h"
#include "embed/probe/clock.h"

namespace gilscope::app {

namespace {

// The numbers are read by people. Where there are so many threads that making them takes long, they come less
// often: they may take a hundredth of the collector's time.
constexpr std::uint64_t kNumbersPeriodNs = 250'000'000;
constexpr std::uint64_t kShareOfTime = 100;

std::string numbers(const Report& report) {
  std::string json = json_report(report, -1);
  json.pop_back();  // the newline
  return json;
}

}  // namespace

void LiveFeed::add(std::uint32_t, std::span<const probe::Turn>) {}

void LiveFeed::pass_ended(RunView& run) {
  const std::uint64_t begun_ns = probe::monotonic_ns();
  if (begun_ns < next_numbers_ns_) return;
  events_.publish("numbers", EventLife::kLatest, numbers(run.report_now()));
  const std::uint64_t ended_ns = probe::monotonic_ns();
  next_numbers_ns_ = ended_ns + std::max(kNumbersPeriodNs, kShareOfTime * (ended_ns - begun_ns));
}

void LiveFeed::end(const Report& report) {
  events_.publish("end", EventLife::kLatest, numbers(report));
  events_.flush();
}

}  // namespace gilscope::app
