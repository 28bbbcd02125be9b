// A log-linear histogram of spans of ticks: each octave is split into 64 equal buckets, so that a percentile
// is within 1/128 of the true value (exact below 128 ticks, and never outside the exact smallest and largest
// value). An octave takes 512 bytes, allocated when its first value comes; most threads use a handful. Thread
// rule: one thread at a time.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

#include "embed/probe/turn.h"

namespace gilscope::app {

class Histogram {
 public:
  Histogram() = default;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  ~Histogram() = default;

  void add(probe::Ticks value) {
    if (value == 0) {
      ++zeros_;
      min_ = 0;
      return;
    }
    const unsigned octave = octave_of(value);
    if (octaves_[octave] == nullptr) [[unlikely]]
      allocate(octave);
    ++(*octaves_[octave])[slot_of(value, octave)];
    ++nonzero_;
    if (value > max_) max_ = value;
    if (value < min_) min_ = value;
  }

  std::uint64_t count() const noexcept { return zeros_ + nonzero_; }
  /// How many values were not 0.
  std::uint64_t nonzero_count() const noexcept { return nonzero_; }
  /// The largest value, exactly; 0 when there is none.
  probe::Ticks max() const noexcept { return max_; }
  /// The nearest-rank percentile: the smallest value that at least `share` (0 to 1) of all values do not
  /// exceed, within 1/128. 0 when there is no value.
  probe::Ticks percentile(double share) const noexcept;

 private:
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1u << kSlotBits;
  using Octave = std::array<std::uint64_t, kSlots>;
  // Octave 0 holds the values below 64, one to a slot; octave k those from 64 << (k - 1) on, 1 << (k - 1) to
  // a slot.
  static constexpr unsigned kOctaves = 64 - kSlotBits + 1;

  static unsigned octave_of(probe::Ticks value) noexcept {
    const auto bits = static_cast<unsigned>(std::bit_width(value));
    return bits <= kSlotBits ? 0 : bits - kSlotBits;
  }
  static unsigned slot_of(probe::Ticks value, unsigned octave) noexcept {
    const unsigned shift = octave == 0 ? 0 : octave - 1;
    return static_cast<unsigned>(value >> shift) & (kSlots - 1);
  }
  void allocate(unsigned octave);

  std::array<std::unique_ptr<Octave>, kOctaves> octaves_;
  std::uint64_t zeros_ = 0;
  std::uint64_t nonzero_ = 0;
  probe::Ticks max_ = 0;
  probe::Ticks min_ = ~probe::Ticks{0};
};

}  // namespace gilscope::app
