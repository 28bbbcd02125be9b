#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/budget/expression.h"
#include "app/user_error.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;

Bound one(std::string_view text) {
  const std::vector<Bound> bounds = parse_bounds(text);
  EXPECT_EQ(bounds.size(), 1u) << text;
  return bounds.empty() ? Bound{} : bounds.front();
}

std::string refusal(std::string_view text) {
  try {
    parse_bounds(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(BudgetExpression, ReadsABound) {
  const Bound bound = one("  longest_hold < 50 ms  ");
  EXPECT_EQ(bound.text, "longest_hold < 50 ms");
  ASSERT_EQ(bound.path.size(), 1u);
  EXPECT_EQ(bound.path[0].name, "longest_hold");
  EXPECT_FALSE(bound.path[0].selector);
  EXPECT_EQ(bound.comparison, Relation::kLess);
  EXPECT_EQ(bound.unit, LimitUnit::kTime);
  EXPECT_EQ(bound.limit, 50e6);
  EXPECT_FALSE(bound.sum);
}

TEST(BudgetExpression, ReadsEveryUnitExactly) {
  const std::pair<const char*, double> limits[] = {
      {"x<7ns", 7},        {"x<1.1us", 1100},         {"x<1.1\u00b5s", 1100}, {"x<1.1\u03bcs", 1100},
      {"x<1.1ms", 1.1e6},  {"x<0.3ms", 3e5},          {"x<2s", 2e9},          {"x<20%", 0.2},
      {"x<29 %", 0.29},    {"x<0.25", 0.25},          {"x<10_000", 10000},    {"x<0.5ns", 0.5},
      {"x < .5 s", 0.5e9}, {"x<86400s", 86'400'000e6}};
  for (const auto& [text, limit] : limits) EXPECT_EQ(one(text).limit, limit) << text;
  EXPECT_EQ(one("x<0.25").unit, LimitUnit::kPlain);
  EXPECT_EQ(one("x<25%").unit, LimitUnit::kPercent);
}

TEST(BudgetExpression, ReadsEveryComparison) {
  EXPECT_EQ(one("x<1").comparison, Relation::kLess);
  EXPECT_EQ(one("x<=1").comparison, Relation::kAtMost);
  EXPECT_EQ(one("x>1").comparison, Relation::kGreater);
  EXPECT_EQ(one("x>=1").comparison, Relation::kAtLeast);
  EXPECT_EQ(one("x==1").comparison, Relation::kEqual);
  EXPECT_EQ(one("x!=1").comparison, Relation::kDifferent);
}

TEST(BudgetExpression, ComparesAsItsSignsSay) {
  const auto which = [](Relation comparison) {
    return std::vector<bool>{holds(1, comparison, 2), holds(2, comparison, 2), holds(3, comparison, 2)};
  };
  EXPECT_EQ(which(Relation::kLess), (std::vector{true, false, false}));
  EXPECT_EQ(which(Relation::kAtMost), (std::vector{true, true, false}));
  EXPECT_EQ(which(Relation::kGreater), (std::vector{false, false, true}));
  EXPECT_EQ(which(Relation::kAtLeast), (std::vector{false, true, true}));
  EXPECT_EQ(which(Relation::kEqual), (std::vector{false, true, false}));
  EXPECT_EQ(which(Relation::kDifferent), (std::vector{true, false, true}));
}

TEST(BudgetExpression, SeparatesBounds) {
  const auto bounds = parse_bounds("a<1, b<2;c<3\n d<4 ,\n,");
  ASSERT_EQ(bounds.size(), 4u);
  EXPECT_EQ(bounds[1].text, "b<2");
  EXPECT_EQ(bounds[3].path[0].name, "d");
}

TEST(BudgetExpression, ReadsPathsAndSelectors) {
  const Bound bound = one("sum ( thread( worker (2)* ) . wait[ 3 ] ) <1s");
  EXPECT_TRUE(bound.sum);
  ASSERT_EQ(bound.path.size(), 2u);
  EXPECT_EQ(bound.path[0].selector, "worker (2)*");
  EXPECT_EQ(bound.path[1].name, "wait");
  EXPECT_EQ(bound.path[1].index, 3u);
  EXPECT_EQ(one("gives(main.<locals>.<lambda>)>=1").path[0].selector, "main.<locals>.<lambda>");
  EXPECT_EQ(one("gives(a, b; c)>=1").path[0].selector, "a, b; c");
  EXPECT_EQ(one(R"x(thread( "a)\"b\\" ).wait<1s)x").path[0].selector, R"x(a)"b\)x");
  EXPECT_EQ(one("thread('it is \"x\"').wait<1s").path[0].selector, "it is \"x\"");
  EXPECT_EQ(one("summary<1").path[0].name, "summary");  // no call of sum
  EXPECT_EQ(one("sum<1").path[0].name, "sum");
}

TEST(BudgetExpression, MarksWhatIsWrong) {
  EXPECT_EQ(refusal("a<1, b<2 min"),
            "--budget: there is no unit 'min': use ns, us, ms, s or % (see gilscope help budget)\n"
            "  a<1, b<2 min\n"
            "           ^~~");
  // Of several lines the one that is wrong; wide characters take two columns.
  EXPECT_EQ(refusal("a<1\ngives(\u6f22)=1\nc<1"),
            "--budget: '=' alone is no comparison: write == (see gilscope help budget)\n"
            "  gives(\u6f22)=1\n"
            "           ^");
  // Nothing that a terminal would act on.
  EXPECT_EQ(refusal("\x1b[31m").find('\x1b'), std::string::npos);
}

TEST(BudgetExpression, RefusesWhatIsNoBudget) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "needs a bound"},
      {" ,\n; ", "needs a bound"},
      {"longest_hold", "a comparison is expected"},
      {"longest_hold 50ms", "a comparison is expected"},
      {"longest_hold=<50ms", "write =="},
      {"longest_hold<", "a number is expected"},
      {"longest_hold<ms", "a number is expected"},
      {"longest_hold<-5ms", "a number is expected"},
      {"longest_hold<1.2.3ms", "a number is expected"},
      {"longest_hold<nan", "a number is expected"},
      {"longest_hold<50sec", "no unit 'sec'"},
      {"longest_hold<50ms wait<1s", "a ',' belongs"},
      {"a<1 b<2", "no unit 'b<2'"},
      {"50ms>longest_hold", "the name of a number"},
      {"gives(resize>=1", "')' is missing"},
      {"gives()>=1", "brackets are empty"},
      {"gives(\"\")>=1", "brackets are empty"},
      {"gives(\"x)>=1", "closing \" is missing"},
      {"gives(\"x\"y)>=1", "')' is missing"},
      {"threads[x].turns<1", "whole number"},
      {"threads[1.turns<1", "']' is missing"},
      {"threads[99999999999999999999999].turns<1", "whole number"},
      {"threads..turns<1", "the name of a number"},
      {"sum(turns<1", "')' is missing after sum"},
      {"sum()<1", "the name of a number"},
  };
  for (const auto& [text, why] : wrong) EXPECT_THAT(refusal(text), HasSubstr(why)) << text;
}

// Whatever it is, it is read or refused.
TEST(BudgetExpression, LivesThroughAnything) {
  const std::string whole = "sum(thread(\"w-*\")[0].wait_p99)<=1.5ms, gives(a.py:12)!=3; lost==0";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    refusal(whole.substr(0, length));
    refusal(whole.substr(length));
    for (const char c : {'\0', '(', ')', '"', '[', '\n', '\xff', '.'}) {
      std::string changed = whole;
      changed.insert(length, 1, c);
      refusal(changed);
    }
  }
}

}  // namespace
}  // namespace gilscope::app
