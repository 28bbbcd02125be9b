#include "app/report/summary.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "app/report/conclusion.h"
#include "app/report/estimate_text.h"
#include "app/report/laws.h"
#include "app/report/paint.h"
#include "app/report/parallel_text.h"
#include "app/report/process_table.h"
#include "app/report/processes.h"
#include "app/report/text_layout.h"
#include "app/report/thread_table.h"
#include "app/report/units.h"
#include "app/report/waits_text.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kMostGils = 4;
constexpr std::size_t kMostRegions = 8;
constexpr std::size_t kMostMarks = 8;
constexpr std::size_t kMostCommand = 60;                   // columns
constexpr std::size_t kRegionColumns = 11 + 10 + 16 + 16;  // what add_regions needs beside the name

struct Totals {
  std::uint64_t turns = 0;
  std::uint64_t lost = 0;
  std::uint64_t overlaps = 0;
};

Totals totals_of(const Report& report) {
  Totals totals;
  for (const GilReport& gil : report.gils) {
    totals.turns += gil.turns;
    totals.lost += gil.lost;
    totals.overlaps += gil.overlaps;
  }
  return totals;
}

// A thread that used two GILs has two rows.
std::uint64_t number_of_threads(const Report& report) {
  std::set<std::uint32_t> threads;
  for (const ThreadReport& thread : report.threads) threads.insert(thread.index);
  return threads.size();
}

// Names come from the script: they must not move the cursor or break the columns.
Report with_printable_names(Report report, bool ascii) {
  const auto clean = [ascii](std::string& text) { text = printable(text, ascii); };
  clean(report.unverified_reason);
  clean(report.python_version);
  clean(report.command);
  for (ThreadReport& thread : report.threads) clean(thread.name);
  for (ProcessReport& process : report.processes) {
    clean(process.name);
    clean(process.command);
  }
  for (UntracedReport& process : report.untraced) clean(process.why);
  for (RegionReport& region : report.regions) clean(region.name);
  for (MarkReport& mark : report.marks) clean(mark.name);
  for (KernelReport& kernel : report.kernels) clean(kernel.name);
  const auto clean_place = [&](PlaceReport& place) {
    for (PlaceLine& line : place) {
      clean(line.file);
      clean(line.function);
    }
  };
  for (BlockerReport& blocker : report.blockers) clean_place(blocker.place);
  for (ObeyedReport& obeyed : report.obeyed_latest) clean_place(obeyed.place);
  for (GivingReport& giving : report.giving) clean_place(giving.place);
  for (LongWaitReport& wait : report.longest_waits) {
    clean_place(wait.place);
    clean_place(wait.holder_place);
  }
  for (BlockedAtReport& blocked : report.blocked_at) clean_place(blocked.place);
  clean(report.lost_reason);
  clean(report.ends_early);
  return report;
}

std::string python_name(const Report& report) {
  const char* build = !report.free_threaded ? ""
                      : report.gil_enabled  ? " free-threaded, GIL on"
                                            : " free-threaded, GIL off";
  return fmt::format("CPython {}{}", report.python_version, build);
}

class Lines {
 public:
  explicit Lines(std::size_t width) : width_(width) {}

  /// `text` wrapped, each line painted by `paint`; further lines are indented.
  template <typename Painter>
  void add(const std::string& text, Painter&& paint) {
    std::size_t indent = 0;
    for (const std::string& line : wrap_indented(text)) {
      text_ += std::string(indent, ' ') + paint(line) + "\n";
      indent = 2;
    }
  }
  void add(const std::string& text) {
    add(text, [](const std::string& line) { return line; });
  }
  /// As it is, painted or not.
  void add_whole(const std::string& line) { text_ += line + "\n"; }

  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> wrap_indented(const std::string& text) const {
    std::vector<std::string> lines = wrap(text, width_);
    return lines.size() <= 1 ? lines : wrap(text, width_ - 2);
  }

  std::size_t width_;
  std::string text_;
};

std::string share_sentence(const Report& report, const GilReport& gil) {
  const std::string name = report.gils.size() > 1 ? gil_title(report, gil.id) : "GIL";
  const std::uint64_t wall_ns = wall_of(report, gil);
  return unbroken(fmt::format("{} held {} of {} wall;", name, percent(share_of(gil.held_ns, wall_ns)),
                              duration(wall_ns))) +
         " " +
         unbroken(
             fmt::format("somebody waiting {} of the wall", percent(share_of(gil.contended_ns, wall_ns))));
}

