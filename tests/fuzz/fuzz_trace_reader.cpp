// The trace reader against bytes that nobody wrote: whatever they are, they are read or refused, and the
// numbers are made. For libFuzzer (scripts/fuzz.sh); the unit tests call it on damaged files, too.
#include <cstddef>
#include <cstdint>

#include "app/report/json_report.h"
#include "app/report/summary.h"
#include "app/trace_file/trace_reader.h"
#include "app/user_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gilscope::app;
  try {
    const TraceReader trace = TraceReader::of_bytes({data, size}, "fuzz.gil");
    const Report report = report_of(trace);
    const std::string json = json_report(report);
    const std::string text = summary(report, {});
    if (json.empty() || text.empty()) __builtin_trap();  // a report says something
  } catch (const UserError&) {
    // refused: the one way for a file to fail
  }
  return 0;
}
