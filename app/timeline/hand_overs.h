// Which takes of each GIL were hand-overs, by their sequence numbers: for views that draw an arrow to each. A
// bit for each take. Not for how many there were or how long they took: those are the Report's. Thread rule:
// one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace gilscope::app {

/// Which numbers of a sequence of 32 bits are marked.
class SequenceSet {
 public:
  void insert(std::uint32_t number) {
    const std::size_t page = number / kPageBits;
    if (page >= pages_.size()) pages_.resize(page + 1);
    if (pages_[page] == nullptr) pages_[page] = std::make_unique<Page>();
    (*pages_[page])[number % kPageBits / 64] |= std::uint64_t{1} << (number % 64);
  }
  bool contains(std::uint32_t number) const {
    const std::size_t page = number / kPageBits;
    if (page >= pages_.size() || pages_[page] == nullptr) return false;
    return ((*pages_[page])[number % kPageBits / 64] >> (number % 64) & 1) != 0;
  }

 private:
  static constexpr std::uint32_t kPageBits = 1u << 16;
  using Page = std::array<std::uint64_t, kPageBits / 64>;
  std::vector<std::unique_ptr<Page>> pages_;
};

class HandOvers {
 public:
  /// Stays where it is.
  SequenceSet& of(std::uint16_t gil) {
    if (gil >= gils_.size()) gils_.resize(gil + std::size_t{1});
    if (gils_[gil] == nullptr) gils_[gil] = std::make_unique<SequenceSet>();
    return *gils_[gil];
  }
  /// Null: none were.
  const SequenceSet* find(std::uint16_t gil) const { return gil < gils_.size() ? gils_[gil].get() : nullptr; }

 private:
  std::vector<std::unique_ptr<SequenceSet>> gils_;
};

}  // namespace gilscope::app
