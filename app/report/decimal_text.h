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

/// What the functions below may write behind their end.
inline constexpr std::size_t kDecimalOverrun = 3;

/// Writes the last `count` (up to four) digits of `number`, which is below 10,000. Returns their end.
inline char* write_digits(char* to, std::uint64_t number, std::size_t count) noexcept {
  std::memcpy(to, detail::kFourDigits.data() + 4 * number + (4 - count), count);
  return to + count;
}

namespace detail {

// Below 10,000, without leading zeros.
[[gnu::always_inline]] inline char* write_first_group(char* to, std::uint64_t number) noexcept {
  const std::size_t zeros = std::size_t{number < 1000} + (number < 100) + (number < 10);
  std::memcpy(to, kFourDigits.data() + 4 * number + zeros, 4);
  return to + 4 - zeros;
}
[[gnu::always_inline]] inline char* write_two_groups(char* to, std::uint64_t number) noexcept {
  if (number < 10'000) return write_first_group(to, number);
  return write_digits(write_first_group(to, number / 10'000), number % 10'000, 4);
}
// Beyond eight digits.
[[gnu::noinline]] inline char* write_long_decimal(char* to, std::uint64_t number) noexcept {
  constexpr std::uint64_t kTwoGroups = 100'000'000;
  const std::uint64_t rest = number % kTwoGroups;
  number /= kTwoGroups;
  to = number < kTwoGroups ? write_two_groups(to, number) : write_long_decimal(to, number);
  return write_digits(write_digits(to, rest / 10'000, 4), rest % 10'000, 4);
}

}  // namespace detail

/// Writes `number` without leading zeros: at most 20 digits. Returns their end.
[[gnu::always_inline]] inline char* write_decimal(char* to, std::uint64_t number) noexcept {
  if (number < 100'000'000) [[likely]]
    return detail::write_two_groups(to, number);
  return detail::write_long_decimal(to, number);
}

/// Writes `number` thousandths (three `digits`) or millionths (six) as a decimal fraction: at most 21 bytes.
template <int kDigits>
[[gnu::always_inline]] inline char* write_fraction(char* to, std::uint64_t number) noexcept {
  static_assert(kDigits == 3 || kDigits == 6);
  constexpr std::uint64_t kOne = kDigits == 3 ? 1000 : 1'000'000;
  to = write_decimal(to, number / kOne);
  const std::uint64_t rest = number % kOne;
  if constexpr (kDigits == 3) {
    write_digits(to, rest, 4);
    *to = '.';
    return to + 4;
  }
  *to = '.';
  return write_digits(write_digits(to + 1, rest / 100, 4), rest % 100, 2);
}

}  // namespace gilscope::app
