// The page on which one looks at a run: one self-contained HTML file, without anything from elsewhere. Its
// behaviour is app/page/; this file puts it together with a run's data. Not for numbers: the page prints
// those of the report, and adds up the records for a part of the run. Thread rule: one thread at a time.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

/// What the page shows: app/page/start.js begins as this says.
enum class PageMode {
  kReport,  ///< a run that is over: its data are in the page; it asks nothing of any network
  kLive,    ///< a run that goes on: the page asks for its data where it came from, and nowhere else
};

/// Writes a page. `write_data` writes what stands in its body before the script: elements of page_data().
void write_page(std::ostream& out, PageMode mode, std::string_view title,
                const std::function<void(std::ostream&)>& write_data);

/// A part of the data, as an element of that id which no browser runs or shows. `json` may hold any text.
void write_page_json(std::ostream& out, std::string_view id, std::string_view json);

/// The whole run. Goes through the trace once.
void write_html(const Report& report, const Trace& trace, std::ostream& out);

/// The page's Content-Security-Policy, for the header of who serves it, too.
std::string page_policy(PageMode mode);

/// `text` as it may stand in an element or a quoted attribute. Valid UTF-8.
std::string html_text(std::string_view text);

}  // namespace gilscope::app
