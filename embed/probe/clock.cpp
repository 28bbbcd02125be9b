#include "embed/probe/clock.h"

#include <algorithm>
#include <limits>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gilscope::probe {

namespace {

ClockSource choose_source() noexcept {
#if defined(__x86_64__)
  // CPUID 8000_0007H, EDX bit 8: the TSC runs at a constant rate in all power states.
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(0x80000007u, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0) return ClockSource::kTsc;
  return ClockSource::kMonotonic;
#elif defined(__aarch64__)
  return ClockSource::kArmCounter;
#else
  return ClockSource::kMonotonic;
#endif
}

}  // namespace

namespace detail {
// Hooks run before constructors do; until this one has run, the zero value of the enum is the usual source.
ClockSource clock_source = choose_source();
}  // namespace detail

std::string_view clock_source_name(ClockSource source) noexcept {
  switch (source) {
    case ClockSource::kTsc:
      return "invariant TSC";
    case ClockSource::kArmCounter:
      return "arm64 virtual counter";
    case ClockSource::kMonotonic:
      return "CLOCK_MONOTONIC";
  }
  return "unknown";
}

ClockSample sample_clocks() noexcept {
  ClockSample best;
  Ticks narrowest = std::numeric_limits<Ticks>::max();
  for (int i = 0; i < 20; ++i) {
    const Ticks before = now();
    const std::uint64_t ns = monotonic_ns();
    const Ticks after = now();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {before + (after - before) / 2, ns};
    }
  }
  return best;
}

TickScale tick_scale(ClockSample begin, ClockSample end) noexcept {
  while (end.monotonic_ns - begin.monotonic_ns < 1'000'000) end = sample_clocks();
  return {static_cast<double>(end.monotonic_ns - begin.monotonic_ns) /
          static_cast<double>(end.ticks - begin.ticks)};
}

Ticks clock_resolution_ticks() noexcept {
  Ticks smallest = std::numeric_limits<Ticks>::max();
  Ticks last = now();
  for (int i = 0; i < 1000; ++i) {
    const Ticks next = now();
    if (next > last) smallest = std::min(smallest, next - last);
    last = next;
  }
  return smallest;
}

}  // namespace gilscope::probe
