// A comparison as one picture for a slide: bars of one point, or the curves of a sweep. Thread rule: one
// thread at a time.
#pragma once

#include <cstdint>
#include <ostream>

#include "app/compare/comparison.h"
#include "app/report/picture.h"
#include "app/report/picture_scene.h"

namespace gilscope::app {

/// The boxes and labels of it.
Scene comparison_scene(const Comparison& comparison, const Measure& measure);

/// Throws UserError: Cairo or a font is not there.
void write_comparison_picture(const Comparison& comparison, PictureFormat format,
                              std::uint64_t created_unix_ns, std::ostream& out);

}  // namespace gilscope::app