std::string requests_sentence(const GilReport& gil) {
  std::string text = unbroken(counted(gil.hand_overs, "hand-over") + "; ");
  if (gil.drop_requests == 0) return text + unbroken("no drop requests");
  text += unbroken(counted(gil.drop_requests, "drop request") + ":") + " ";
  text += unbroken(fmt::format("99 % obeyed in {},", duration(gil.obeyed_p99_ns))) + " ";
  return text + unbroken(fmt::format("all in {}", duration(gil.obeyed_max_ns)));
}

void add_alerts(Lines& lines, const Report& report, const std::vector<std::string>& broken,
                const Paint& paint) {
  const auto alert = [&](const std::string& text) { return paint.alert(text); };
  for (const std::string& law : broken) lines.add("!! LAW BROKEN: " + law, alert);
  if (!broken.empty())
    lines.add("!! The numbers below cannot be trusted: this is a fault of gilscope.", alert);
  if (report.gil_went_on) {
    lines.add(
        "!! The GIL was switched on in mid-run (Python's warning names the module that did it): its turns "
        "are not "
        "recorded. To see them, run again with PYTHON_GIL=1.",
        alert);
  }
  if (!report.ends_early.empty()) {
    lines.add("!! The trace ends early: " + report.ends_early + ".", alert);
  }
  const Totals totals = totals_of(report);
  if (totals.lost > 0) {
    lines.add(
        fmt::format("!! {} LOST ({} of all): {}. What they held and waited is counted as outside.",
                    unbroken(counted(totals.lost, "turn")),
                    unbroken(percent(share_of(totals.lost, totals.turns + totals.lost))),
                    report.lost_reason.empty() ? "there was no room to record them" : report.lost_reason),
        alert);
  }
}

void add_facts(Lines& lines, const Report& report, const Paint& paint) {
  const auto strong = [&](const std::string& text) { return paint.strong(text); };
  std::vector<GilReport> gils = report.gils;
  if (gils.size() > kMostGils) {
    std::stable_sort(gils.begin(), gils.end(), [](const GilReport& a, const GilReport& b) {
      return a.held_ns + a.contended_ns > b.held_ns + b.contended_ns;
    });
    gils.resize(kMostGils);
  }
  if (!report.gil_enabled) lines.add(cores_sentence(report), strong);
  for (const GilReport& gil : gils) {
    lines.add(share_sentence(report, gil), strong);
    lines.add(requests_sentence(gil), strong);
  }
  if (gils.size() < report.gils.size()) {
    lines.add(fmt::format("and {} more GILs, held and waited for less", report.gils.size() - gils.size()));
  }
  std::string run =
      fmt::format("{}; {}; {}; {}", unbroken(python_name(report)),
                  unbroken(counted(static_cast<std::uint64_t>(report.cores), "core")),
                  unbroken(counted(number_of_threads(report), "thread")),
                  unbroken(report.ends_early.empty() ? fmt::format("exit status {}", report.exit_status)
                                                     : "no exit status"));
  if (!report.command.empty()) run += "; " + unbroken(elided(report.command, kMostCommand, paint.ascii()));
  lines.add(run);
  const std::string sentence = conclusion(report);
  if (!sentence.empty()) lines.add(sentence, strong);
  const std::string without = estimate_text(report);
  if (!without.empty()) lines.add(without);
}

void add_regions(Lines& lines, const Report& report, std::size_t width, const Paint& paint) {
  if (report.regions.empty()) return;
  const std::size_t name_columns = std::min<std::size_t>(width - kRegionColumns, 40);
  const auto row = [&](const std::string& name, const std::string& spans, const std::string& wall,
                       const std::string& hold, const std::string& wait) {
    return left(elided(name, name_columns, paint.ascii()), name_columns) + right(spans, 11) +
           right(wall, 10) + right(hold, 16) + right(wait, 16);
  };
  lines.add_whole("");
  lines.add_whole(row("region", "spans", "wall", "hold", "wait"));
  const std::size_t shown = std::min(report.regions.size(), kMostRegions);
  for (std::size_t i = 0; i < shown; ++i) {
    const RegionReport& region = report.regions[i];
    const auto part = [&](std::uint64_t ns) {
      return duration(ns) + " " + right(whole_percent(share_of(ns, region.wall_ns)), 5);
    };
    lines.add_whole(row(region.name, count(region.count, 9'999'999), duration(region.wall_ns),
                        part(region.hold_ns), part(region.wait_ns)));
  }
  if (shown < report.regions.size())
    lines.add(fmt::format("and {} more regions", report.regions.size() - shown));
}

