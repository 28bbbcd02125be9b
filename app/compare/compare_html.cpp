#include "app/compare/compare_html.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "app/compare/compare_columns.h"
#include "app/compare/compare_picture.h"
#include "app/compare/compare_talk.h"
#include "app/compare/compare_text.h"
#include "app/compare/compare_without_gil.h"
#include "app/report/html.h"
#include "app/report/picture_cairo.h"
#include "app/report/picture_svg.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

// Large enough for a projector, light and dark.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #16191d; --faint: #565d66; --paper: #fff; --line: #c6ccd4; --bar: #0072b2;
  --bad: #7a1d00; --bad-paper: #ffe3d6; }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f3f5; --faint: #aab3bd; --paper: #14171b; --line: #434c56;
  --bar: #56b4e9; --bad: #ffd9c9; --bad-paper: #5c1f0a; } }
body { margin: 0 auto; max-width: 1500px; padding: 14px 24px 60px; background: var(--paper); color: var(--ink);
  font: 18px/1.45 system-ui, sans-serif; }
h1 { font-size: 28px; margin: 0; } h2 { font-size: 22px; margin: 28px 0 6px; } p { margin: 4px 0; }
.faint { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 12px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th { color: var(--faint); font-weight: 600; }
td.best { font-weight: 700; } td.best::after { content: " *"; }
table.words td { white-space: normal; text-align: left; vertical-align: top; } table.words th { text-align: left; }
tr.base td { background: color-mix(in srgb, var(--line) 35%, transparent); }
svg.bar { width: 180px; height: 14px; vertical-align: middle; } svg.bar rect { fill: var(--bar); }
dt { font-weight: 600; } dd { margin: 0 0 6px 20px; }
.errors { background: var(--bad-paper); color: var(--bad); padding: 8px 14px; }
pre { overflow-x: auto; font-size: 14px; }
figure { margin: 20px 0; background: #fff; } figure svg { width: 100%; height: auto; display: block; }
)";

void write_table(const Point& point, std::ostream& out) {
  const std::vector<const PatternResult*> rows = sorted_by_wall(point);
  if (rows.empty()) return;
  const std::vector<TableColumn> columns = table_columns(point, rows);
  double least = 0, most = 0;
  for (const PatternResult* const row : rows) {
    const double speed_up = figures_of(*row, point).speed_up;
    least = least == 0 ? speed_up : std::min(least, speed_up);
    most = std::max(most, speed_up);
  }
  out << "<div class=\"wide\"><table>\n<thead><tr><th>pattern</th>";
  for (const TableColumn& column : columns) {
    out << "<th>" << html_text(column.title == "+-" ? "±" : column.title) << "</th>";
    if (column.title == "speed-up")
      out << "<th>" << (has_logarithmic_bars(least, most) ? "(logarithmic)" : "") << "</th>";
  }
  out << "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_base = rows[i]->pattern == point.results.front().pattern;
    out << (is_base ? "<tr class=\"base\">" : "<tr>") << "<td title=\"" << html_text(rows[i]->pattern->how)
        << "\">" << html_text(rows[i]->pattern->title) << "</td>";
    for (const TableColumn& column : columns) {
      out << (column.best[i] ? "<td class=\"best\">" : "<td>") << html_text(column.cells[i]) << "</td>";
      if (column.title != "speed-up") continue;
      out << fmt::format(
          "<td><svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
          "<rect width=\"{:.1f}\" height=\"10\"/></svg></td>",
          100 * bar_share(figures_of(*rows[i], point).speed_up, least, most));
    }
    out << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
}

void write_absent(const Point& point, std::ostream& out) {
  std::string errors, others;
  for (const Absence& one : absences(point)) {
    const bool is_error = one.result->outcome == Outcome::kWrong || one.result->outcome == Outcome::kFailed;
    std::string& list = is_error ? errors : others;
    list += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_text(one.title), html_text(one.reason));
    if (!one.result->traceback.empty())
      list += fmt::format("<dd><pre>{}</pre></dd>\n", html_text(one.result->traceback));
  }
  if (!errors.empty()) out << "<h2>Errors</h2>\n<dl class=\"errors\">\n" << errors << "</dl>\n";
  if (!others.empty()) out << "<h2>Not run</h2>\n<dl>\n" << others << "</dl>\n";
}

void write_paragraphs(const std::vector<std::string>& sentences, std::ostream& out) {
  for (const std::string& one : sentences) out << "<p>" << html_text(one) << "</p>\n";
}

void write_picture_element(const Comparison& comparison, std::ostream& out) {
  std::ostringstream svg;
  write_svg(comparison_scene(comparison, cairo_measure()), "gilscope compare " + comparison.workload, svg);
  const std::string text = svg.str();
  // Without what a file begins with.
  out << "<figure>\n" << text.substr(std::min(text.find("<svg"), text.size())) << "</figure>\n";
}

void write_grid(const Grid& grid, std::string_view kind, std::ostream& out) {
  out << "<div class=\"wide\"><table class=\"" << kind << "\">\n<thead><tr>";
  for (const std::string& cell : grid.head) out << "<th>" << html_text(cell) << "</th>";
  out << "</tr></thead>\n<tbody>\n";
  for (const auto& row : grid.rows) {
    out << "<tr>";
    for (const std::string& cell : row) out << "<td>" << html_text(cell) << "</td>";
    out << "</tr>\n";
  }
  out << "</tbody></table></div>\n";
}

}  // namespace

void write_comparison_html(const Comparison& comparison, std::ostream& out) {
  out << "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; img-src "
         "data:\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n<title>"
      << html_text("gilscope compare " + comparison.workload) << "</title>\n<style>" << kStyle
      << "</style>\n</head>\n<body>\n<h1>" << html_text(comparison_title(comparison))
      << "</h1>\n<p class=\"faint\">" << html_text(comparison_machine(comparison)) << "</p>\n";
  if (comparison.interrupted)
    out << "<p class=\"errors\">Interrupted: this is what was measured until then.</p>\n";
  if (comparison.points.size() > 1) write_picture_element(comparison, out);
  write_paragraphs(pay_off_sentences(comparison), out);
  for (const Point& point : comparison.points) {
    if (comparison.points.size() > 1) {
      out << "<h2>" << html_text(point.size) << ", "
          << counted(static_cast<std::uint64_t>(point.threads), "thread") << "</h2>\n";
    }
    write_table(point, out);
    write_paragraphs(table_notes(comparison, point), out);
    write_absent(point, out);
  }
  if (const Grid grid = without_gil_grid(comparison); !grid.rows.empty()) {
    out << "<h2>The threads without the GIL</h2>\n";
    write_grid(grid, "numbers", out);
    write_paragraphs(without_gil_sentences(comparison), out);
  }
  if (const Grid talk = talk_grid(comparison); !talk.rows.empty()) {
    out << "<h2>nogil sections, or the free-threaded build</h2>\n";
    write_grid(talk, "words", out);
  }
  for (const std::string& note : comparison.notes) out << "<p>Note: " << html_text(note) << "</p>\n";
  out << "<p class=\"faint\">gilscope " << html_text(comparison.gilscope_version)
      << "</p>\n</body>\n</html>\n";
}

}  // namespace gilscope::app
