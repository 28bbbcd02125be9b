// Bytes between two pages that must not be touched: reading or writing past either end is a crash, with and
// without sanitizers. Not for speed. Thread rule: as an array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace gilscope::kernels {

class GuardedBytes {
 public:
  enum class Against { kStart, kEnd };  // which page the bytes lie against

  GuardedBytes(std::size_t size, Against against) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inner = (size + page - 1) / page * page;
    length_ = inner + 2 * page;
    map_ = mmap(nullptr, length_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map_ == MAP_FAILED) throw std::bad_alloc();
    auto* first = static_cast<std::uint8_t*>(map_) + page;
    if (inner != 0 && mprotect(first, inner, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    data_ = against == Against::kStart ? first : first + (inner - size);
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { munmap(map_, length_); }

  std::uint8_t* data() const noexcept { return data_; }

 private:
  void* map_ = nullptr;
  std::size_t length_ = 0;
  std::uint8_t* data_ = nullptr;
};

}  // namespace gilscope::kernels
