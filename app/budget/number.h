// Which numbers a budget can bound: every number of --json by its name there, and short names for those that
// are bounded most. Not for their values: evaluate.h. Thread rule: pure functions.
//
// What exists is asked of json_report itself, so no number can be missing here. In a path, a list stands for
// all of its entries, unless a selector chooses among them; `thread` is as good as `threads`. The `_ns` of a
// time may be left out, and X_share is X_ns as a part of the whole that it belongs to.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/budget/expression.h"

namespace gilscope::app {

enum class NumberUnit { kCount, kTime, kShare };

/// What a share that --json does not have is a share of.
enum class ShareOf {
  kNothing,   ///< it is no share, or --json has it
  kLife,      ///< life_ns of the same entry
  kWall,      ///< wall_ns of the same entry
  kRunsWall,  ///< wall_ns of the run
};

/// What the selector of a list is compared with.
enum class SelectBy { kIndexOnly, kId, kGeneration, kName, kThread, kHolder, kPlace };

struct NumberStep {
  std::string key;  ///< in the JSON document
  SelectBy select_by = SelectBy::kIndexOnly;
  bool is_list = false;
  std::optional<std::string> selector;
  std::optional<std::size_t> index;
};

struct Number {
  std::vector<NumberStep> steps;
  NumberUnit unit = NumberUnit::kCount;
  ShareOf share_of = ShareOf::kNothing;
  bool sum = false;

  const std::string& key() const { return steps.back().key; }
};

/// Throws UserError, with the place in `budget` marked: no such number, or a limit in another unit than it.
Number resolve_number(const Bound& bound, std::string_view budget);

/// A short name. One with an argument and one without may be called alike.
struct NumberAlias {
  const char* name;
  const char* path;      ///< what it stands for, without its selector
  bool sum;              ///< over all entries, not each
  const char* argument;  ///< what a selector chooses: "THREAD", "PLACE" or "GIL"; empty: there is none
  bool needs_argument;
  const char* meaning;
};
std::span<const NumberAlias> number_aliases();

/// Every number of --json, as a path: `threads.wait_ns`.
std::vector<std::string> number_paths();

}  // namespace gilscope::app
