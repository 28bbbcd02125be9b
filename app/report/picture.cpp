#include "app/report/picture.h"

#include <algorithm>
#include <filesystem>

#include "app/report/picture_cairo.h"
#include "app/report/picture_columns.h"
#include "app/report/picture_layout.h"
#include "app/report/picture_svg.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"
#include "app/user_error.h"

namespace gilscope::app {

using probe::Ticks;

namespace {

constexpr std::size_t kMostGils = 3;

Ticks ticks_of(std::uint64_t ns, probe::TickScale scale) {
  return static_cast<Ticks>(static_cast<double>(ns) / scale.ns_per_tick + 0.5);
}

}  // namespace

Scene picture_scene(const Report& report, const Trace& trace, std::uint64_t from_ns,
                    std::uint64_t given_to_ns, const Measure& measure) {
  Scene scene;
  const double top = lay_out_head(report, measure, scene);
  lay_out_foot(report, measure, scene);
  if (!report.verified) return scene;

  const TraceFacts& facts = trace.facts();
  const std::uint64_t to_ns = std::min(given_to_ns, report.wall_ns);
  if (from_ns >= to_ns && report.wall_ns > 0) {
    throw UserError("the picture's span is empty: it is from " + duration(from_ns) + " to " +
                    duration(to_ns) + ", and the recording is " + duration(report.wall_ns) + " long");
  }
  const Ticks end = facts.begin + std::max<Ticks>(ticks_of(report.wall_ns, facts.scale), 1);
  const Ticks from = std::min(facts.begin + ticks_of(from_ns, facts.scale), end - 1);
  const Ticks to = std::clamp(facts.begin + ticks_of(to_ns, facts.scale), from + 1, end);
  const PictureSpan span{facts.begin, facts.scale, from == facts.begin && to == end};
  // Fewer ticks than columns: then a column is less than a tick.
  const ColumnScale scale(from, to, kPlotColumns);
  const std::size_t rows = rows_that_fit(top);
  const std::size_t gils = std::min({kMostGils, std::max<std::size_t>(report.gils.size(), 1), rows - 1});
  const PictureColumns columns = read_columns(trace, scale, end, rows - gils, gils);
  lay_out_lanes(report, columns, scale, span, top, measure, scene);
  return scene;
}

PictureFormat picture_format(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (extension == ".png") return PictureFormat::kPng;
  if (extension == ".svg") return PictureFormat::kSvg;
  if (extension == ".pdf") return PictureFormat::kPdf;
  throw UserError("--picture '" + path + "' names no kind of picture; end it with .png, .svg or .pdf");
}

void write_picture(const Report& report, const Trace& trace, const PictureOptions& options,
                   std::ostream& out) {
  const Scene scene = picture_scene(report, trace, options.from_ns, options.to_ns, cairo_measure());
  const std::string title = printable("gilscope: " + report.command, false);
  switch (options.format) {
    case PictureFormat::kPng:
      return write_png(scene, out);
    case PictureFormat::kSvg:
      return write_svg(scene, title, out);
    case PictureFormat::kPdf:
      return write_pdf(scene, title, trace.facts().run.started_unix_ns, out);
  }
}

}  // namespace gilscope::app
