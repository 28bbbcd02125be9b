// Where everything on the picture goes: the page's head and foot from the report, the lanes between them from
// the columns. Thread rule: pure functions, but for going through the trace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/report/picture_columns.h"
#include "app/report/picture_scene.h"
#include "app/report/report.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

/// The plot. Columns are as wide as one sees from afar.
inline constexpr double kPlotX = 340;
inline constexpr double kPlotWidth = 1280;
inline constexpr double kPlotRight = kPlotX + kPlotWidth;
inline constexpr double kColumnWidth = 4;
inline constexpr std::size_t kPlotColumns = 320;
static_assert(kColumnWidth * kPlotColumns == kPlotWidth);

/// The whole picture. Throws UserError when the span holds nothing.
Scene picture_scene(const Report& report, const Trace& trace, std::uint64_t from_ns, std::uint64_t to_ns,
                    const Measure& measure);

/// Title, what is wrong, conclusion and key figures. Returns the y below them.
double lay_out_head(const Report& report, const Measure& measure, Scene& scene);

/// The proof, at the bottom of the page.
void lay_out_foot(const Report& report, const Measure& measure, Scene& scene);

/// How many rows of lanes fit below `top`.
std::size_t rows_that_fit(double top);

/// The part of the run that is drawn.
struct PictureSpan {
  probe::Ticks begin_of_run = 0;
  probe::TickScale scale;
  bool is_whole = true;
};

/// Lanes of GILs and threads, time axis and legend.
void lay_out_lanes(const Report& report, const PictureColumns& columns, const ColumnScale& scale,
                   const PictureSpan& span, double top, const Measure& measure, Scene& scene);

/// Round moments of [from_ns, to_ns], with their labels: at most `most`, at least two where that can be.
struct TimeTick {
  std::uint64_t ns = 0;
  std::string label;
};
std::vector<TimeTick> time_ticks(std::uint64_t from_ns, std::uint64_t to_ns, std::size_t most);

}  // namespace gilscope::app
