// CRC32C (Castagnoli): the checksum of a trace file's blocks. Against damage, not against forgery.
// Thread rule: pure function.
#pragma once

#include <cstdint>
#include <span>

namespace gilscope::app {

/// The checksum of `bytes`, or of what `before` is the checksum of followed by them.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t before = 0) noexcept;

}  // namespace gilscope::app
