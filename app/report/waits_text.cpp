#include "app/report/waits_text.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

using Paragraph = std::vector<std::string>;

constexpr std::size_t kMostShown = 3;
constexpr std::size_t kMostWaiters = 6;
constexpr std::size_t kMostKernels = 8;
constexpr double kMatters = 0.01;  // of the wall time
constexpr std::uint64_t kLateNs = 10'000'000;
constexpr std::size_t kNameColumns = 24;

// How much of the report is shown, and how.
struct View {
  const Report& report;
  std::size_t width;
  bool full;
  const Paint& paint;

  std::size_t shown(std::size_t entries) const { return full ? entries : std::min(entries, kMostShown); }
  bool matters(std::uint64_t ns) const { return full || share_of(ns, report.wall_ns) >= kMatters; }
  std::string place(const PlaceReport& place) const { return place_text(place, width / 2, paint.ascii()); }
  std::string caller(const PlaceReport& place) const { return caller_text(place, width / 2, paint.ascii()); }
  // As a part of a sentence: " at file.py:12 function, from app.py:30 main", or nothing.
  std::string at(const PlaceReport& where) const {
    if (where.empty()) return "";
    const std::string from = caller(where);
    return " at " + unbroken(place(where)) + (from.empty() ? "" : ", " + unbroken(from));
  }
  std::string thread(std::uint32_t index) const {
    if (index == WaitedForReport::kNobody) return "nobody";
    for (const ThreadReport& thread : report.threads) {
      if (thread.index == index) return unbroken(elided(thread.name, kNameColumns, paint.ascii()));
    }
    return unbroken(fmt::format("thread {}", index));
  }
};

std::string value(std::uint64_t ns) { return unbroken(duration(ns)); }
std::string value(double share) { return unbroken(whole_percent(share)); }

// Who waited longest, and for whom.
Paragraph who_waited(const View& view) {
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::vector<WaitedForReport>> rows;
  for (const WaitedForReport& part : view.report.waited_for) rows[{part.waiter, part.gil}].push_back(part);
  std::vector<const ThreadReport*> waiters;
  for (const ThreadReport& thread : view.report.threads) {
    if (thread.wait_ns > 0 && view.matters(thread.wait_ns)) waiters.push_back(&thread);
  }
  std::stable_sort(waiters.begin(), waiters.end(),
                   [](const auto* a, const auto* b) { return a->wait_ns > b->wait_ns; });
  const std::size_t shown = view.full ? waiters.size() : std::min(waiters.size(), kMostWaiters);
  Paragraph paragraph;
  for (std::size_t i = 0; i < shown; ++i) {
    const ThreadReport& waiter = *waiters[i];
    std::vector<WaitedForReport> parts = rows[{waiter.index, waiter.gil}];
    std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.ns > b.ns; });
    std::string text = view.thread(waiter.index) + " waited " + value(waiter.wait_ns);
    std::uint64_t rest = waiter.wait_ns;
    const char* separator = ": ";
    for (std::size_t k = 0; k < view.shown(parts.size()); ++k) {
      const double share = share_of(parts[k].ns, waiter.wait_ns);
      if (!view.full && share < kMatters) break;
      const bool nobody = parts[k].holder == WaitedForReport::kNobody;
      text += separator + value(share) + kFixedSpace +
              (nobody ? unbroken("while nobody held it") : unbroken("for ") + view.thread(parts[k].holder));
      separator = ", ";
      rest -= std::min(rest, parts[k].ns);
    }
    if (share_of(rest, waiter.wait_ns) >= kMatters) {
      text += separator + unbroken(value(share_of(rest, waiter.wait_ns)) + " for others");
    }
    paragraph.push_back(text);
  }
  if (shown > 0 && shown < waiters.size()) {
    paragraph.push_back(fmt::format("and {} more threads waited", waiters.size() - shown));
  }
  std::uint64_t unattributed = 0;
  for (const GilReport& gil : view.report.gils) unattributed += gil.unattributed_ns;
  if (unattributed > 0) {
    paragraph.push_back(
        fmt::format("(who was waited for is not known of {}: more turns than can be kept went by meanwhile)",
                    value(unattributed)));
  }
  return paragraph;
}

