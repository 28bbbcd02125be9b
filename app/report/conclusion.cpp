#include "app/report/conclusion.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "app/report/laws.h"
#include "app/report/place_text.h"
#include "app/report/processes.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kParallel = 1.2;
constexpr double kBusy = 0.9;
constexpr double kMostlyContended = 0.5;
constexpr double kContended = 0.1;
constexpr double kActiveShare = 0.25;  // of an equal share
constexpr std::size_t kPlaceColumns = 60;
constexpr std::uint64_t kLateToObeyNs = 100'000'000;

// In a sentence: "less than 1 %" for "<1 %".
std::string value(double share) {
  std::string text = whole_percent(share);
  if (text.front() == '<') text = "less than " + text.substr(1);
  if (text.front() == '>') text = "more than " + text.substr(1);
  return unbroken(text);
}
std::string value(std::uint64_t ns) { return unbroken(duration(ns)); }

std::string name_of(const ThreadReport& thread) { return unbroken(elided(thread.name, 32, true)); }

std::vector<const ThreadReport*> threads_of(const Report& report, const GilReport& gil) {
  std::vector<const ThreadReport*> threads;
  for (const ThreadReport& thread : report.threads) {
    if (thread.gil == gil.id) threads.push_back(&thread);
  }
  return threads;
}

bool is_in_convoy(const ThreadReport& thread, const GilReport& gil) {
  return gil.drop_requests >= 10 && thread.waited_turns >= 10 &&
         thread.longest_wait_ns <= thread.wait_ns / 4 && share_of(thread.wait_ns, thread.life_ns) >= 0.4 &&
         thread.wait_ns / 20 >= thread.hold_ns && share_of(thread.gave, thread.turns) >= 0.9;
}

double wait_share(const ThreadReport* thread) { return share_of(thread->wait_ns, thread->life_ns); }

// "each waiting about half of its life", or the range that they lie in.
std::string how_long_they_waited(const std::vector<const ThreadReport*>& threads) {
  const auto [least, most] =
      std::minmax_element(threads.begin(), threads.end(),
                          [](const auto* a, const auto* b) { return wait_share(a) < wait_share(b); });
  const double low = wait_share(*least);
  const double high = wait_share(*most);
  if (high - low > 0.1) return fmt::format("waiting {} to {} of their lives", value(low), value(high));
  const double middle = (low + high) / 2;
  if (std::abs(middle - 0.5) <= 0.05) return "each waiting about half of its life";
  return fmt::format("each waiting about {} of its life", value(middle));
}

// "re/__init__.py:166 match, from app.py:30 main".
std::string where_text(const PlaceReport& place) {
  const std::string from = caller_text(place, kPlaceColumns, true);
  return unbroken(place_text(place, kPlaceColumns, true)) + (from.empty() ? "" : ", " + unbroken(from));
}

// Where the turns ended that held others up longest, if that is known and one place stands for most of it.
std::string main_blocker(const Report& report, const GilReport& gil) {
  if (report.blockers.empty() || report.blockers.front().place.empty()) return "";
  const BlockerReport& blocker = report.blockers.front();
  if (report.gils.size() > 1 || share_of(blocker.contended_ns, gil.contended_ns) < kMostlyContended)
    return "";
  return fmt::format(" {} of the contended time went to turns that ended at {}.",
                     value(share_of(blocker.contended_ns, gil.contended_ns)), where_text(blocker.place));
}

std::string of_late(const Report& report, const GilReport& gil) {
  const auto latest = std::find_if(report.obeyed_latest.begin(), report.obeyed_latest.end(),
                                   [&](const ObeyedReport& obeyed) { return obeyed.gil == gil.id; });
  const bool is_known = latest != report.obeyed_latest.end() && !latest->place.empty();
  const std::string where = is_known ? fmt::format(" (at {})", where_text(latest->place)) : "";
  return fmt::format(
      "A thread kept the GIL for {} after another had asked for it{}, as a native call does that does not "
      "release it.",
      value(gil.obeyed_max_ns), where);
}

