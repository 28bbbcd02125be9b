// `--switch-interval 5ms,1ms`: text in, nanoseconds out. Thread rule: pure function.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

/// At least one; whole microseconds, as Python has them. Throws UserError.
std::vector<std::uint64_t> parse_intervals(std::string_view text);

/// The first of them as parse_intervals reads it again: `500us`.
std::string interval_argument(std::uint64_t interval_ns);

}  // namespace gilscope::app
