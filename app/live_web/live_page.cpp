#include "app/live_web/live_page.h"

#include <ostream>
#include <sstream>

#include "app/report/html.h"

namespace gilscope::app {

WebPage live_page() {
  std::ostringstream out;
  write_page(out, PageMode::kLive, "gilscope live", [](std::ostream&) {});
  return {.html = out.str(), .policy = page_policy(PageMode::kLive)};
}

void write_final_page(const Report& report, const Trace* trace, std::ostream& out) {
  static const NoTrace kNoTrace;
  write_html(report, trace != nullptr ? *trace : kNoTrace, out);
}

}  // namespace gilscope::app
