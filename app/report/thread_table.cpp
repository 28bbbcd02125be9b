#include "app/report/thread_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kRowsWide = 16;
constexpr std::size_t kRowsNarrow = 8;
constexpr std::size_t kLeastName = 8;
constexpr std::size_t kUsualName = 16;
constexpr std::size_t kLeastBar = 12;
constexpr std::size_t kMostBar = 48;
constexpr std::size_t kPercentColumns = 5;  // ">99 %"

struct Shown {
  ThreadReport sums;
  std::size_t folded = 0;  // how many threads the row sums up; 0: it is one thread's own
};

std::vector<Shown> choose_rows(const Report& report, std::size_t most) {
  std::vector<const ThreadReport*> threads;
  for (const ThreadReport& thread : report.threads) threads.push_back(&thread);
  std::vector<Shown> rows;
  const bool fold = threads.size() > most + 1;  // a row that stands for one thread would save nothing
  if (fold) {
    std::stable_sort(threads.begin(), threads.end(), [](const auto* a, const auto* b) {
      return a->hold_ns + a->wait_ns > b->hold_ns + b->wait_ns;
    });
  }
  const std::size_t alone = fold ? most : threads.size();
  for (std::size_t i = 0; i < alone; ++i) rows.push_back({*threads[i], 0});
  if (!fold) return rows;

  Shown rest;
  rest.folded = threads.size() - alone;
  rest.sums.name = fmt::format("and {} more", count(rest.folded));
  for (std::size_t i = alone; i < threads.size(); ++i) {
    const ThreadReport& thread = *threads[i];
    rest.sums.turns += thread.turns;
    rest.sums.life_ns += thread.life_ns;
    rest.sums.hold_ns += thread.hold_ns;
    rest.sums.wait_ns += thread.wait_ns;
    rest.sums.outside_ns += thread.outside_ns;
    rest.sums.gave += thread.gave;
    rest.sums.asked += thread.asked;
    rest.sums.longest_wait_ns = std::max(rest.sums.longest_wait_ns, thread.longest_wait_ns);
  }
  rows.push_back(rest);
  return rows;
}

// One line of cells, the name and the bar left out.
using Cells = std::vector<std::string>;

struct Layout {
  bool wide = false;
  bool shows_gil = false;
  std::uint64_t largest_count = 999'999;
};

Cells top_header(const Layout& layout) {
  Cells cells = {"", "", "", "", "longest", "p99", "", ""};
  if (layout.shows_gil) cells.insert(cells.begin(), "");
  return cells;
}

Cells header(const Layout& layout) {
  Cells cells = {"turns", "hold", "wait", "outside", "wait", "wait", "gave", "asked"};
  if (layout.shows_gil) cells.insert(cells.begin(), "GIL");
  return cells;
}

Cells cells_of(const Shown& row, const Layout& layout) {
  const ThreadReport& thread = row.sums;
  const auto span = [&](std::uint64_t ns) {
    if (!layout.wide) return duration(ns);
    return duration(ns) + " " + right(whole_percent(share_of(ns, thread.life_ns)), kPercentColumns);
  };
  const auto number = [&](std::uint64_t value) { return count(value, layout.largest_count); };
  Cells cells;
  if (layout.shows_gil) cells.push_back(row.folded > 0 ? "" : fmt::format("{}", thread.gil));
  cells.push_back(number(thread.turns));
  cells.push_back(span(thread.hold_ns));
  cells.push_back(span(thread.wait_ns));
  cells.push_back(span(thread.outside_ns));
  cells.push_back(duration(thread.longest_wait_ns));
  // Percentiles of several threads cannot be added up.
  cells.push_back(row.folded > 0 ? "-" : duration(thread.wait_p99_ns));
  cells.push_back(number(thread.gave));
  cells.push_back(number(thread.asked));
  return cells;
}

std::string bar(const ThreadReport& thread, std::size_t columns, const Paint& paint) {
  const auto at = [&](std::uint64_t ns) {
    return static_cast<std::size_t>(std::lround(share_of(ns, thread.life_ns) * static_cast<double>(columns)));
  };
  const std::size_t hold = std::min(columns, at(thread.hold_ns));
  const std::size_t hold_and_wait = std::clamp(at(thread.hold_ns + thread.wait_ns), hold, columns);
  return paint.hold(hold) + paint.wait(hold_and_wait - hold) + paint.outside(columns - hold_and_wait);
}