std::string of_convoy(const ThreadReport& thread) {
  return fmt::format("Convoy: {} held the GIL for {} of its life, and waited for it {}.", thread.name,
                     value(share_of(thread.hold_ns, thread.life_ns)), value(wait_share(&thread)));
}

std::string of_shared(const std::vector<const ThreadReport*>& active) {
  return fmt::format("Only one thread ran Python at any moment: {} shared one GIL, {}.",
                     unbroken(counted(active.size(), "thread")), how_long_they_waited(active));
}

std::string of_waiting(const std::vector<const ThreadReport*>& threads, double contended) {
  const ThreadReport* most = *std::max_element(
      threads.begin(), threads.end(), [](const auto* a, const auto* b) { return a->wait_ns < b->wait_ns; });
  const std::string who =
      wait_share(most) < kContended
          ? "each for a small part of its life"
          : fmt::format("{} longest of all: {} of its life", name_of(*most), value(wait_share(most)));
  return fmt::format("Somebody was waiting for the GIL {} of the time, {}.", value(contended), who);
}

}  // namespace

const GilReport& most_contended(const Report& report) {
  return *std::max_element(
      report.gils.begin(), report.gils.end(), [](const GilReport& a, const GilReport& b) {
        return a.contended_ns != b.contended_ns ? a.contended_ns < b.contended_ns : a.held_ns < b.held_ns;
      });
}

std::string conclusion(const Report& report) {
  if (!report.verified || report.gils.empty() || report.wall_ns == 0 || !check_laws(report).empty())
    return {};
  std::uint64_t turns = 0;
  std::uint64_t held_by_all = 0;
  std::uint64_t used = 0;
  for (const GilReport& gil : report.gils) {
    if (gil.lost > 0) return {};
    turns += gil.turns;
    held_by_all += gil.held_ns;
    used += gil.turns > 0;
  }
  if (turns == 0) return {};
  if (used >= 2 && share_of(held_by_all, report.wall_ns) >= kParallel) {
    return fmt::format("{} {} GILs were held {} of the wall time together: they ran Python in parallel.",
                       used, report.processes.size() > 1 ? "processes'" : "interpreters'",
                       value(share_of(held_by_all, report.wall_ns)));
  }

  const GilReport& gil = most_contended(report);
  const std::string which = used >= 2 ? fmt::format("GIL{}{}: ", kFixedSpace, gil.id) : "";
  const double held = share_of(gil.held_ns, wall_of(report, gil));
  const double contended = share_of(gil.contended_ns, wall_of(report, gil));
  const std::vector<const ThreadReport*> threads = threads_of(report, gil);

  if (contended >= kContended && gil.obeyed_max_ns >= kLateToObeyNs &&
      gil.obeyed_max_ns >= gil.contended_ns / 20) {
    return which + of_late(report, gil);
  }
  const auto convoy = std::find_if(threads.begin(), threads.end(),
                                   [&](const auto* thread) { return is_in_convoy(*thread, gil); });
  if (convoy != threads.end()) return which + of_convoy(**convoy) + main_blocker(report, gil);
  std::vector<const ThreadReport*> active;
  std::copy_if(threads.begin(), threads.end(), std::back_inserter(active), [&](const auto* thread) {
    return wait_share(thread) >= kContended &&
           share_of(thread->hold_ns, gil.held_ns) >= kActiveShare / static_cast<double>(threads.size());
  });
  if (held >= kBusy && contended >= kMostlyContended && active.size() >= 2) return which + of_shared(active);
  if (contended >= kContended) return which + of_waiting(threads, contended);
  const std::string waited = gil.contended_ns == 0
                                 ? "nobody ever waited for it"
                                 : fmt::format("somebody waited for it {} of the time", value(contended));
  if (held >= kBusy) {
    return which + fmt::format("The GIL was held {} of the time, but {}: it held {} up.", value(held), waited,
                               gil.contended_ns == 0 ? "nobody" : "hardly anybody");
  }
  return which + fmt::format("The GIL was free {} of the time, and {}: it is not what limits this program.",
                             value(1 - held), waited);
}

}  // namespace gilscope::app
