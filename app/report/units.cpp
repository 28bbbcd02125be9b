#include "app/report/units.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace gilscope::app {

namespace {

std::string three_digits(double value) {
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

struct Unit {
  double size;
  const char* name;
};

}  // namespace

std::string duration(std::uint64_t ns) {
  if (ns < 1000) return fmt::format("{} ns", ns);
  const auto value = static_cast<double>(ns);
  // A unit is used up to where it would be rounded to the next one.
  for (const Unit unit : {Unit{1e3, "us"}, Unit{1e6, "ms"}, Unit{1e9, "s"}}) {
    if (value / unit.size < 999.5) return three_digits(value / unit.size) + " " + unit.name;
  }
  const double minutes = value / 60e9;
  if (minutes < 99.95) return three_digits(minutes) + " min";
  return three_digits(minutes / 60) + " h";
}

std::string count(std::uint64_t number, std::uint64_t largest) {
  if (number > largest) {
    const auto value = static_cast<double>(number);
    for (const Unit unit : {Unit{1e3, "k"}, Unit{1e6, "M"}, Unit{1e9, "G"}}) {
      if (value / unit.size < 999.5) return three_digits(value / unit.size) + " " + unit.name;
    }
    return three_digits(value / 1e12) + " T";
  }
  const std::string digits = fmt::format("{}", number);
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) result += ',';
    result += digits[i];
  }
  return result;
}

std::string percent(double share) {
  const double value = share * 100;
  if (value <= 0) return "0 %";
  if (value < 0.1) return "<0.1 %";
  if (value < 100 && value >= 99.95) return ">99.9 %";
  if (value < 99.95) return fmt::format("{:.1f} %", value);
  return fmt::format("{:.0f} %", value);
}

std::string whole_percent(double share) {
  const double value = share * 100;
  if (value <= 0) return "0 %";
  if (value < 1) return "<1 %";
  if (value < 100 && value >= 99.5) return ">99 %";
  return fmt::format("{:.0f} %", value);
}

std::string fine_percent(double share) {
  const double value = share * 100;
  if (value <= 0) return "0 %";
  if (value < 0.001) return "<0.001 %";
  const int decimals = std::clamp(1 - static_cast<int>(std::floor(std::log10(value))), 0, 3);
  return fmt::format("{:.{}f} %", value, decimals);
}

std::string counted(std::uint64_t number, const char* noun) {
  return fmt::format("{} {}{}", count(number), noun, number == 1 ? "" : "s");
}

}  // namespace gilscope::app
