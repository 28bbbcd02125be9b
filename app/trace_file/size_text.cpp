// Sizes as people write and read them.
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

#include "app/trace_file/trace_output.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

struct Unit {
  const char* name;
  std::uint64_t bytes;
};
constexpr Unit kUnits[] = {{"GiB", 1u << 30}, {"GB", 1'000'000'000}, {"MiB", 1u << 20},
                           {"MB", 1'000'000}, {"KiB", 1u << 10},     {"kB", 1'000}};

std::uint64_t unit_of(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (text.empty() || text == "B") return 1;
  const std::size_t letter = std::string("KMGT").find(text.front());
  if (letter == std::string::npos) return 0;
  const std::string rest = text.substr(1);
  if (rest != "" && rest != "B" && rest != "IB") return 0;
  std::uint64_t bytes = 1;
  for (std::size_t i = 0; i <= letter; ++i) bytes *= rest == "B" ? 1000 : 1024;
  return bytes;
}

}  // namespace

std::uint64_t parse_size(const std::string& text, const std::string& option) {
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string number = text.substr(0, digits);
  const std::uint64_t unit = digits == std::string::npos ? 1 : unit_of(text.substr(digits));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  const double bytes = value * static_cast<double>(unit);
  if (number.empty() || end != number.c_str() + number.size() || unit == 0 || !(bytes < 9e18)) {
    throw UserError(fmt::format("{} '{}' is no size; write it as 500MB, 2GiB or 100k", option, text));
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string size_text(std::uint64_t bytes) {
  Unit best = {"bytes", 1};
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0 && unit.bytes > best.bytes) best = unit;
  }
  return fmt::format("{} {}", bytes / best.bytes, best.name);
}

}  // namespace gilscope::app
