// What became of a budget as JUnit XML, which Jenkins, GitLab and others show: a test case for each bound,
// and one for whether the numbers are exact. Thread rule: pure function.
#pragma once

#include <iosfwd>

#include "app/budget/budget.h"
#include "app/report/report.h"

namespace gilscope::app {

///   testsuites > testsuite (name: the command; tests, failures, errors, skipped, time)
///     > testcase (classname: gilscope.budget.COMMAND; name: the bound; time) > failure (message, type), text
///
/// GitLab takes cases of the same class and name for one: bounds that are written alike are numbered, and
/// the command is in the class (with '_' for '.', at which Jenkins divides it). It sums up the times of
/// cases, where Jenkins has that of the suite: each case has an equal part of the run's wall time. Text is
/// valid XML 1.0 whatever threads and functions are called: what that cannot hold becomes U+FFFD.
void write_junit(const BudgetResult& result, const Report& report, std::ostream& out);

}  // namespace gilscope::app
