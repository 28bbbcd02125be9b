#include "app/compare/compare_picture.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/compare/compare_columns.h"
#include "app/compare/compare_curves.h"
#include "app/compare/compare_text.h"
#include "app/compare/compare_without_gil.h"
#include "app/report/picture_cairo.h"
#include "app/report/picture_svg.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kMargin = 60;
constexpr double kTextWidth = kPageWidth - 2 * kMargin;
constexpr Font kTitle{48, true};
constexpr Font kBody{28, false};
constexpr Font kStrong{28, true};
constexpr Font kSmall{22, false};
constexpr double kTop = 190;
constexpr double kBottom = 990;
constexpr double kMostRow = 60;
constexpr double kBarLeft = 430;
constexpr double kBarWidth = 640;

// Right ends of the columns behind the bars.
struct PictureColumn {
  const char* title;
  double right;
};
constexpr PictureColumn kColumns[] = {{"wall", 1400}, {"cores", 1520}, {"GIL wait", 1700}, {"memory", 1860}};

std::string plain(std::string text) { return printable(text, false); }

void lay_out_head(const Comparison& comparison, const Measure& measure, Scene& scene) {
  scene.labels.push_back({kMargin, 84,
                          fitted(plain(comparison_title(comparison)), kTextWidth, kTitle, measure), kTitle,
                          colours::kInk, Align::kLeft});
  scene.labels.push_back({kMargin, 132,
                          fitted(plain(comparison_machine(comparison)), kTextWidth, kBody, measure), kBody,
                          colours::kFaintInk, Align::kLeft});
}

void lay_out_foot(const std::string& text, const Measure& measure, Scene& scene) {
  scene.labels.push_back({kMargin, 1050, fitted(plain(text), kTextWidth, kSmall, measure), kSmall,
                          colours::kFaintInk, Align::kLeft});
}

// The sequential one is what the others are compared with: gray. A pattern that does not pay off is orange.
Colour bar_colour(const PatternResult& row, const Point& point, double speed_up) {
  if (row.pattern == point.results.front().pattern) return colours::kDark;
  return speed_up >= kPaysOff ? colours::kBlue : colours::kOrange;
}

void lay_out_bars(const Point& point, const Measure& measure, Scene& scene) {
  const std::vector<const PatternResult*> rows = sorted_by_wall(point);
  if (rows.empty()) return;
  std::vector<Figures> figures;
  double least = 0, most = 0;
  for (const PatternResult* const row : rows) {
    figures.push_back(figures_of(*row, point));
    const double speed_up = figures.back().speed_up;
    least = least == 0 ? speed_up : std::min(least, speed_up);
    most = std::max(most, speed_up);
  }
  scene.labels.push_back({kBarLeft, kTop,
                          has_logarithmic_bars(least, most) ? "speed-up (logarithmic)" : "speed-up", kSmall,
                          colours::kFaintInk, Align::kLeft});
  for (const PictureColumn& column : kColumns) {
    scene.labels.push_back({column.right, kTop, column.title, kSmall, colours::kFaintInk, Align::kRight});
  }
  const double height = std::min(kMostRow, (kBottom - kTop - 20) / static_cast<double>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = kTop + 20 + height * static_cast<double>(i);
    const double line = y + height * 0.5 + 10;
    const Figures& row = figures[i];
    const bool is_base = rows[i]->pattern == point.results.front().pattern;
    const Font font = is_base ? kStrong : kBody;
    scene.labels.push_back({kMargin, line,
                            fitted(rows[i]->pattern->title, kBarLeft - kMargin - 20, font, measure), font,
                            colours::kInk, Align::kLeft});
    const double width = std::max(2.0, bar_share(row.speed_up, least, most) * kBarWidth);
    scene.boxes.push_back({kBarLeft, y + height * 0.15, width, height * 0.7,
                           bar_colour(*rows[i], point, row.speed_up),
                           row.speed_up >= kPaysOff || is_base ? Fill::kSolid : Fill::kHatched});
    scene.labels.push_back(
        {kBarLeft + width + 12, line, ratio(row.speed_up), font, colours::kInk, Align::kLeft});
    const std::string cells[] = {duration(row.wall_ns), fmt::format("{:.2f}", row.cores_used),
                                 row.gil_known ? whole_percent(row.gil_wait_share) : "-",
                                 megabytes(row.peak_bytes)};
    for (std::size_t at = 0; at < std::size(cells); ++at) {
      scene.labels.push_back({kColumns[at].right, line, cells[at], font, colours::kInk, Align::kRight});
    }
  }
}

// In the bars' free line: the estimate, and what was measured.
void lay_out_without_gil(const Point& point, const Measure& measure, Scene& scene) {
  if (!point.without_gil || !point.without_gil->unknown_reason.empty()) return;
  const WithoutGil& estimate = *point.without_gil;
  std::string text = fmt::format("Threads without the GIL: estimated {}", duration(estimate.wall_ns));
  if (const std::optional<double> error = estimate_error(point)) {
    text += fmt::format(", measured {} ({:+.0f} %)", duration(measured_without_gil_ns(point)), *error * 100);
  }
  text += fmt::format("; on {} cores", ratio(estimate.cores));
  if (estimate.price_is_measured) text += fmt::format(", one thread pays {}", ratio(estimate.price));
  scene.labels.push_back({kMargin, 1022, fitted(plain(text + "."), kTextWidth, kSmall, measure), kSmall,
                          colours::kInk, Align::kLeft});
}

}  // namespace

Scene comparison_scene(const Comparison& comparison, const Measure& measure) {
  Scene scene;
  lay_out_head(comparison, measure, scene);
  if (comparison.points.size() == 1) {
    lay_out_bars(comparison.points.front(), measure, scene);
    lay_out_without_gil(comparison.points.front(), measure, scene);
    lay_out_foot(fmt::format("Hatched: not {} times as fast as sequential. GIL wait: share of the wall in "
                             "which a thread waited for "
                             "the GIL (of processes: of the first one).",
                             kPaysOff),
                 measure, scene);
  } else if (!comparison.points.empty()) {
    lay_out_curves(sweep_of(comparison), {.left = 150, .top = 190, .right = 1460, .bottom = 940}, measure,
                   scene);
    lay_out_foot(
        "How many times as fast as sequential, on a logarithmic scale: above the line of 1, a pattern wins.",
        measure, scene);
  }
  return scene;
}

void write_comparison_picture(const Comparison& comparison, PictureFormat format,
                              std::uint64_t created_unix_ns, std::ostream& out) {
  const Scene scene = comparison_scene(comparison, cairo_measure());
  const std::string title = plain(fmt::format("gilscope compare {}", comparison.workload));
  switch (format) {
    case PictureFormat::kPng:
      return write_png(scene, out);
    case PictureFormat::kSvg:
      return write_svg(scene, title, out);
    case PictureFormat::kPdf:
      return write_pdf(scene, title, created_unix_ns, out);
  }
}

}  // namespace gilscope::app
