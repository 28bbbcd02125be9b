#include "app/live_web/live_page.h"

#include <ostream>

#include "app/report/json_report.h"

namespace gilscope::app {

std::string live_page() {
  return R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>gilscope live</title>
<pre id="numbers">waiting for the run ...</pre>
<script>
const shown = document.getElementById("numbers");
const events = new EventSource("/events");
const show = event => { shown.textContent = JSON.stringify(JSON.parse(event.data), null, 2); };
events.addEventListener("numbers", show);
events.addEventListener("end", async event => {
  show(event);
  await (await fetch("/report")).text();
  events.close();
});
</script>
)";
}

void write_final_page(const Report& report, const Trace*, std::ostream& out) { out << json_report(report); }

}  // namespace gilscope::app
