#include "app/trace_file/block_cursor.h"

#include <algorithm>

#include "app/trace_file/crc32c.h"
#include "app/trace_file/wire.h"

namespace gilscope::app {

namespace {

constexpr std::uint64_t kWindow = std::uint64_t{1} << 18;
constexpr std::size_t kMaxHead = 1 + kMaxVarint;
constexpr std::size_t kChecksumSize = 4;

// A fuzzer cannot guess checksums, and what is behind them is what it should try.
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
constexpr bool kChecksumsCount = false;
#else
constexpr bool kChecksumsCount = true;
#endif

}  // namespace

// At least `size` bytes from offset_ on, as far as there are so many.
std::span<const std::uint8_t> BlockCursor::window(std::uint64_t size) {
  size = std::min(size, limit_ - offset_);
  const bool is_there = offset_ >= bytes_at_ && offset_ - bytes_at_ + size <= bytes_.size();
  if (!is_there) {
    bytes_at_ = offset_;
    bytes_.resize(static_cast<std::size_t>(std::min(std::max(size, kWindow), limit_ - offset_)));
    bytes_.resize(source_.read(offset_, bytes_));
  }
  return std::span(bytes_).subspan(static_cast<std::size_t>(offset_ - bytes_at_));
}

BlockCursor::Step BlockCursor::step() {
  offset_ = next_;
  if (offset_ >= limit_) return Step::kEnd;
  ByteReader head(window(kMaxHead));
  const std::size_t before = head.left();
  type_ = static_cast<BlockType>(head.byte());
  const std::uint64_t length = head.varint();
  const bool is_cut = limit_ - offset_ < kMaxHead;
  if (head.failed()) return is_cut ? Step::kCutOff : Step::kDamaged;
  if (length > kMaxBlockPayload) return Step::kDamaged;
  const std::size_t head_size = before - head.left();
  const std::uint64_t size = head_size + length + kChecksumSize;
  if (size > limit_ - offset_) return Step::kCutOff;

  const std::span<const std::uint8_t> bytes = window(size);
  if (bytes.size() < size) return Step::kCutOff;
  const auto content = static_cast<std::size_t>(head_size + length);
  ByteReader checksum(bytes.subspan(content));
  const bool is_whole = checksum.fixed<std::uint32_t>() == crc32c(bytes.first(content));
  if (kChecksumsCount && !is_whole) return Step::kDamaged;
  payload_ = bytes.subspan(head_size, static_cast<std::size_t>(length));
  next_ = offset_ + size;
  return Step::kBlock;
}

}  // namespace gilscope::app
