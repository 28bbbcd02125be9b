#include "kernels/escape_color.h"

namespace gilscope::kernels {

namespace {

struct Stop {
  double at;  // share of the circle
  double red, green, blue;
};

constexpr std::array<Stop, 7> kStops{{
    {0.00, 8, 12, 48},
    {0.18, 20, 60, 150},
    {0.36, 90, 170, 235},
    {0.52, 250, 250, 240},
    {0.68, 255, 176, 40},
    {0.84, 120, 50, 12},
    {1.00, 8, 12, 48},
}};

std::uint8_t between(double from, double to, double share) noexcept {
  return static_cast<std::uint8_t>(from + (to - from) * share + 0.5);
}

}  // namespace

EscapePalette::EscapePalette() noexcept {
  std::size_t stop = 0;
  for (std::size_t i = 0; i < kColors; ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(kColors);
    while (at >= kStops[stop + 1].at) ++stop;
    const Stop& from = kStops[stop];
    const Stop& to = kStops[stop + 1];
    const double linear = (at - from.at) / (to.at - from.at);
    const double share = linear * linear * (3 - 2 * linear);  // no kinks at the stops
    colors_[i] = {between(from.red, to.red, share), between(from.green, to.green, share),
                  between(from.blue, to.blue, share)};
  }
}

}  // namespace gilscope::kernels
