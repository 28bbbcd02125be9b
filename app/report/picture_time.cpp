// Round moments for the picture's time axis.
#include <cstdint>

#include <fmt/format.h>

#include "app/report/picture_layout.h"

namespace gilscope::app {

std::vector<TimeTick> time_ticks(std::uint64_t from_ns, std::uint64_t to_ns, std::size_t most) {
  std::vector<TimeTick> ticks;
  if (to_ns <= from_ns || most == 0) return ticks;
  // 1, 2 or 5 of a power of ten.
  std::uint64_t step = 1;
  for (std::uint64_t power = 1;; power *= 10) {
    const auto fits = [&](std::uint64_t candidate) {
      return to_ns / candidate - (from_ns + candidate - 1) / candidate + 1 <= most;
    };
    if (fits(step = power) || fits(step = 2 * power) || fits(step = 5 * power)) break;
  }
  struct Unit {
    std::uint64_t ns;
    const char* name;
  };
  Unit unit{1, "ns"};
  for (const Unit larger : {Unit{1'000, "us"}, Unit{1'000'000, "ms"}, Unit{1'000'000'000, "s"}}) {
    if (to_ns >= larger.ns && step * 1000 >= larger.ns) unit = larger;
  }
  int decimals = 0;
  for (std::uint64_t size = unit.ns; step % size != 0; size /= 10) ++decimals;
  for (std::uint64_t at = (from_ns + step - 1) / step * step; at <= to_ns; at += step) {
    const double value = static_cast<double>(at) / static_cast<double>(unit.ns);
    ticks.push_back({at, at == 0 ? fmt::format("0 {}", unit.name)
                                 : fmt::format("{:.{}f} {}", value, decimals, unit.name)});
  }
  return ticks;
}

}  // namespace gilscope::app
