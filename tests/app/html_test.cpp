// What stands in the page: that nothing from the run can leave its element, and that the data are the
// report's.
#include "app/report/html.h"

#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "app/report/json_report.h"
#include "app/report/page_facts.h"
#include "tests/app/sample_trace.h"

namespace gilscope::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(const MemoryTrace& trace) {
  std::ostringstream out;
  write_html(trace.report(), trace, out);
  return out.str();
}

// The text of the element with this id.
std::string element(const std::string& page, const std::string& id) {
  const std::size_t begin = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(begin, page.find("</script", begin) - begin);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(Html, HoldsTheReportAsJsonSaysIt) {
  const MemoryTrace trace = sample_trace();
  const std::string page = page_of(trace);
  EXPECT_EQ(nlohmann::json::parse(json_report(trace.report())),
            nlohmann::json::parse(element(page, "report")));
  EXPECT_EQ(nlohmann::json::parse(page_facts(trace.report(), trace.facts())),
            nlohmann::json::parse(element(page, "facts")));
  EXPECT_EQ(3u, count_of(page, "class=\"records\""));
}

TEST(Html, NamesCannotLeaveTheirElement) {
  MemoryTrace trace = sample_trace();
  const std::string evil = "</script><script>alert(1)</script><!--\"'&\xe2\x80\xa8\xff";
  trace.its_facts.run.command = evil;
  trace.its_facts.threads[0].name = evil;
  trace.its_facts.names[1] = evil;
  trace.its_facts.places[1].file = evil;
  trace.its_facts.places[1].function = evil;
  const std::string page = page_of(trace);
  EXPECT_EQ(count_of(page_of(sample_trace()), "<script"), count_of(page, "<script"));
  EXPECT_EQ(count_of(page, "<script"), count_of(page, "</script"));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  EXPECT_THAT(page, HasSubstr("<title>&lt;/script&gt;&lt;script&gt;"));
  EXPECT_EQ("</script><script>alert(1)</script><!--\"'&\xe2\x80\xa8\xef\xbf\xbd",
            nlohmann::json::parse(element(page, "report"))["threads"][0]["name"]);
}

TEST(Html, ARunThatIsNotVerifiedHasNoRecords) {
  MemoryTrace trace = sample_trace();
  trace.its_facts.run.verified = false;
  trace.its_facts.run.unverified_reason = "the probe saw nothing";
  const std::string page = page_of(trace);
  EXPECT_EQ(0u, count_of(page, "class=\"records\""));
  EXPECT_THAT(element(page, "facts"), HasSubstr("the probe saw nothing"));
}

TEST(Html, LongRunsComeInBlocks) {
  MemoryTrace trace;
  trace.its_facts = sample_trace().its_facts;
  std::vector<probe::Turn> records;
  for (std::uint32_t i = 0; i < 300'000; ++i)
    records.push_back(turn(i, i * 1'000, i * 1'000, i * 1'000 + 500));
  trace.add(0, records);
  trace.end_pass();
  trace.add(0, {turn(300'000, 300'000'000, 300'000'000, 300'000'100)});
  trace.end_pass();
  EXPECT_EQ(2u, count_of(page_of(trace), "class=\"records\" data-thread=\"0\""));
}

TEST(Html, ThePolicyAllowsNothingButThePage) {
  EXPECT_THAT(page_policy(PageMode::kReport), HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(page_policy(PageMode::kReport), Not(HasSubstr("connect-src")));
  EXPECT_THAT(page_policy(PageMode::kReport), Not(HasSubstr("unsafe")));
  EXPECT_THAT(page_policy(PageMode::kLive), HasSubstr("; connect-src 'self'"));
  std::ostringstream live;
  write_page(live, PageMode::kLive, "live",
             [](std::ostream& out) { write_page_json(out, "token", "\"<\""); });
  EXPECT_THAT(live.str(), HasSubstr("<body data-mode=\"live\">"));
  EXPECT_THAT(live.str(), HasSubstr("id=\"token\">\"\\u003c\"</script>"));
}

TEST(Html, TextIsEscaped) {
  EXPECT_EQ("a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; \xef\xbf\xbd", html_text("a <b> & \"c\" 'd' \xff"));
}

TEST(PageFacts, LaterOnlyWhatIsNew) {
  const MemoryTrace trace = sample_trace();
  const nlohmann::json facts = nlohmann::json::parse(page_facts(trace.report(), trace.facts(), 2, 4));
  EXPECT_EQ(2, facts["first_name"]);
  EXPECT_EQ(nlohmann::json({"checkpoint", "blur"}), facts["names"]);
  EXPECT_EQ(nlohmann::json::parse(R"([["/home/me/demo.py", 12, "read", 3]])"), facts["places"]);
  EXPECT_EQ(0, facts["threads"][0]["begin"]);
  EXPECT_EQ(nullptr, facts["threads"][0]["end"]);
  EXPECT_EQ(4'000'000, facts["threads"][2]["end"]);
  EXPECT_EQ(nullptr, facts["open"][1]["take"]);
  EXPECT_EQ(4'710'000, facts["open"][0]["take"]);
}

}  // namespace
}  // namespace gilscope::app
