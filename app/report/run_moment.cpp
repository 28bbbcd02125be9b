#include "app/report/run_moment.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

struct Unit {
  std::string_view name;
  double ns;
};
constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}};

}  // namespace

std::uint64_t RunMoment::in(std::uint64_t wall_ns) const noexcept {
  const auto wall = static_cast<double>(wall_ns);
  const double ns = is_share ? value * wall : value;
  return ns >= wall ? wall_ns : static_cast<std::uint64_t>(std::max(ns, 0.0));
}

RunMoment parse_run_moment(const std::string& text, const std::string& option) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string number = text.substr(0, digits);
  const std::string_view unit = std::string_view(text).substr(digits);
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (!number.empty() && number != "." && end == number.c_str() + number.size()) {
    if (unit == "%" && value <= 100) return {true, value / 100};
    for (const Unit& known : kUnits) {
      if (unit == known.name) return {false, value * known.ns};
    }
    if (value == 0 && unit.empty()) return kBeginOfRun;
  }
  throw UserError(fmt::format("{} '{}' is no moment of a run; write it as 1.5s, 200ms or 10%", option, text));
}

}  // namespace gilscope::app
