// Bytes on their way to a stream, in large blocks: what the writers of large files write into. Not for small
// texts. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string_view>
#include <vector>

#include "app/report/decimal_text.h"

namespace gilscope::app {

class BlockOutput {
 public:
  explicit BlockOutput(std::ostream& stream) : stream_(stream), block_(kBlock + 2 * kHeadroom) {
    end_ = block_.data();
  }
  ~BlockOutput() { flush(); }
  BlockOutput(const BlockOutput&) = delete;
  BlockOutput& operator=(const BlockOutput&) = delete;

  /// Begins a piece that stays together in memory; makes room for 4 KiB that go without append().
  void begin_item() {
    if (size() > kBlock) [[unlikely]]
      flush();
  }
  void push_back(char byte) { *end_++ = byte; }
  /// Of any length; afterwards there is room as after begin_item().
  [[gnu::always_inline]] void append(std::string_view text) {
    end_ = std::copy(text.begin(), text.end(),
                     room(text.size()));  // memcpy may not be given an empty text's null
  }
  void append_number(std::uint64_t number) { end_ = write_decimal(end_, number); }
  /// `number` thousandths (three `digits`) or millionths (six) as a decimal fraction.
  template <int kDigits>
  void append_fraction(std::uint64_t number) {
    static_assert(kDigits == 3 || kDigits == 6);
    constexpr std::uint64_t kOne = kDigits == 3 ? 1000 : 1'000'000;
    char* to = write_decimal(end_, number / kOne);
    const std::uint64_t rest = number % kOne;
    *to++ = '.';
    if constexpr (kDigits == 6) to = write_digits(to, rest / 1000, 3);
    end_ = write_digits(to, rest % 1000, 3);
  }

  void flush() {
    stream_.write(block_.data(), static_cast<std::streamsize>(size()));
    end_ = block_.data();
  }

  /// Where `size` bytes may be written; what was, is said by written_until().
  char* room(std::size_t size) {
    if (this->size() + size + kHeadroom > block_.size()) [[unlikely]]
      grow(size);
    return end_;
  }
  void written_until(char* end) { end_ = end; }

 private:
  static constexpr std::size_t kHeadroom = std::size_t{4} << 10;
  static constexpr std::size_t kBlock = std::size_t{256} << 10;

  std::size_t size() const { return static_cast<std::size_t>(end_ - block_.data()); }
  void grow(std::size_t more) {
    const std::size_t used = size();
    block_.resize(used + more + kBlock + 2 * kHeadroom);
    end_ = block_.data() + used;
  }

  std::ostream& stream_;
  std::vector<char> block_;
  char* end_ = nullptr;
};

}  // namespace gilscope::app
