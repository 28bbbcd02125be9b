// The grammar of a budget: text in, bounds out. Not for what the names mean: number.h. Thread rule: pure
// functions.
//
//   budget      bound { "," | ";" | end of line, bound }
//   bound       number comparison limit            longest_hold < 50ms
//   number      path | "sum(" path ")"
//   path        step { "." step }                  threads.wait_ns
//   step        NAME [ "(" selector ")" | "[" INTEGER "]" ]
//   selector    "text" | 'text' | anything up to the ")" that closes it
//   comparison  < <= > >= == !=
//   limit       NUMBER [ ns | us | ms | s | % ]
//
// Spaces may stand between any two of these.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

enum class Relation { kLess, kAtMost, kGreater, kAtLeast, kEqual, kDifferent };
enum class LimitUnit { kPlain, kTime, kPercent };

/// A part of a budget's text, in bytes.
struct BudgetSpan {
  std::size_t at = 0;
  std::size_t length = 0;
};

struct PathStep {
  std::string name;
  std::optional<std::string> selector;
  std::optional<std::size_t> index;
  BudgetSpan span;           ///< of the name
  BudgetSpan selector_span;  ///< of what follows it in brackets
};

struct Bound {
  std::string text;  ///< as it was typed, without the spaces around it
  bool sum = false;
  std::vector<PathStep> path;
  Relation comparison = Relation::kLess;
  double limit = 0;  ///< in nanoseconds if it has a unit of time; 1 is 100 %
  LimitUnit unit = LimitUnit::kPlain;
  BudgetSpan path_span;
  BudgetSpan limit_span;
};

/// Throws UserError, with the place marked.
std::vector<Bound> parse_bounds(std::string_view budget);

/// A path alone. `text` is right: it is a constant of ours.
std::vector<PathStep> parse_path(std::string_view text);

/// Throws a UserError that shows `where` in `budget`, and says `why`.
[[noreturn]] void refuse_budget(std::string_view budget, BudgetSpan where, const std::string& why);

bool holds(double measured, Relation comparison, double limit) noexcept;

}  // namespace gilscope::app
