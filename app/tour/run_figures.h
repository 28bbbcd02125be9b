// What a step of the tour has measured, run by run: what its sentence is made of. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace gilscope::app {

struct RunFigures {
  std::string_view label;
  bool measured = false;
  std::uint64_t wall_ns = 0;
  double times = 0;  ///< as fast as the run that it is compared with; 0: compared with none
  double cores_used = 0;
  bool gil_known = false;
  double gil_wait_share = 0;  ///< of the wall: at least one thread waited for the GIL
};

struct StepFigures {
  std::vector<RunFigures> runs;  ///< as the step has them
  int cores = 0;                 ///< that may be used
};

}  // namespace gilscope::app
