#include "app/budget/document.h"

#include "app/report/json_report.h"

namespace gilscope::app {

namespace {

Report example_report() {
  const PlaceReport place = {{"app.py", 1, "work"}, {"app.py", 2, "main"}};
  Report report;
  report.verified = true;
  report.cpu_known = true;
  report.gils.emplace_back();
  ThreadReport thread;
  thread.cpu_known = true;
  report.threads.push_back(thread);
  report.regions.emplace_back();
  report.marks.emplace_back();
  report.kernels.emplace_back();
  report.collections.emplace_back();
  report.waited_for.push_back({0, 0, 0, 1});
  report.blockers.push_back({place, 0, 0, 0, 0});
  LongWaitReport wait;
  wait.place = wait.holder_place = place;
  report.longest_waits.push_back(wait);
  report.obeyed_latest.push_back({0, 0, 0, 0, false, place});
  report.giving.push_back({place, 0, 0, 0, false});
  report.estimate.emplace();
  return report;
}

}  // namespace

Json document_of(const Report& report) { return Json::parse(json_report(report, -1)); }

const Json& example_document() {
  static const Json kDocument = document_of(example_report());
  return kDocument;
}

}  // namespace gilscope::app
