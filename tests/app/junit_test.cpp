#include "app/report/junit.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/sample_report.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;

std::string junit(const std::string& budget, const Report& report) {
  std::ostringstream out;
  write_junit(check_budget(parse_budget(budget), report), report, out);
  return out.str();
}

TEST(Junit, WritesACaseForEachBound) {
  Report report = sample_report();
  report.command = "gilscope run -t 2 demo.py";
  EXPECT_EQ(junit("longest_hold<12ms, turns==1240", report), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="gilscope budget" tests="3" failures="1" errors="0" skipped="0" time="4.120000">
  <testsuite name="gilscope run -t 2 demo.py" tests="3" failures="1" errors="0" skipped="0" time="4.120000">
    <testcase classname="gilscope.budget.-t 2 demo_py" name="longest_hold&lt;12ms" time="1.373333">
      <failure message="12.4 ms, thread &quot;MainThread&quot;; 2 more break it" type="budget">budget broken: longest_hold&lt;12ms: 12.4 ms, thread &quot;MainThread&quot;; 2 more break it</failure>
    </testcase>
    <testcase classname="gilscope.budget.-t 2 demo_py" name="turns==1240" time="1.373333"/>
    <testcase classname="gilscope.budget.-t 2 demo_py" name="the numbers are exact" time="1.373333"/>
  </testsuite>
</testsuites>
)");
}

TEST(Junit, NumbersBoundsThatAreWrittenAlike) {
  const std::string xml = junit("turns==1240, turns==1240", sample_report());
  EXPECT_THAT(xml, HasSubstr("name=\"turns==1240\""));
  EXPECT_THAT(xml, HasSubstr("name=\"turns==1240 (2)\""));
}

TEST(Junit, StaysXmlWhateverThingsAreCalled) {
  Report report = sample_report();
  report.command = "gilscope run -c 'a\x1b[0m<&>\xff\"\tb\n\xef\xbf\xbe'";
  const std::string xml = junit("turns==1240", report);
  EXPECT_THAT(xml, HasSubstr("-c 'a\ufffd[0m&lt;&amp;&gt;\ufffd&quot;&#9;b&#10;\ufffd'"));
}

}  // namespace
}  // namespace gilscope::app