Paragraph blockers(const View& view) {
  std::uint64_t contended = 0;
  for (const GilReport& gil : view.report.gils) contended += gil.contended_ns;
  const auto& all = view.report.blockers;
  const bool any_known =
      std::any_of(all.begin(), all.end(), [](const BlockerReport& b) { return !b.place.empty(); });
  if (!any_known || !view.matters(contended)) return {};
  Paragraph paragraph = {"held the GIL longest while others waited (turns that ended at):"};
  for (std::size_t i = 0; i < view.shown(all.size()); ++i) {
    const BlockerReport& blocker = all[i];
    const std::string where = blocker.place.empty() ? "no known line of Python" : view.place(blocker.place);
    std::string line =
        unbroken(fmt::format("  {}  {} of that time, {},", left(duration(blocker.contended_ns), 7),
                             right(whole_percent(share_of(blocker.contended_ns, contended)), 5), where));
    if (const std::string caller = view.caller(blocker.place); !caller.empty()) {
      line += fmt::format(" {},", unbroken(caller));
    }
    paragraph.push_back(line + fmt::format(" {}", unbroken("longest " + duration(blocker.longest_hold_ns))));
  }
  return paragraph;
}

// "3,300 times as much", to two digits.
std::string times_as_much(const GivingReport& giving) {
  if (giving.outside_ns == 0) return "";
  double ratio = static_cast<double>(giving.wait_ns) / static_cast<double>(giving.outside_ns);
  if (ratio < 10) return unbroken(fmt::format(": {:.1f} times as much", ratio));
  double unit = 1;
  while (ratio / unit >= 100) unit *= 10;
  const auto rounded = static_cast<std::uint64_t>(ratio / unit + 0.5) * static_cast<std::uint64_t>(unit);
  return unbroken(fmt::format(": {} times as much", count(rounded)));
}

Paragraph gives_that_cost(const View& view) {
  std::vector<const GivingReport*> costly;
  for (const GivingReport& giving : view.report.giving) {
    if (giving.costs_more && !giving.place.empty() && view.matters(giving.wait_ns)) costly.push_back(&giving);
  }
  Paragraph paragraph;
  const std::size_t most = view.full ? Report::kMostListed : kMostShown;
  for (std::size_t i = 0; i < std::min(costly.size(), most); ++i) {
    const GivingReport& giving = *costly[i];
    paragraph.push_back(fmt::format("Giving the GIL away{}, {}, won {} outside and cost {} of waiting{}.",
                                    view.at(giving.place), unbroken(counted(giving.count, "time")),
                                    value(giving.outside_ns), value(giving.wait_ns), times_as_much(giving)));
  }
  return paragraph;
}

Paragraph obeyed_late(const View& view) {
  Paragraph paragraph;
  const auto& all = view.report.obeyed_latest;
  for (std::size_t i = 0; i < view.shown(all.size()); ++i) {
    const ObeyedReport& obeyed = all[i];
    if (!view.full && obeyed.after_ns < kLateNs) break;
    if (paragraph.empty()) paragraph.push_back("obeyed a drop request latest:");
    paragraph.push_back(unbroken("  " + left(duration(obeyed.after_ns), 7) + "  ") +
                        view.thread(obeyed.thread) + view.at(obeyed.place) +
                        (obeyed.gave ? " (gave it in the end)" : ""));
  }
  return paragraph;
}

Paragraph longest_waits(const View& view) {
  if (!view.full || view.report.longest_waits.empty()) return {};
  Paragraph paragraph = {"longest waits:"};
  for (const LongWaitReport& wait : view.report.longest_waits) {
    std::string text = unbroken("  " + left(duration(wait.wait_ns), 7) + "  ") + view.thread(wait.thread) +
                       view.at(wait.place) + ", " + value(wait.at_ns) + " into the run";
    if (wait.holder != WaitedForReport::kNobody) {
      text += fmt::format("; {} held it {}{}", view.thread(wait.holder), value(wait.holder_ns),
                          view.at(wait.holder_place));
    }
    paragraph.push_back(text);
  }
  return paragraph;
}

Paragraph hand_overs(const View& view) {
  Paragraph paragraph;
  for (const GilReport& gil : view.report.gils) {
    if (!view.full || gil.hand_overs == 0) continue;
    paragraph.push_back(fmt::format("hand-overs of GIL {} took {} (median), 99 % at most {}, all at most {}",
                                    gil.id, value(gil.hand_over_p50_ns), value(gil.hand_over_p99_ns),
                                    value(gil.hand_over_max_ns)));
  }
  return paragraph;
}

