// Numbers as people read them: three significant digits, thousands separators, shares in percent.
// Not for programs: those get nanoseconds. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace gilscope::app {

/// `0 ns`, `999 ns`, `1.23 us`, `45.6 ms`, `7.89 s`, `20.0 min`, `3.42 h`.
std::string duration(std::uint64_t ns);

/// `1,234,567`; above `largest` with three significant digits, as `1.23 M`.
std::string count(std::uint64_t number, std::uint64_t largest = ~std::uint64_t{0});

/// A share of 0 to 1: `0 %`, `<0.1 %`, `12.3 %`, `>99.9 %`, `100 %`. A hundred and zero mean exactly that.
std::string percent(double share);

/// Likewise without decimals: `<1 %`, `12 %`, `>99 %`.
std::string whole_percent(double share);

/// A share that may be tiny, to two significant digits: `<0.001 %`, `0.010 %`, `3.2 %`.
std::string fine_percent(double share);

/// a / b, and 0 where there is nothing to share.
inline double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// `1 thread`, `2 threads`.
std::string counted(std::uint64_t number, const char* noun);

}  // namespace gilscope::app
