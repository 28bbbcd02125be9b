// From escape times to 8-bit shades: what the Mandelbrot picture looks like, apart from where its points are.
// Thread rule: a palette is written once, when it is made, and then read by any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gilscope::kernels {

/// A closed circle of colours: deep blue, sky blue, near white, amber, dark brown and back. Blue against
/// orange stays apart for eyes that do not tell red from green, and light against dark does so on a weak
/// projector.
class EscapePalette {
 public:
  EscapePalette() noexcept;

  /// Of a point outside; `octaves` is log2(1 + smoothed escape time), not negative.
  const std::array<std::uint8_t, 3>& color(float octaves) const noexcept {
    const float turns = octaves * (1.0f / kOctavesPerTurn) + kTurnsAtStart;
    return colors_[static_cast<std::size_t>(turns * kColors) % kColors];
  }

  /// The same in gray: from nearly black, far outside, to white beside a set drawn with that many octaves.
  static std::uint8_t gray(float octaves, float octaves_at_most) noexcept {
    const float share = octaves_at_most > 0 ? octaves / octaves_at_most : 0.0f;
    return static_cast<std::uint8_t>(1.5f + 254.0f * (share < 1.0f ? share : 1.0f));
  }

 private:
  static constexpr std::size_t kColors = 2048;
  static constexpr float kOctavesPerTurn = 4.0f;
  static constexpr float kTurnsAtStart = 0.6f;  // so that the surroundings of the whole set are deep blue

  std::array<std::array<std::uint8_t, 3>, kColors> colors_;
};

}  // namespace gilscope::kernels
