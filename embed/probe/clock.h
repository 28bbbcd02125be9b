// The trace clock: raw ticks of the TSC where it is invariant (or the arm64 virtual counter), else of
// CLOCK_MONOTONIC. Ticks become nanoseconds only on reading, by a TickScale that is measured over the whole
// recording. Thread rule: now() and the calibration may be used from any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "embed/probe/turn.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif
#include <time.h>

namespace gilscope::probe {

/// Where ticks come from.
enum class ClockSource : std::uint8_t { kTsc, kArmCounter, kMonotonic };

/// CLOCK_MONOTONIC, in nanoseconds.
inline std::uint64_t monotonic_ns() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<Ticks>(t.tv_sec) * 1'000'000'000u + static_cast<Ticks>(t.tv_nsec);
}

namespace detail {
#pragma GCC visibility push(hidden)
extern ClockSource clock_source;  // set before main by clock.cpp, constant afterwards
#pragma GCC visibility pop

}  // namespace detail

/// True where the clock is a register that fast_now() may read.
inline bool clock_is_fast() noexcept { return detail::clock_source != ClockSource::kMonotonic; }

/// Now, in ticks, where clock_is_fast().
inline Ticks fast_now() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  Ticks ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return monotonic_ns();
#endif
}

/// Now, in ticks.
inline Ticks now() noexcept { return clock_is_fast() ? fast_now() : monotonic_ns(); }

inline ClockSource clock_source() noexcept { return detail::clock_source; }
std::string_view clock_source_name(ClockSource source) noexcept;

/// One reading of both clocks, as close together as can be had (the best of many tries).
struct ClockSample {
  Ticks ticks = 0;
  std::uint64_t monotonic_ns = 0;
};
ClockSample sample_clocks() noexcept;

/// Turns spans of ticks into nanoseconds.
struct TickScale {
  double ns_per_tick = 1.0;

  std::uint64_t ns(Ticks span) const noexcept {
    // A damaged file may say anything; what no number can hold is the largest that there is.
    const double rounded = static_cast<double>(span) * ns_per_tick + 0.5;
    return rounded < 0x1p64 ? static_cast<std::uint64_t>(rounded) : ~std::uint64_t{0};
  }
};

/// The scale between two samples; the longer they lie apart, the better. A span under a millisecond is
/// extended by waiting until it is that long.
TickScale tick_scale(ClockSample begin, ClockSample end) noexcept;

/// The smallest step of the clock that is seen in a thousand readings, in ticks.
Ticks clock_resolution_ticks() noexcept;

}  // namespace gilscope::probe
