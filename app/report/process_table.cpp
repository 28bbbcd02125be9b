#include "app/report/process_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "app/report/processes.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kNumbers = 10 + 10 + 12 + 11;  // columns of wall, held, waiting, turns
constexpr std::size_t kEnd = 17;                     // "exit status 143"; what is longer runs on
constexpr std::size_t kMostName = 40;
constexpr std::size_t kMostRows = 16;

// Processes that one would call the same: "ForkPoolWorker-1" and "-2" of one parent.
using Kind = std::tuple<std::int64_t, std::string, ProcessReport::End>;

std::string stem_of(const ProcessReport& process) {
  std::string name = process.name;
  const std::size_t last = name.find_last_not_of("0123456789");
  if (last != std::string::npos && last + 1 < name.size()) name.resize(last + 1);
  while (name.ends_with('-') || name.ends_with(':')) name.pop_back();
  if (!name.empty()) return name;
  // Each command names descriptors of its own.
  return process.command.ends_with(" --multiprocessing-fork") ? "spawn" : process.command;
}

struct Row {
  std::vector<const ProcessReport*> processes;
  std::uint64_t held_ns = 0, contended_ns = 0, gil_wall_ns = 0, turns = 0, longest_wall_ns = 0;
};

Row& add(Row& row, const Report& report, const ProcessReport& process) {
  row.processes.push_back(&process);
  for (const GilReport& gil : report.gils) {
    if (process_of_gil(report, gil.id) != &process) continue;
    row.held_ns += gil.held_ns;
    row.contended_ns += gil.contended_ns;
    row.gil_wall_ns += process.wall_ns;
    row.turns += gil.turns;
  }
  row.longest_wall_ns = std::max(row.longest_wall_ns, process.wall_ns);
  return row;
}

std::string name_of(const Row& row) {
  const ProcessReport& first = *row.processes.front();
  if (row.processes.size() == 1) return process_title(first);
  std::string stem = stem_of(first);
  if (first.name.empty()) stem = stem.substr(0, stem.find(' '));
  return fmt::format("{} x {}", row.processes.size(), stem.substr(stem.rfind('/') + 1));
}

std::string end_of(const Row& row) {
  const ProcessReport& first = *row.processes.front();
  std::set<int> statuses;
  for (const ProcessReport* process : row.processes) statuses.insert(process->exit_status);
  if (first.how != ProcessReport::End::kExited || statuses.size() == 1) return end_text(first);
  constexpr std::size_t kMost = 3;
  std::string text = "exit status";
  std::size_t told = 0;
  for (const int status : statuses) {
    if (++told > kMost) break;
    text += fmt::format("{} {}", told > 1 ? "," : "", status);
  }
  return statuses.size() > kMost ? text + ", ..." : text;
}

std::vector<Row> rows_of(const Report& report, bool full) {
  std::vector<Row> rows;
  std::map<Kind, std::size_t> known;
  for (const ProcessReport& process : report.processes) {
    const bool is_first = &process == &report.processes.front();
    const Kind kind{process.parent_id, stem_of(process), process.how};
    const auto found = full || is_first ? known.end() : known.find(kind);
    if (found != known.end()) {
      add(rows[found->second], report, process);
      continue;
    }
    if (!is_first) known[kind] = rows.size();
    add(rows.emplace_back(), report, process);
  }
  return rows;
}

}  // namespace

std::vector<std::string> process_table(const Report& report, std::size_t width, bool full,
                                       const Paint& paint) {
  if (report.processes.empty()) return {};
  std::vector<Row> rows = rows_of(report, full);
  std::size_t longest = 8;
  for (const Row& row : rows) longest = std::max(longest, columns_of(name_of(row)));
  const std::size_t room = width > kNumbers + kEnd ? width - kNumbers - kEnd : 8;
  const std::size_t name_columns = std::min({longest, kMostName, std::max<std::size_t>(room, 8)});
  std::vector<std::string> lines = {left("process", name_columns) + right("wall", 10) +
                                    right("GIL held", 10) + right("waited for", 12) + right("turns", 11) +
                                    "  end"};
  const std::size_t shown = full ? rows.size() : std::min(rows.size(), kMostRows);
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = rows[i];
    const std::string name = elided(name_of(row), name_columns, paint.ascii());
    lines.push_back(paint.strong(left(name, name_columns)) + right(duration(row.longest_wall_ns), 10) +
                    right(percent(share_of(row.held_ns, row.gil_wall_ns)), 10) +
                    right(percent(share_of(row.contended_ns, row.gil_wall_ns)), 12) +
                    right(count(row.turns, 999'999), 11) + "  " + end_of(row));
  }
  if (shown < rows.size()) lines.push_back(fmt::format("and {} more", rows.size() - shown));
  const char* const legend =
      "GIL held and waited for: % of each process's own wall; of several, their mean, and the longest wall";
  for (std::string& line : wrap(legend, width)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> process_sentences(const Report& report) {
  std::vector<std::string> sentences;
  if (!report.untraced.empty()) {
    const UntracedReport& first = report.untraced.front();
    std::string text = fmt::format("{} not traced: ", counted(report.untraced.size(), "process"));
    if (first.process_id != 0) text += fmt::format("{}, ", first.process_id);
    text += first.why;
    if (report.untraced.size() > 1) text += fmt::format(", and {} more", report.untraced.size() - 1);
    sentences.push_back("!! " + text + ".");
  }
  if (report.processes.size() < 2) return sentences;
  const std::uint64_t error = greatest_clock_error_ns(report);
  sentences.push_back(error <= kClocksAgreeNs
                          ? fmt::format("one time axis: the clocks of {} processes agree within {}",
                                        report.processes.size(), duration(error))
                          : fmt::format("!! The processes' clocks differ by up to {}: moments in one process "
                                        "cannot be compared with those in another.",
                                        duration(error)));
  return sentences;
}

}  // namespace gilscope::app
