// The tables that all threads of a Gecko profile share: strings, and the places in the code as functions,
// frames and stacks. Not for what happened there. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/report/block_output.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

class GeckoStrings {
 public:
  std::uint32_t id_of(const std::string& text) {
    const auto [found, is_new] = ids_.emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(&found->first);
    return found->second;
  }
  void write(BlockOutput& output) const;

 private:
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::vector<const std::string*> texts_;
};

/// Stack, frame and place have the same number, less one: place 1 is stack 0. A stack's prefix is that of the
/// place that called it.
class GeckoPlaces {
 public:
  GeckoPlaces(const TraceFacts& facts, std::uint32_t category, GeckoStrings& strings);

  /// Whether turns that ended at this place have a stack, number - 1.
  bool has_stack(std::uint32_t place) const { return place != 0 && place <= frame_function_.size(); }
  /// The tables of `shared` but for the strings, with a comma after each.
  void write(BlockOutput& output) const;

 private:
  struct Function {
    std::uint32_t name;
    std::uint32_t source;
  };

  const TraceFacts& facts_;
  std::uint32_t category_;
  std::vector<Function> functions_;
  std::vector<std::uint32_t> frame_function_;  // by place, less one
  std::vector<std::uint32_t> source_names_;
};

}  // namespace gilscope::app
