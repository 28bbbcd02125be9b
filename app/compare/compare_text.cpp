#include "app/compare/compare_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/compare/compare_columns.h"
#include "app/compare/compare_sweep.h"
#include "app/compare/compare_talk.h"
#include "app/compare/compare_without_gil.h"
#include "app/report/paint.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kLeastWidth = 60;
constexpr std::size_t kLeastBar = 5;
constexpr std::size_t kMostBar = 30;
constexpr std::size_t kGap = 2;  // before each column; a mark stands in its second half

// A title of two words stands in two lines.
std::string title_line(const TableColumn& column, bool is_first) {
  const std::size_t space = column.title.find(' ');
  if (space == std::string::npos) return is_first ? "" : column.title;
  return is_first ? column.title.substr(0, space) : column.title.substr(space + 1);
}

std::size_t width_of(const TableColumn& column) {
  std::size_t width = std::max(columns_of(title_line(column, true)), columns_of(title_line(column, false)));
  for (const std::string& cell : column.cells) width = std::max(width, columns_of(cell));
  return width;
}

std::size_t width_of(const std::vector<TableColumn>& columns) {
  std::size_t width = 0;
  for (const TableColumn& column : columns) width += kGap + width_of(column);
  return width + 1;  // the last one's mark
}

// What is too much goes, the most dispensable first.
void fit(std::vector<TableColumn>& columns, std::size_t room) {
  while (width_of(columns) > room) {
    const auto most = std::ranges::max_element(columns, {}, &TableColumn::dispensable);
    if (most == columns.end() || most->dispensable == 0) return;
    columns.erase(most);
  }
}

std::string bar(const Paint& paint, double share, std::size_t longest) {
  const auto columns = static_cast<std::size_t>(std::llround(share * static_cast<double>(longest)));
  const std::size_t drawn = std::clamp<std::size_t>(columns, 1, longest);
  return paint.hold(drawn) + std::string(longest - drawn, ' ');
}

class Table {
 public:
  Table(const Point& point, const TableStyle& style)
      : paint_(style.colour, style.ascii), rows_(sorted_by_wall(point)) {
    const std::size_t width = std::max(kLeastWidth, static_cast<std::size_t>(std::max(style.width, 0)));
    for (const PatternResult* const row : rows_) {
      names_ = std::max(names_, columns_of(row->pattern->title));
      speed_ups_.push_back(figures_of(*row, point).speed_up);
    }
    columns_ = table_columns(point, rows_);
    fit(columns_, width - names_);
    draw_bars(width - names_ - width_of(columns_));
  }

  std::string text() const {
    std::string text;
    for (const bool is_first : {true, false}) {
      std::string line(names_, ' ');
      for (const TableColumn& column : columns_)
        line += right(title_line(column, is_first), kGap + width_of(column));
      line.erase(line.find_last_not_of(' ') + 1);
      if (!line.empty()) text += line + "\n";
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) text += line_of(row) + "\n";
    return text;
  }

  bool is_logarithmic() const {
    return bar_ > 0 && has_logarithmic_bars(std::ranges::min(speed_ups_), std::ranges::max(speed_ups_));
  }

 private:
  // In the column of the speed-ups, which has room already where its title is wider than its cells.
  void draw_bars(std::size_t room) {
    const auto column = std::ranges::find(columns_, "speed-up", &TableColumn::title);
    if (rows_.empty() || column == columns_.end() || std::ranges::max(speed_ups_) <= 0) return;
    std::size_t cells = 0;
    for (const std::string& cell : column->cells) cells = std::max(cells, columns_of(cell));
    const std::size_t most = room + width_of(*column) - cells;
    if (most < 2 + kLeastBar) return;
    bar_ = std::min(kMostBar, most - 2);
    bars_at_ = static_cast<std::size_t>(column - columns_.begin());
    column->title = left(column->title, cells + 2 + bar_);
    for (std::string& cell : column->cells) cell = right(cell, cells);
  }

  std::string line_of(std::size_t row) const {
    std::string text = left(rows_[row]->pattern->title, names_);
    bool owes_mark = false;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const TableColumn& column = columns_[i];
      const bool best = column.best[row];
      const bool has_bar = bar_ > 0 && i == bars_at_;
      const std::string cell = has_bar ? column.cells[row] : right(column.cells[row], width_of(column));
      text.append(owes_mark ? "" : " ").append(" ").append(best ? paint_.strong(cell + "*") : cell);
      owes_mark = best;
      if (!has_bar) continue;
      const double share =
          bar_share(speed_ups_[row], std::ranges::min(speed_ups_), std::ranges::max(speed_ups_));
      text.append(best ? "" : " ").append(" ").append(bar(paint_, share, bar_));
      owes_mark = false;
    }
    return text.substr(0, text.find_last_not_of(' ') + 1);
  }

  Paint paint_;
  std::vector<const PatternResult*> rows_;
  std::vector<TableColumn> columns_;
  std::vector<double> speed_ups_;
  std::size_t names_ = 0;
  std::size_t bar_ = 0;  // columns of the longest; 0: there is no room
  std::size_t bars_at_ = 0;
};

