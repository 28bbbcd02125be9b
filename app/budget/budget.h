// A budget for the GIL: bounds on the numbers of a run, checked once it has ended. Not for the grammar
// (expression.h) nor for what there is to bound (number.h). Thread rule: values and pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/budget/number.h"
#include "app/report/report.h"

namespace gilscope::app {

struct BudgetBound {
  Bound bound;
  Number number;
};
using Budget = std::vector<BudgetBound>;

/// Throws UserError for what can be known to be wrong before the run.
Budget parse_budget(std::string_view text);

/// Whether a bound is about a place in the code, which a run may have been told not to record.
bool is_about_places(const Budget& budget);

/// What became of one bound.
struct BoundResult {
  std::string bound;  ///< as it was typed
  bool broken = false;
  std::string found;  ///< the measured value, and of what: `430 ms, thread "worker-1", at app.py:12 resize`
};

struct BudgetResult {
  std::vector<BoundResult> bounds;  ///< in the budget's order; the last: are the numbers exact
  std::uint64_t lost = 0;           ///< turns that the budget allows to be lost, and that were

  std::size_t broken() const;
};

/// A time or share of what did not occur in the run is not met, a count of it is 0; a place that occurs in
/// one list has 0 in the others, unless they are cut off: then nothing is known. Where turns were lost, the
/// numbers do not hold or the run's end is not known, the last result is broken, so that no budget is met
/// that might not have been; a budget with a bound on `lost` itself says how many may be.
BudgetResult check_budget(const Budget& budget, const Report& report);

/// A line for each bound that is broken, or one that says that none is.
std::string budget_text(const BudgetResult& result);

}  // namespace gilscope::app
