#include "app/cpu_sampler.h"

#include <algorithm>

#include <unistd.h>

#include "embed/probe/clock.h"
#include "embed/probe/cpu_times.h"
#include "embed/probe/recorder.h"

namespace gilscope::app {

namespace {
constexpr std::uint64_t kLeastPeriodNs = 100'000'000;
constexpr std::uint64_t kShareOfTime = 100;
}  // namespace

void CpuSampler::begin() {
  process_ = getpid();
  process_begin_ns_ = probe::cpu_ns_of_process(process_).value_or(0);
}

const std::vector<CpuFacts>& CpuSampler::facts(bool now) {
  if (now || probe::monotonic_ns() >= next_look_ns_) look();
  return latest_;
}

void CpuSampler::look() {
  const std::uint64_t begun = probe::monotonic_ns();
  latest_.clear();
  for (const probe::ThreadInfo& thread : probe::recorder::threads(true)) {
    if (thread.cpu) latest_.push_back({thread.index, thread.cpu->on_cpu_ns, thread.cpu->runnable_ns});
  }
  if (const auto used_ns = probe::cpu_ns_of_process(process_); used_ns && *used_ns >= process_begin_ns_) {
    latest_.push_back({CpuFacts::kProcess, *used_ns - process_begin_ns_, 0});
  }
  const std::uint64_t ended = probe::monotonic_ns();
  next_look_ns_ = ended + std::max(kLeastPeriodNs, kShareOfTime * (ended - begun));
}

}  // namespace gilscope::app