void add_marks(Lines& lines, const Report& report) {
  if (report.marks.empty()) return;
  std::string text = "marks:";
  const std::size_t shown = std::min(report.marks.size(), kMostMarks);
  for (std::size_t i = 0; i < shown; ++i) {
    const MarkReport& mark = report.marks[i];
    text += fmt::format(" {}{}", unbroken(fmt::format("{} x {}", mark.name, count(mark.count))),
                        i + 1 < report.marks.size() ? "," : "");
  }
  if (shown < report.marks.size()) text += fmt::format(" and {} more", report.marks.size() - shown);
  lines.add_whole("");
  lines.add(text);
}

}  // namespace

std::string proof(const Report& report) {
  if (!report.verified) return fmt::format("NOT verified on {}", python_name(report));
  const Totals totals = totals_of(report);
  if (!report.gil_enabled) {
    std::uint64_t sleeps = 0;
    for (const ThreadReport& thread : report.threads) sleeps += thread.blocked_count + thread.paused_count;
    return fmt::format("{} on {}: {} on Python's own locks; no turns without a GIL",
                       check_laws(report).empty() ? "verified" : "NOT verified", python_name(report),
                       counted(sleeps, "wait"));
  }
  return fmt::format("{} on {}: {}, {} lost, {}, own cost {} of wall",
                     check_laws(report).empty() ? "verified" : "NOT verified", python_name(report),
                     counted(totals.turns, "turn"), count(totals.lost), counted(totals.overlaps, "overlap"),
                     fine_percent(report.own_cost_share));
}

std::string summary(const Report& original, const SummaryStyle& style) {
  const Report report = with_printable_names(original, style.ascii);
  const Paint paint(style.colour, style.ascii);
  const auto width = static_cast<std::size_t>(std::max(style.width, 80));
  Lines lines(width);
  if (!report.verified) {
    lines.add(fmt::format("No numbers: {} ({}, {} wall).", report.unverified_reason,
                          unbroken(python_name(report)), unbroken(duration(report.wall_ns))),
              [&](const std::string& text) { return paint.strong(text); });
    return lines.text();
  }
  const std::vector<std::string> broken = check_laws(report);
  add_alerts(lines, report, broken, paint);
  add_facts(lines, report, paint);
  for (const std::string& sentence : process_sentences(report)) {
    lines.add(sentence,
              [&](const std::string& text) { return sentence.starts_with("!!") ? paint.alert(text) : text; });
  }
  const std::vector<std::string> processes = process_table(report, width, style.full, paint);
  if (!processes.empty()) lines.add_whole("");
  for (const std::string& row : processes) lines.add_whole(row);
  const auto max_threads = static_cast<std::size_t>(std::max(style.max_threads, 0));
  const std::vector<std::string> rows = report.gil_enabled
                                            ? thread_table(report, width, max_threads, paint)
                                            : parallel_table(report, width, max_threads, paint);
  if (!rows.empty()) lines.add_whole("");
  for (const std::string& row : rows) lines.add_whole(row);
  if (!report.gil_enabled && !report.blocked_at.empty()) {
    lines.add_whole("");
    for (const std::string& text : blocked_at_lines(report, width, paint)) lines.add(text);
  }
  for (const std::vector<std::string>& paragraph : waits_text(report, width, style.full, paint)) {
    lines.add_whole("");
    for (const std::string& text : paragraph) lines.add(text);
  }
  add_regions(lines, report, width, paint);
  add_marks(lines, report);
  lines.add_whole("");
  const std::string last = proof(report);
  const auto painted = [&](const std::string& text) { return broken.empty() ? text : paint.alert(text); };
  if (!report.free_threaded) {
    lines.add_whole(painted(last));
  } else {
    lines.add(last, painted);
  }
  return lines.text();
}

}  // namespace gilscope::app
