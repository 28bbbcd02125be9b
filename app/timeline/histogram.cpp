#include "app/timeline/histogram.h"

#include <algorithm>
#include <cmath>

namespace gilscope::app {

Histogram::Histogram(const Histogram& other)
    : zeros_(other.zeros_), nonzero_(other.nonzero_), max_(other.max_), min_(other.min_) {
  for (unsigned i = 0; i < kOctaves; ++i) {
    if (other.octaves_[i] != nullptr) octaves_[i] = std::make_unique<Octave>(*other.octaves_[i]);
  }
}

Histogram& Histogram::operator=(const Histogram& other) {
  if (this != &other) *this = Histogram(other);
  return *this;
}

void Histogram::allocate(unsigned octave) { octaves_[octave] = std::make_unique<Octave>(); }

probe::Ticks Histogram::percentile(double share) const noexcept {
  if (count() == 0) return 0;
  const double exact_rank = std::ceil(share * static_cast<double>(count()));
  const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact_rank), 1, count());
  if (rank <= zeros_) return 0;

  std::uint64_t seen = zeros_;
  for (unsigned octave = 0; octave < kOctaves; ++octave) {
    if (octaves_[octave] == nullptr) continue;
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      seen += (*octaves_[octave])[slot];
      if (seen < rank) continue;
      if (octave == 0) return slot;
      // The middle of the slot is at most half a slot, 1/128 of its begin, from any value in it.
      const unsigned shift = octave - 1;
      const probe::Ticks begin = static_cast<probe::Ticks>(kSlots + slot) << shift;
      const probe::Ticks middle = begin + ((probe::Ticks{1} << shift) >> 1);
      return std::clamp(middle, min_, max_);
    }
  }
  return max_;
}

}  // namespace gilscope::app