// Waiting for a core and for I/O, beside waiting for the GIL.
Paragraph cpu(const View& view) {
  const Report& report = view.report;
  std::uint64_t on_cpu = 0;
  std::uint64_t runnable = 0;
  std::uint64_t asleep = 0;
  std::set<std::uint32_t> threads;  // one that used two GILs has two rows that say the same
  Paragraph of_threads;
  for (const ThreadReport& thread : report.threads) {
    if (!thread.cpu_known || !threads.insert(thread.index).second) continue;
    on_cpu += thread.on_cpu_ns;
    runnable += thread.runnable_ns;
    asleep += thread.asleep_ns;
    if (!view.full) continue;
    of_threads.push_back(unbroken("  ") + view.thread(thread.index) +
                         fmt::format(": {} on a core, {} {}, {} asleep", value(thread.on_cpu_ns),
                                     value(thread.runnable_ns), unbroken("runnable without one"),
                                     value(thread.asleep_ns)));
  }
  std::string text;
  if (report.cpu_known) {
    text = fmt::format("CPU time {}, {} of one core", value(report.cpu_ns),
                       value(share_of(report.cpu_ns, report.wall_ns)));
  }
  if (!threads.empty()) {
    text += fmt::format("{}{} together: {} on a core, {} {}, {} asleep", text.empty() ? "" : "; ",
                        unbroken(counted(threads.size(), "thread")), value(on_cpu), value(runnable),
                        unbroken("runnable without one"), value(asleep));
  }
  if (text.empty()) return {};
  of_threads.insert(of_threads.begin(), text);
  return of_threads;
}

Paragraph kernels(const View& view) {
  Paragraph paragraph;
  const auto& all = view.report.kernels;
  const std::size_t shown = view.full ? all.size() : std::min(all.size(), kMostKernels);
  for (std::size_t i = 0; i < shown; ++i) {
    const KernelReport& kernel = all[i];
    std::string text = fmt::format(
        "kernel {} {} the GIL: {}, {} wall, held it {}",
        unbroken(elided(kernel.name, 32, view.paint.ascii())), kernel.holds_gil ? "holding" : "releasing",
        unbroken(counted(kernel.calls, "call")), value(kernel.wall_ns), value(kernel.hold_ns));
    if (kernel.wait_ns > 0) text += fmt::format(", waited {}", value(kernel.wait_ns));
    if (kernel.tiles > 0) {
      text += fmt::format(", {} on {}", unbroken(counted(kernel.tiles, "tile")),
                          unbroken(counted(kernel.most_threads, "native thread")));
    }
    paragraph.push_back(text);
  }
  if (shown < all.size()) paragraph.push_back(fmt::format("and {} more kernels", all.size() - shown));
  return paragraph;
}

Paragraph collections(const View& view) {
  std::uint64_t number = 0;
  std::uint64_t wall = 0;
  std::uint64_t longest = 0;
  int generation = 0;
  for (const CollectionReport& collection : view.report.collections) {
    number += collection.count;
    wall += collection.wall_ns;
    if (collection.longest_ns >= longest) generation = collection.generation;
    longest = std::max(longest, collection.longest_ns);
  }
  if (number == 0 || (longest < kLateNs && !view.matters(wall))) return {};
  return {fmt::format("garbage collector: {} took {}, {} of the wall; the longest {} (generation {})",
                      unbroken(counted(number, "collection")), value(wall),
                      value(share_of(wall, view.report.wall_ns)), value(longest), generation)};
}

}  // namespace

std::vector<Paragraph> waits_text(const Report& report, std::size_t width, bool full, const Paint& paint) {
  const View view{report, width, full, paint};
  std::vector<Paragraph> paragraphs;
  for (const auto part : {who_waited, blockers, gives_that_cost, obeyed_late, longest_waits, hand_overs, cpu,
                          kernels, collections}) {
    if (Paragraph paragraph = part(view); !paragraph.empty()) paragraphs.push_back(std::move(paragraph));
  }
  return paragraphs;
}

}  // namespace gilscope::app
