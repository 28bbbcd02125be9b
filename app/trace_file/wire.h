// Numbers and text as bytes of a trace file: appending them, and reading them back with every bound checked.
// Which numbers: trace_format.h. Thread rule: one thread at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

inline constexpr std::size_t kMaxVarint = 10;

/// Writes `value` at `at`, where kMaxVarint bytes are free; returns the byte behind it.
inline std::uint8_t* put_varint(std::uint8_t* at, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *at++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::uint8_t>(value);
  return at;
}

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

/// Bytes that grow at their end.
class ByteWriter {
 public:
  void byte(std::uint8_t value) { bytes_.push_back(value); }
  void varint(std::uint64_t value) {
    std::uint8_t buffer[kMaxVarint];
    bytes_.insert(bytes_.end(), buffer, put_varint(buffer, value));
  }
  void signed_varint(std::int64_t value) { varint(zigzag(value)); }
  template <typename Unsigned>
  void fixed(Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i) byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void real(double value) { fixed(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    varint(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void raw(std::span<const std::uint8_t> value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }

  /// `most` bytes of room at the end, to be written directly; cut() gives back what was not used.
  std::uint8_t* room(std::size_t most) {
    bytes_.resize(bytes_.size() + most);
    return bytes_.data() + bytes_.size() - most;
  }
  void cut(const std::uint8_t* end) { bytes_.resize(static_cast<std::size_t>(end - bytes_.data())); }

  void clear() noexcept { bytes_.clear(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Takes values from the front of some bytes. Whatever does not fit makes it fail: from then on everything
/// reads as 0, and failed() says so.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint8_t byte() noexcept {
    if (at_ == end_) return static_cast<std::uint8_t>(fail());
    return *at_++;
  }
  std::uint64_t varint() noexcept {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return *at_++;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && at_ != end_; shift += 7) {
      const std::uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) return fail();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  /// Likewise where at least kMaxVarint bytes are left.
  std::uint64_t varint_in_bounds() noexcept {
    std::uint64_t value = at_[0];
    if (value < 0x80) {
      at_ += 1;
      return value;
    }
    value = (value & 0x7f) | std::uint64_t{at_[1]} << 7;
    if (value < 0x80 << 7) {
      at_ += 2;
      return value;
    }
    value = (value & 0x3fff) | std::uint64_t{at_[2]} << 14;
    if (value < 0x80 << 14) {
      at_ += 3;
      return value;
    }
    return varint();
  }
  /// A varint of at most `most`.
  std::uint64_t varint_up_to(std::uint64_t most) noexcept {
    const std::uint64_t value = varint();
    return value <= most ? value : fail();
  }
  std::int64_t signed_varint() noexcept { return unzigzag(varint()); }
  template <typename Unsigned>
  Unsigned fixed() noexcept {
    if (left() < sizeof(Unsigned)) return static_cast<Unsigned>(fail());
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
      value = static_cast<Unsigned>(value | static_cast<Unsigned>(Unsigned{at_[i]} << (8 * i)));
    }
    at_ += sizeof value;
    return value;
  }
  double real() noexcept { return std::bit_cast<double>(fixed<std::uint64_t>()); }
  std::string text() {
    const std::uint64_t size = varint();
    if (size > left()) fail();
    if (failed_) return {};
    std::string value(reinterpret_cast<const char*>(at_), static_cast<std::size_t>(size));
    at_ += size;
    return value;
  }
  std::span<const std::uint8_t> raw(std::size_t size) noexcept {
    if (left() < size) {
      fail();
      return {};
    }
    at_ += size;
    return {at_ - size, size};
  }

  std::uint64_t fail() noexcept {
    failed_ = true;
    at_ = end_;
    return 0;
  }
  bool failed() const noexcept { return failed_; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

}  // namespace gilscope::app
