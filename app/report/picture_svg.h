// A scene as SVG: written here and not by Cairo, which makes shapes of letters; these stay text that can be
// selected, found and edited. Thread rule: pure function.
#pragma once

#include <ostream>
#include <string>

#include "app/report/picture_scene.h"

namespace gilscope::app {

/// Valid XML 1.0 whatever the labels hold.
void write_svg(const Scene& scene, const std::string& title, std::ostream& out);

}  // namespace gilscope::app