// `title` and its text, the lines after the first under the first one's begin.
std::string hanging(const std::string& title, std::size_t titles, const std::string& body,
                    std::size_t width) {
  std::string text;
  const std::size_t room = width > titles + kGap + 20 ? width - titles - kGap : 20;
  for (const std::string& line : wrap(body, room)) {
    text += left(text.empty() ? title : "", titles + kGap) + line + "\n";
  }
  return text;
}

std::string paragraphs(const std::vector<std::string>& sentences, std::size_t width) {
  std::string text;
  for (const std::string& sentence : sentences) {
    for (const std::string& line : wrap(sentence, width)) text += line + "\n";
  }
  return text;
}

std::string absent(const Point& point, const Paint& paint, std::size_t width) {
  std::string failed, not_here;
  const std::vector<Absence> all = absences(point);
  std::size_t titles = 0;
  for (const Absence& one : all) titles = std::max(titles, columns_of(one.title));
  std::string before;
  for (const Absence& one : all) {
    const std::string reason = one.reason == before ? "likewise" : one.reason;
    before = one.reason;
    const Outcome outcome = one.result->outcome;
    const bool is_error = outcome == Outcome::kWrong || outcome == Outcome::kFailed;
    (is_error ? failed : not_here) += hanging(one.title, titles, printable(reason, paint.ascii()), width);
  }
  std::string text;
  if (!failed.empty()) text.append("\n").append(paint.alert("Errors")).append("\n").append(failed);
  if (!not_here.empty()) text.append("\nNot run\n").append(not_here);
  return text;
}

}  // namespace

std::string comparison_text(const Comparison& comparison, const TableStyle& style) {
  const std::size_t width = std::max(kLeastWidth, static_cast<std::size_t>(std::max(style.width, 0)));
  const Paint paint(style.colour, style.ascii);
  std::string text;
  for (const std::string& line : wrap(printable(comparison_title(comparison), style.ascii), width)) {
    text.append(paint.strong(line)).append("\n");
  }
  text += paragraphs({printable(comparison_machine(comparison), style.ascii)}, width);
  const bool is_sweep = comparison.points.size() > 1;
  if (is_sweep) text.append("\n").append(sweep_text(sweep_of(comparison), width));
  bool is_logarithmic = false;
  for (const Point& point : comparison.points) {
    const Table table(point, style);
    const bool is_shown = !is_sweep || style.full;
    if (is_sweep && (is_shown || has_errors(point))) {
      text +=
          fmt::format("\n{}, {}\n", point.size, counted(static_cast<std::uint64_t>(point.threads), "thread"));
    }
    if (is_shown && !sorted_by_wall(point).empty()) {
      text.append("\n").append(table.text());
      is_logarithmic = is_logarithmic || table.is_logarithmic();
    }
    if (&point == &comparison.points.front() || has_errors(point)) text += absent(point, paint, width);
    if (!is_shown || &point != &comparison.points.back() || sorted_by_wall(point).empty()) continue;
    std::vector<std::string> notes = table_notes(comparison, point);
    if (is_logarithmic) notes.emplace_back("Bars are logarithmic.");
    text.append("\n").append(paragraphs(notes, width));
  }
  const Grid without_gil = without_gil_grid(comparison);
  if (!without_gil.rows.empty()) {
    text.append("\n").append(number_grid_text(without_gil));
    text += paragraphs(without_gil_sentences(comparison), width);
  }
  if (const Grid talk = talk_grid(comparison); !talk.rows.empty()) {
    text.append("\n").append(word_grid_text(talk, width));
  }
  const std::vector<std::string> pay_off = pay_off_sentences(comparison);
  if (!pay_off.empty()) text.append("\n").append(paragraphs(pay_off, width));
  for (const std::string& note : comparison.notes) {
    text.append("\n").append(paragraphs({printable("Note: " + note, style.ascii)}, width));
  }
  if (comparison.interrupted) text += "\nInterrupted: this is what was measured until then.\n";
  return text;
}

}  // namespace gilscope::app
