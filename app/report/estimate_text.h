// What the run would take without the GIL, in words. Not for working it out: timeline/estimate.h. Thread
// rule: pure functions.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// As in JSON: "cores", "threads" or "outside".
std::string bound_name(EstimateReport::Bound bound);

/// One sentence: "Without the GIL, on 2 cores: about 0.52 s (1.9x); bound by the cores." Where it is not
/// known who ended the stretches outside, a range. Empty where there is nothing to say: fewer than two
/// threads computed, or hardly any waited, or there is no estimate. Spaces inside a value are kFixedSpace.
std::string estimate_text(const Report& report);

}  // namespace gilscope::app