struct Table {
  Layout layout;
  std::vector<Cells> headers;
  std::vector<Cells> rows;
  std::vector<std::size_t> widths;

  std::size_t total() const {
    std::size_t sum = 0;
    for (const std::size_t width : widths) sum += width;
    return sum;
  }
};

Table make_table(const std::vector<Shown>& shown, Layout layout) {
  Table table{layout, {top_header(layout), header(layout)}, {}, {}};
  for (const Shown& row : shown) table.rows.push_back(cells_of(row, layout));
  table.widths.assign(table.headers.front().size(), 0);
  const auto widen = [&](const Cells& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      table.widths[i] = std::max(table.widths[i], columns_of(cells[i]));
    }
  };
  for (const Cells& cells : table.headers) widen(cells);
  for (const Cells& cells : table.rows) widen(cells);
  return table;
}

std::string legend(const Paint& paint) {
  return paint.hold(1) + " hold  " + paint.wait(1) + " wait  " + paint.outside(1) + " outside";
}
constexpr std::size_t kLegendColumns = 25;

// The second line of a thread on a narrow terminal.
std::string bar_line(const ThreadReport& thread, std::size_t width, const Paint& paint) {
  const auto share = [&](std::uint64_t ns) {
    return right(whole_percent(share_of(ns, thread.life_ns)), kPercentColumns);
  };
  const std::string text = fmt::format("hold {}  wait {}  outside {}", share(thread.hold_ns),
                                       share(thread.wait_ns), share(thread.outside_ns));
  const std::size_t columns = std::min(kMostBar, width - 4 - columns_of(text));
  return "  " + bar(thread, columns, paint) + "  " + text;
}

std::size_t longest_name(const std::vector<Shown>& rows) {
  std::size_t longest = kLeastName;
  for (const Shown& row : rows) longest = std::max(longest, columns_of(row.sums.name));
  return longest;
}

std::string joined(const Cells& cells, const std::vector<std::size_t>& widths, std::size_t gap) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += std::string(gap, ' ') + right(cells[i], widths[i]);
  return line;
}

void drop_trailing_spaces(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::vector<std::string> thread_table(const Report& report, std::size_t width, std::size_t max_threads,
                                      const Paint& paint) {
  if (report.threads.empty()) return {};
  Layout layout;
  layout.shows_gil = report.gils.size() > 1;
  layout.wide = true;
  std::vector<Shown> shown = choose_rows(report, max_threads != 0 ? max_threads : kRowsWide);
  Table table = make_table(shown, layout);
  const std::size_t columns = table.widths.size();
  if (kUsualName + kLeastBar + 2 + table.total() + columns > width) {
    layout.wide = false;
    shown = choose_rows(report, max_threads != 0 ? max_threads : kRowsNarrow);
    table = make_table(shown, layout);
  }

  // Room goes to the gaps first, then to names of the usual length, then to the bar, then to longer names.
  const std::size_t bar_room = layout.wide ? kLeastBar + 2 : 0;
  const std::size_t gap = kLeastName + bar_room + table.total() + 2 * columns <= width ? 2 : 1;
  std::size_t room = width - std::min(width - kLeastName, bar_room + table.total() + gap * columns);
  const std::size_t longest = longest_name(shown);
  std::size_t name_columns = std::min({longest, room, layout.wide ? kUsualName : longest});
  room -= name_columns;
  const std::size_t bar_columns = std::min(kMostBar, kLeastBar + room);
  if (layout.wide) name_columns += std::min(room - (bar_columns - kLeastBar), longest - name_columns);

  std::vector<std::string> lines;
  for (std::size_t i = 0; i < table.headers.size(); ++i) {
    const bool last = i + 1 == table.headers.size();
    std::string line = left(last ? "thread" : "", name_columns);
    if (layout.wide) line += "  " + left(last ? "of its life" : "", bar_columns);
    line += joined(table.headers[i], table.widths, gap);
    drop_trailing_spaces(line);
    lines.push_back(line);
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const ThreadReport& thread = shown[i].sums;
    std::string line = paint.strong(left(elided(thread.name, name_columns, paint.ascii()), name_columns));
    if (layout.wide) line += "  " + bar(thread, bar_columns, paint);
    lines.push_back(line + joined(table.rows[i], table.widths, gap));
    if (!layout.wide) lines.push_back(bar_line(thread, width, paint));
  }
  lines.push_back(legend(paint) + (width >= kLegendColumns + 40 ? ", in % of the thread's life" : ""));
  return lines;
}

}  // namespace gilscope::app
