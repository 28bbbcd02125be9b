// The curves of a sweep, laid out as boxes and labels: how much faster each pattern is, point by point.
// Thread rule: pure function.
#pragma once

#include "app/compare/compare_sweep.h"
#include "app/report/picture_scene.h"

namespace gilscope::app {

/// Where the axes are; the curves' names stand to the right of it.
struct CurveFrame {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

void lay_out_curves(const Sweep& sweep, const CurveFrame& frame, const Measure& measure, Scene& scene);

}  // namespace gilscope::app
