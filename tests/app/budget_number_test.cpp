#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/budget/budget.h"
#include "app/budget/budget_help.h"
#include "app/budget/number.h"
#include "app/user_error.h"

namespace gilscope::app {
namespace {

using testing::Contains;
using testing::HasSubstr;

Number number(const std::string& text) { return parse_budget(text).front().number; }

std::vector<std::string> keys(const Number& number) {
  std::vector<std::string> found;
  for (const NumberStep& step : number.steps) found.push_back(step.key);
  return found;
}

std::string refusal(const std::string& text) {
  try {
    parse_budget(text);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(BudgetNumber, KnowsEveryNumberOfTheJson) {
  const std::vector<std::string> paths = number_paths();
  for (const char* const path : {"cores",
                                 "wall_ns",
                                 "cpu_ns",
                                 "exit_status",
                                 "python.gil_enabled",
                                 "gils.hand_over_p99_ns",
                                 "threads.on_cpu_ns",
                                 "probe.own_cost_share",
                                 "regions.count",
                                 "marks.count",
                                 "kernels.bytes",
                                 "kernels.holds_gil",
                                 "collections.longest_ns",
                                 "waited_for.nobody_ns",
                                 "waited_for.holder_ns",
                                 "blockers.contended_ns",
                                 "longest_waits.holder_ns",
                                 "obeyed_latest.after_ns",
                                 "giving.outside_ns",
                                 "giving.place.line",
                                 "estimate.speed_up"}) {
    EXPECT_THAT(paths, Contains(path));
  }
  const std::string help = budget_help();
  for (const std::string& path : paths) {
    EXPECT_EQ(refusal(path + "<1"), "") << path;
    EXPECT_THAT(help, HasSubstr(path.substr(path.find('.') + 1)));
    if (!path.ends_with("_ns")) continue;
    const std::string stem = path.substr(0, path.size() - 3);
    if (std::ranges::find(paths, stem) != paths.end()) continue;  // another number: kernels.tiles
    EXPECT_EQ(refusal(stem + "<1ms"), "") << path;
    EXPECT_THAT(refusal(path + "<1%"), HasSubstr("a time")) << path;
  }
}

TEST(BudgetNumber, KnowsEveryShortName) {
  for (const NumberAlias& alias : number_aliases()) {
    const std::string name = alias.name + std::string(alias.needs_argument ? "(x)" : "");
    EXPECT_TRUE(refusal(name + "<0").empty()) << refusal(name + "<0");
    EXPECT_THAT(budget_help(), HasSubstr(alias.name));
  }
}

TEST(BudgetNumber, ResolvesShortForms) {
  EXPECT_EQ(keys(number("longest_hold<5ms")), (std::vector<std::string>{"threads", "longest_hold_ns"}));
  EXPECT_EQ(keys(number("thread(main).wait<5ms")), (std::vector<std::string>{"threads", "wait_ns"}));
  EXPECT_EQ(number("thread(main).wait<5ms").steps[0].selector, "main");
  EXPECT_EQ(number("wait_share(main)<5%").steps[0].selector, "main");
  EXPECT_EQ(number("gives(resize)>=1").steps[0].select_by, SelectBy::kPlace);
  EXPECT_TRUE(number("gives(resize)>=1").sum);
  EXPECT_TRUE(number("sum(threads.wait)<1s").sum);
  EXPECT_FALSE(number("threads.wait<1s").sum);
  EXPECT_EQ(keys(number("obeyed<1s")), (std::vector<std::string>{"gils", "obeyed_max_ns"}));
  EXPECT_EQ(keys(number("obeyed(f)<1s")), (std::vector<std::string>{"obeyed_latest", "after_ns"}));
}

TEST(BudgetNumber, KnowsWhatAShareIsAShareOf) {
  EXPECT_EQ(number("wait_share<20%").share_of, ShareOf::kLife);
  EXPECT_EQ(number("threads.outside_share<20%").share_of, ShareOf::kLife);
  EXPECT_EQ(number("gils.contended_share<0.2").share_of, ShareOf::kRunsWall);
  EXPECT_EQ(number("regions.hold_share<20%").share_of, ShareOf::kWall);
  EXPECT_EQ(number("cpu_share<150%").share_of, ShareOf::kRunsWall);
  EXPECT_EQ(number("probe.own_cost_share<1%").share_of, ShareOf::kNothing);
  EXPECT_EQ(number("probe.own_cost_share<1%").unit, NumberUnit::kShare);
}

TEST(BudgetNumber, SuggestsTheNearestName) {
  EXPECT_THAT(refusal("longest_hod<5ms"),
              HasSubstr("there is no number 'longest_hod'; did you mean 'longest_hold'?"));
  EXPECT_THAT(refusal("thread(x).wiat<5ms"),
              HasSubstr("threads have no number 'wiat'; did you mean 'wait'?"));
  EXPECT_THAT(refusal("hand_over.p99<5ms"), HasSubstr("did you mean 'hand_over_p99'?"));
  EXPECT_THAT(refusal("tread(x).wait<5ms"), HasSubstr("did you mean 'thread'?"));
  EXPECT_THAT(refusal("quite_another_thing<5ms"), testing::Not(HasSubstr("did you mean")));
}

TEST(BudgetNumber, RefusesWhatCannotBeCompared) {
  const std::pair<const char*, const char*> wrong[] = {
      {"longest_hold<20%", "longest_hold is a time, and cannot be compared with a percentage"},
      {"longest_hold<50", "give the limit a unit"},
      {"wait_share<50ms", "wait_share is a share, and cannot be compared with a time"},
      {"wait_share<20", "did you mean 20%?"},
      {"gives(resize)>=1ms", "gives is a count"},
      {"turns<50%", "turns is a count"},
      {"sum(wait_share)<50%", "a sum of shares"},
      {"gives>=1", "which place?"},
      {"threads<1", "more than one number: say which, as threads.index"},
      {"python<1", "more than one number"},
      {"python.version<1", "'version' is no number"},
      {"wall_ns.x<1", "there is no number 'x'"},
      {"wall(x)<1s", "'wall' is no list"},
      {"gil(x).turns<1", "is chosen by its number, as gil(0)"},
      {"longest_waits.place.callers(x).line<1", "have no name: choose by number"},
  };
  for (const auto& [text, why] : wrong) EXPECT_THAT(refusal(text), HasSubstr(why)) << text;
  EXPECT_EQ(refusal("wall_ns<50"), "");       // the name is the unit
  EXPECT_EQ(refusal("longest_wait==0"), "");  // none is none in every unit
}

TEST(BudgetNumber, KnowsWhatIsAboutPlaces) {
  EXPECT_TRUE(is_about_places(parse_budget("lost==0, gives(resize)>=1")));
  EXPECT_FALSE(is_about_places(parse_budget("lost==0, wait_share(main)<1%")));
}

}  // namespace
}  // namespace gilscope::app
