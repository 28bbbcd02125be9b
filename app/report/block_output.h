// Bytes on their way to a stream, in large blocks: what the writers of large files write into. Not for small
// texts. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/report/decimal_text.h"

namespace gilscope::app {

/// A text that is written again and again: with room behind it, to be copied in large steps.
class RepeatedText {
 public:
  RepeatedText() = default;
  explicit RepeatedText(std::string text) : bytes_(std::move(text)), size_(bytes_.size()) {
    bytes_.resize(size_ + kStep);
  }
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Returns the end of the text; what is behind it is overwritten up to kStep.
  [[gnu::always_inline]] char* write(char* to) const {
    const char* from = bytes_.data();
    for (std::size_t done = 0; done < size_; done += kStep) std::memcpy(to + done, from + done, kStep);
    return to + size_;
  }

 private:
  static constexpr std::size_t kStep = 32;
  std::string bytes_;
  std::size_t size_ = 0;
};

/// Writes a text that the compiler knows.
template <std::size_t kSize>
[[gnu::always_inline]] inline char* write_text(char* to, const char (&text)[kSize]) {
  std::memcpy(to, text, kSize - 1);
  return to + kSize - 1;
}

class BlockOutput {
 public:
  explicit BlockOutput(std::ostream& stream) : stream_(stream), block_(kBlock) { set_block(); }
  ~BlockOutput() { flush(); }
  BlockOutput(const BlockOutput&) = delete;
  BlockOutput& operator=(const BlockOutput&) = delete;

  /// Makes room for 4 KiB that go without append().
  void begin_item() { room(0); }
  void push_back(char byte) { *end_++ = byte; }
  /// Unwrites bytes that were written after room() was last called.
  void take_back(std::size_t count) { end_ -= count; }
  /// Of any length; afterwards there is room as after begin_item().
  void append(std::string_view text) {
    char* const to = room(text.size());
    end_ = std::copy(text.begin(), text.end(), to);  // memcpy may not be given an empty text's null
  }
  void append_number(std::uint64_t number) { end_ = write_decimal(end_, number); }
  /// `number` thousandths (three `digits`) or millionths (six) as a decimal fraction.
  template <int kDigits>
  void append_fraction(std::uint64_t number) {
    end_ = write_fraction<kDigits>(end_, number);
  }

  void flush() {
    stream_.write(block_.data(), end_ - block_.data());
    end_ = block_.data();
  }

  /// Where `size` bytes may be written, and 4 KiB more; what was, is said by written_until().
  [[gnu::always_inline]] char* room(std::size_t size) {
    if (static_cast<std::ptrdiff_t>(size) > limit_ - end_) [[unlikely]]
      make_room(size);
    return end_;
  }
  void written_until(char* end) { end_ = end; }

 private:
  static constexpr std::size_t kHeadroom = std::size_t{4} << 10;
  static constexpr std::size_t kBlock = (std::size_t{256} << 10) + kHeadroom;

  void set_block() {
    end_ = block_.data();
    limit_ = end_ + block_.size() - kHeadroom;
  }
  [[gnu::noinline]] void make_room(std::size_t size) {
    flush();
    if (size + kHeadroom > block_.size()) {
      block_.resize(size + kHeadroom);
      set_block();
    }
  }

  std::ostream& stream_;
  std::vector<char> block_;
  char* end_ = nullptr;
  char* limit_ = nullptr;
};

}  // namespace gilscope::app
