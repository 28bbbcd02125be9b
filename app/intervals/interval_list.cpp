#include "app/intervals/interval_list.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "app/report/text_layout.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr double kLeastNs = 1e3;    // Python counts whole microseconds
constexpr double kMostNs = 3600e9;  // nobody waits that long for a thread

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t end = text.find_last_not_of(' ');
  return end == std::string_view::npos ? std::string_view() : text.substr(begin, end + 1 - begin);
}

std::uint64_t parse_interval(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit;
  if (error == std::errc()) unit = trimmed(std::string_view(end, text.data() + text.size()));
  const double factor = unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  if (factor == 0) {
    throw UserError(fmt::format("--switch-interval '{}' is no time: write it as 5ms, 500us or 0.1s",
                                printable(text, false)));
  }
  const double ns = std::round(value * factor / kLeastNs) * kLeastNs;
  if (!(ns >= kLeastNs && ns <= kMostNs)) {
    throw UserError(fmt::format("--switch-interval '{}' is out of range: 1us to 1h", printable(text, false)));
  }
  return static_cast<std::uint64_t>(ns);
}

}  // namespace

std::vector<std::uint64_t> parse_intervals(std::string_view text) {
  std::vector<std::uint64_t> intervals;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    intervals.push_back(parse_interval(trimmed(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return intervals;
}

std::string interval_argument(std::uint64_t interval_ns) { return fmt::format("{}us", interval_ns / 1000); }

}  // namespace gilscope::app
