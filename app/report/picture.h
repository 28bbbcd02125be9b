// A run as one picture for a slide: what it was, the key figures, and a timeline of who held the GIL and who
// waited. Drawn once, as a list of boxes and labels, and written as PNG, PDF or SVG. Not for numbers (the
// Report has them). Thread rule: one thread at a time.
//
// A picture has far fewer columns of pixels than a run has turns. A hold or wait that is at least as
// wide as a column is drawn as it is; of shorter ones each column shows the exact share of its time that they
// take, as height: nothing is sampled, and nothing that happened is left out.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "app/report/report.h"
#include "app/trace_file/trace.h"

namespace gilscope::app {

enum class PictureFormat : std::uint8_t { kPng, kSvg, kPdf };

struct PictureOptions {
  PictureFormat format = PictureFormat::kPng;
  /// The span of the run to draw, from the begin of the recording; `to_ns` may lie behind its end.
  std::uint64_t from_ns = 0;
  std::uint64_t to_ns = ~std::uint64_t{0};
};

/// By the extension of a file's name: .png, .svg or .pdf. Throws UserError for any other.
PictureFormat picture_format(const std::string& path);

/// 1920 x 1080; in PDF and SVG the letters stay text. The figures are those of `report`, always of the whole
/// run. Equal input gives equal bytes, where fonts are equal. Throws UserError: Cairo or a font is not there,
/// or the span holds nothing.
void write_picture(const Report& report, const Trace& trace, const PictureOptions& options,
                   std::ostream& out);

}  // namespace gilscope::app
