// The longest of many: what the report's lists of ten are made of. An entry has `length`, `at` and `thread`;
// of two that are equally long the earlier one comes first, so that the list does not depend on the order in
// which they came. Thread rule: one thread at a time.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "app/report/report.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

template <typename Entry>
class Longest {
 public:
  static constexpr std::size_t kMost = Report::kMostListed;

  /// Whether an entry of that length may be among them.
  bool takes(probe::Ticks length) const {
    return entries_.size() < kMost || length >= entries_.back().length;
  }

  void add(const Entry& entry) {
    if (!takes(entry.length)) return;
    const auto before = [](const Entry& a, const Entry& b) {
      return std::tuple(b.length, a.at, a.thread) < std::tuple(a.length, b.at, b.thread);
    };
    entries_.insert(std::upper_bound(entries_.begin(), entries_.end(), entry, before), entry);
    if (entries_.size() > kMost) entries_.pop_back();
  }

  /// Longest first.
  const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace gilscope::app
