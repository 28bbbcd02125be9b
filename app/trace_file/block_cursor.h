// Goes through the blocks of a trace file one after the other, and checks that each is whole. Not for what is
// in them. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "app/trace_file/trace_format.h"

namespace gilscope::app {

/// Where the bytes come from: a file, or memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `bytes` from `offset` on; how many there were.
  virtual std::size_t read(std::uint64_t offset, std::span<std::uint8_t> bytes) const = 0;
};

class BlockCursor {
 public:
  enum class Step : std::uint8_t {
    kBlock,    ///< type() and payload() are the block's
    kEnd,      ///< there is no more
    kCutOff,   ///< the file ends inside the block at offset()
    kDamaged,  ///< what stands at offset() is no block
  };

  /// From the first block on, up to `limit` bytes of the file.
  BlockCursor(const ByteSource& source, std::uint64_t limit)
      : source_(source), limit_(limit), next_(kTraceHeaderSize) {}

  Step step();
  /// The next step() reads the block there, which must be where one begins.
  void go_to(std::uint64_t offset) noexcept { next_ = offset; }
  BlockType type() const noexcept { return type_; }
  std::span<const std::uint8_t> payload() const noexcept { return payload_; }
  /// Where the block begins, and where it ends.
  std::uint64_t offset() const noexcept { return offset_; }
  std::uint64_t end() const noexcept { return next_; }

 private:
  std::span<const std::uint8_t> window(std::uint64_t size);

  const ByteSource& source_;
  const std::uint64_t limit_;
  std::uint64_t offset_ = 0;
  std::uint64_t next_;
  BlockType type_{};
  std::span<const std::uint8_t> payload_;
  std::vector<std::uint8_t> bytes_;  // of the file, from bytes_at_ on
  std::uint64_t bytes_at_ = 0;
};

}  // namespace gilscope::app
