// The values that a number has in a run, and what each is the value of. Not for the verdict: budget.h. Thread
// rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/budget/document.h"
#include "app/budget/number.h"

namespace gilscope::app {

struct MeasuredValue {
  double value = 0;    ///< nanoseconds; 1 is 100 %
  std::string of;      ///< `thread "worker-1"`, `GIL 1`; empty: the run
  std::string detail;  ///< more about it: where, or for whom
};

struct MeasuredValues {
  std::vector<MeasuredValue> values;
  std::string unknown;     ///< whose value the run does not tell, if anybody's
  std::size_t chosen = 0;  ///< entries that were chosen
};

MeasuredValues measure(const Number& number, const Json& document);

/// The value as a person reads it.
std::string value_text(double value, NumberUnit unit);

}  // namespace gilscope::app
