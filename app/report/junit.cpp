#include "app/report/junit.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <string_view>

#include <fmt/format.h>

#include "app/report/json_text.h"

namespace gilscope::app {

namespace {

// U+FFFE and U+FFFF, as no control characters, are no characters of XML 1.0 (section 2.2).
bool begins_noncharacter(std::string_view text) {
  return text.starts_with("\xef\xbf\xbe") || text.starts_with("\xef\xbf\xbf");
}

// For an attribute or an element: there a line break is one only when it is escaped.
std::string xml_text(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string xml;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    if (c == '&') {
      xml += "&amp;";
    } else if (c == '<') {
      xml += "&lt;";
    } else if (c == '>') {
      xml += "&gt;";
    } else if (c == '"') {
      xml += "&quot;";
    } else if (c == '\n' || c == '\t' || c == '\r') {
      xml += fmt::format("&#{};", static_cast<int>(c));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      xml += "\ufffd";
    } else if (begins_noncharacter(std::string_view(valid).substr(i))) {
      xml += "\ufffd";
      i += 2;
    } else {
      xml += c;
    }
  }
  return xml;
}

std::string class_name(const Report& report) {
  constexpr std::string_view kProgram = "gilscope run ";
  std::string command = report.command.empty() ? "run" : report.command;
  if (command.starts_with(kProgram)) command.erase(0, kProgram.size());
  std::ranges::replace(command, '.', '_');
  return "gilscope.budget." + command;
}

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace

void write_junit(const BudgetResult& result, const Report& report, std::ostream& out) {
  const std::string counts = fmt::format(R"(tests="{}" failures="{}" errors="0" skipped="0" time="{:.6f}")",
                                         result.bounds.size(), result.broken(), seconds(report.wall_ns));
  const std::string suite = xml_text(report.command.empty() ? "gilscope run" : report.command);
  out << R"(<?xml version="1.0" encoding="UTF-8"?>)" << '\n';
  out << fmt::format("<testsuites name=\"gilscope budget\" {}>\n", counts);
  out << fmt::format("  <testsuite name=\"{}\" {}>\n", suite, counts);
  const std::string classname = xml_text(class_name(report));
  const double each =
      seconds(report.wall_ns) / static_cast<double>(std::max<std::size_t>(result.bounds.size(), 1));
  std::map<std::string, int> seen;
  for (const BoundResult& bound : result.bounds) {
    const int times = ++seen[bound.bound];
    const std::string name = times == 1 ? bound.bound : fmt::format("{} ({})", bound.bound, times);
    out << fmt::format(R"(    <testcase classname="{}" name="{}" time="{:.6f}")", classname, xml_text(name),
                       each);
    if (!bound.broken) {
      out << "/>\n";
      continue;
    }
    const std::string found = xml_text(bound.found);
    out << fmt::format(
        ">\n      <failure message=\"{0}\" type=\"budget\">budget broken: {1}: {0}</failure>\n", found,
        xml_text(bound.bound));
    out << "    </testcase>\n";
  }
  out << "  </testsuite>\n</testsuites>\n";
}

}  // namespace gilscope::app
