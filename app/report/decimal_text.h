// Whole numbers as decimal digits, four at a time: for files of some hundred million numbers. Not for texts
// that people read: units.h. Thread rule: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gilscope::app {

namespace detail {

// "0000" to "9999", and room to copy four bytes from any place in the last one.
inline constexpr auto kFourDigits = [] {
  std::array<char, 4 * 10'000 + 3> table{};
  for (std::size_t number = 0; number < 10'000; ++number) {
    std::size_t rest = number;
    for (std::size_t digit = 4; digit-- > 0; rest /= 10) {
      table[4 * number + digit] = static_cast<char>('0' + rest % 10);
    }
  }
  return table;
}();

}  // namespace detail

/// Writes the last `count` (up to four) digits of `number`, which is below 10,000. Returns their end.
inline char* write_digits(char* to, std::uint64_t number, std::size_t count) noexcept {
  std::memcpy(to, detail::kFourDigits.data() + 4 * number + (4 - count), count);
  return to + count;
}

/// Writes `number` without leading zeros: at most 20 digits, and up to three bytes after them are
/// overwritten. Returns the end of the digits.
inline char* write_decimal(char* to, std::uint64_t number) noexcept {
  std::array<std::uint32_t, 5> groups;
  std::size_t more = 0;
  for (; number >= 10'000; number /= 10'000) groups[more++] = static_cast<std::uint32_t>(number % 10'000);
  const std::size_t zeros = std::size_t{number < 1000} + (number < 100) + (number < 10);
  std::memcpy(to, detail::kFourDigits.data() + 4 * number + zeros, 4);
  to += 4 - zeros;
  while (more > 0) to = write_digits(to, groups[--more], 4);
  return to;
}

}  // namespace gilscope::app
