// A scene drawn with Cairo: PNG and PDF, and how wide texts are. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>

#include "app/report/picture_scene.h"

namespace gilscope::app {

/// Measures with the font that the pictures are drawn with. Throws UserError: Cairo or fonts are missing.
Measure cairo_measure();

/// Throw UserError when Cairo cannot.
void write_png(const Scene& scene, std::ostream& out);
/// `created_unix_ns` is the date that the file says.
void write_pdf(const Scene& scene, const std::string& title, std::uint64_t created_unix_ns,
               std::ostream& out);

}  // namespace gilscope::app
