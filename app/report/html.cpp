#include "app/report/html.h"

#include <algorithm>
#include <deque>
#include <ostream>

#include <fmt/format.h>

#include "app/report/json_report.h"
#include "app/report/json_text.h"
#include "app/report/page_assets.h"
#include "app/report/page_facts.h"
#include "app/report/page_records.h"

namespace gilscope::app {

namespace {

// Of one thread's bytes at a time. Small enough that the page decodes one without a pause.
constexpr std::size_t kBlock = std::size_t{768} << 10;

// Writes the records of every thread in blocks, as they come.
class RecordsWriter final : public probe::TurnSink {
 public:
  RecordsWriter(probe::Ticks begin, std::ostream& out) : begin_(begin), out_(out) {}

  void add(std::uint32_t thread, std::span<const probe::Turn> records) override {
    while (thread >= threads_.size()) threads_.emplace_back(begin_);
    PageRecords& bytes = threads_[thread];
    bytes.add(records);
    if (bytes.size() >= kBlock) write(thread);
  }
  void end_of_pass(probe::Ticks) override {}
  void finish() {
    for (std::uint32_t thread = 0; thread < threads_.size(); ++thread) {
      if (threads_[thread].size() > 0) write(thread);
    }
  }

 private:
  void write(std::uint32_t thread) {
    block_ = fmt::format("<script type=\"text/plain\" class=\"records\" data-thread=\"{}\">", thread);
    append_base64(block_, threads_[thread].take());
    block_ += "</script>\n";
    out_ << block_;
  }

  const probe::Ticks begin_;
  std::ostream& out_;
  std::deque<PageRecords> threads_;  // by index
  std::string block_;
};

}  // namespace

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char character : valid_utf8(text)) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

std::string page_policy(PageMode mode) {
  return fmt::format(
      "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'{}",
      kPageScriptHash, kPageStyleHash, mode == PageMode::kLive ? "; connect-src 'self'" : "");
}

void write_page_json(std::ostream& out, std::string_view id, std::string_view json) {
  out << "<script type=\"application/json\" id=\"" << id << "\">";
  // The element ends at the first "</script", and a "<!--" would change what that means. In JSON a '<' stands
  // in strings only.
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t next = std::min(json.find('<', at), json.size());
    out << json.substr(at, next - at);
    if (next < json.size()) out << "\\u003c";
    at = next + 1;
  }
  out << "</script>\n";
}

void write_page(std::ostream& out, PageMode mode, std::string_view title,
                const std::function<void(std::ostream&)>& write_data) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      << "<meta http-equiv=\"Content-Security-Policy\" content=\"" << page_policy(mode) << "\">\n"
      << "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      << "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light "
         "dark\">\n"
      << "<link rel=\"icon\" href=\"data:,\">\n<title>" << html_text(title) << "</title>\n<style>"
      << kPageStyle << "</style>\n</head>\n<body data-mode=\""
      << (mode == PageMode::kLive ? "live" : "report") << "\">\n"
      << "<noscript><p>This page draws a recorded run, which needs JavaScript. Nothing is loaded from "
         "elsewhere.</p></noscript>\n";
  // Seen while a large file is being read, and in one that was cut off.
  out << "<p id=\"loading\" class=\"progress\">reading the run … If nothing follows, the file is not "
         "complete.</p>\n";
  write_data(out);
  out << "<script>" << kPageScript << "</script>\n</body>\n</html>\n";
}

void write_html(const Report& report, const Trace& trace, std::ostream& out) {
  const std::string title = report.command.empty() ? "gilscope" : report.command + " - gilscope";
  write_page(out, PageMode::kReport, title, [&](std::ostream& body) {
    write_page_json(body, "report", json_report(report, -1));
    write_page_json(body, "facts", page_facts(report, trace.facts()));
    if (!report.verified) return;  // no numbers, and nothing to draw
    RecordsWriter records(trace.facts().begin, body);
    trace.replay(records);
    records.finish();
  });
}

}  // namespace gilscope::app
