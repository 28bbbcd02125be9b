#include "app/report/parallel_text.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kUsualRows = 16;
constexpr std::size_t kMostPlaces = 5;
constexpr std::size_t kLeastName = 8;
constexpr std::size_t kMostName = 24;
constexpr std::size_t kGap = 2;
constexpr std::size_t kNarrowGap = 1;

using Cells = std::vector<std::string>;

std::string part(std::uint64_t ns, std::uint64_t life_ns) {
  return fmt::format("{} {}", duration(ns), right(whole_percent(share_of(ns, life_ns)), 5));
}

Cells cells_of(const ThreadReport& thread) {
  const auto cpu = [&](std::uint64_t ns) { return thread.cpu_known ? part(ns, thread.life_ns) : "?"; };
  return {duration(thread.life_ns),
          cpu(thread.on_cpu_ns),
          cpu(thread.runnable_ns),
          part(thread.blocked_ns, thread.life_ns),
          count(thread.blocked_count, 999'999),
          duration(thread.longest_blocked_ns),
          duration(thread.paused_ns)};
}

std::vector<std::size_t> widths_of(const std::vector<Cells>& table) {
  std::vector<std::size_t> widths(table.front().size(), 0);
  for (const Cells& cells : table) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], columns_of(cells[i]));
  }
  return widths;
}

std::size_t total_of(const std::vector<std::size_t>& widths, std::size_t gap) {
  return std::accumulate(widths.begin(), widths.end(), widths.size() * gap);
}

// Sums; of those without CPU times nothing is said for the whole.
ThreadReport sum_of(const std::vector<const ThreadReport*>& threads, std::size_t first) {
  ThreadReport sum;
  sum.name = fmt::format("and {} more", threads.size() - first);
  sum.cpu_known = true;
  for (std::size_t i = first; i < threads.size(); ++i) {
    const ThreadReport& thread = *threads[i];
    sum.life_ns += thread.life_ns;
    sum.cpu_known = sum.cpu_known && thread.cpu_known;
    sum.on_cpu_ns += thread.on_cpu_ns;
    sum.runnable_ns += thread.runnable_ns;
    sum.blocked_ns += thread.blocked_ns;
    sum.blocked_count += thread.blocked_count;
    sum.longest_blocked_ns = std::max(sum.longest_blocked_ns, thread.longest_blocked_ns);
    sum.paused_ns += thread.paused_ns;
  }
  return sum;
}

std::vector<ThreadReport> rows_of(const Report& report, std::size_t most) {
  std::vector<const ThreadReport*> threads;
  for (const ThreadReport& thread : report.threads) {
    if (thread.gil == ThreadReport::kNoGil) threads.push_back(&thread);
  }
  const bool fold = threads.size() > most + 1;
  if (fold) {
    std::ranges::stable_sort(threads, [](const auto* a, const auto* b) {
      return a->on_cpu_ns + a->blocked_ns > b->on_cpu_ns + b->blocked_ns;
    });
  }
  const std::size_t alone = fold ? most : threads.size();
  std::vector<ThreadReport> rows;
  for (std::size_t i = 0; i < alone; ++i) rows.push_back(*threads[i]);
  if (fold) rows.push_back(sum_of(threads, alone));
  return rows;
}

}  // namespace

std::string cores_sentence(const Report& report) {
  const std::string wall = duration(report.wall_ns);
  if (!report.cpu_known) return fmt::format("No GIL: threads run at once; {}", unbroken(wall + " wall"));
  const std::string busy =
      fmt::format("{:.2f} of {} busy on average over {} wall", share_of(report.cpu_ns, report.wall_ns),
                  counted(static_cast<std::uint64_t>(report.cores), "core"), wall);
  return fmt::format("No GIL: threads run at once; {}", unbroken(busy));
}

std::vector<std::string> parallel_table(const Report& report, std::size_t width, std::size_t max_threads,
                                        const Paint& paint) {
  const std::vector<ThreadReport> rows = rows_of(report, max_threads != 0 ? max_threads : kUsualRows);
  if (rows.empty()) return {};
  const std::vector<Cells> headers = {
      {"", "", "no core", "blocked", "", "longest", ""},
      {"life", "on a core", "to be had", "on locks", "times", "time", "paused"}};
  std::vector<Cells> table = headers;
  for (const ThreadReport& row : rows) table.push_back(cells_of(row));
  std::vector<std::size_t> widths = widths_of(table);
  std::size_t gap = kGap;
  if (kLeastName + total_of(widths, gap) > width) gap = kNarrowGap;
  if (kLeastName + total_of(widths, gap) > width) {
    for (Cells& cells : table) cells.erase(cells.begin());  // the life: most threads' is nearly the wall time
    widths.erase(widths.begin());
  }
  const std::size_t total = total_of(widths, gap);
  std::size_t longest = kLeastName;
  for (const ThreadReport& row : rows) longest = std::max(longest, columns_of(row.name));
  const std::size_t room = width > total + kLeastName ? width - total : kLeastName;
  const std::size_t name_columns = std::min({longest, room, kMostName});

  std::vector<std::string> lines;
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::string name = i == 1 ? "thread" : "";
    if (i >= headers.size()) name = elided(rows[i - headers.size()].name, name_columns, paint.ascii());
    std::string line = left(name, name_columns);
    if (i >= headers.size()) line = paint.strong(line);
    for (std::size_t k = 0; k < widths.size(); ++k)
      line.append(gap, ' ').append(right(table[i][k], widths[k]));
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(line);
  }
  lines.emplace_back("in % of the thread's life; paused: another thread had stopped the world");
  return lines;
}

std::vector<std::string> blocked_at_lines(const Report& report, std::size_t width, const Paint& paint) {
  if (report.blocked_at.empty()) return {};
  std::vector<std::string> lines = {"blocked longest on Python's own locks, all threads together, at:"};
  const std::size_t shown = std::min(report.blocked_at.size(), kMostPlaces);
  for (std::size_t i = 0; i < shown; ++i) {
    const BlockedAtReport& blocked = report.blocked_at[i];
    const std::string place = blocked.place.empty() ? "no known line of Python"
                                                    : place_text(blocked.place, width / 2, paint.ascii());
    const std::string caller = caller_text(blocked.place, width / 3, paint.ascii());
    lines.push_back(fmt::format("{} in {}, longest {}: {}{}", unbroken(duration(blocked.blocked_ns)),
                                unbroken(counted(blocked.count, "wait")),
                                unbroken(duration(blocked.longest_ns)), unbroken(place),
                                caller.empty() ? "" : fmt::format(" {}", unbroken(caller))));
  }
  return lines;
}

}  // namespace gilscope::app
