#include "app/report/laws.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "app/report/processes.h"

namespace gilscope::app {

namespace {

struct Sums {
  std::uint64_t turns = 0;
  std::uint64_t gave = 0;
  std::uint64_t asked = 0;
  std::uint64_t hold_ns = 0;
  std::uint64_t rows = 0;
};

Sums sums_of_threads(const Report& report, std::uint16_t gil) {
  Sums sums;
  for (const ThreadReport& thread : report.threads) {
    if (thread.gil != gil) continue;
    sums.turns += thread.turns;
    sums.gave += thread.gave;
    sums.asked += thread.asked;
    sums.hold_ns += thread.hold_ns;
    ++sums.rows;
  }
  return sums;
}

void check_order(const Report& report, const GilReport& gil, std::vector<std::string>& broken) {
  if (gil.overlaps > 0) {
    broken.push_back(
        fmt::format("law 1, turns never overlap: GIL {} has {} turns that began before the one before ended",
                    gil.id, gil.overlaps));
  }
  if (gil.late > 0) {
    broken.push_back(fmt::format(
        "law 1, turns never overlap: {} turns of GIL {} came too late to be put in order", gil.late, gil.id));
  }
  const std::uint64_t wall_ns = wall_of(report, gil);
  // Each row is rounded to the nanosecond by itself.
  if (gil.held_ns > wall_ns + sums_of_threads(report, gil.id).rows) {
    broken.push_back(fmt::format("law 1, turns never overlap: GIL {} was held {} ns in {} ns of wall time",
                                 gil.id, gil.held_ns, wall_ns));
  }
  if (gil.contended_ns > wall_ns + 1) {
    broken.push_back(
        fmt::format("law 2, a wait lies within the run: GIL {} was contended {} ns in {} ns of wall time",
                    gil.id, gil.contended_ns, wall_ns));
  }
  if (gil.disorders > 0) {
    broken.push_back(fmt::format("law 2, want <= take <= drop <= the next want: {} turns of GIL {} break it",
                                 gil.disorders, gil.id));
  }
}

void check_lives(const Report& report, std::vector<std::string>& broken) {
  for (const ThreadReport& thread : report.threads) {
    const std::uint64_t sum = thread.hold_ns + thread.wait_ns + thread.outside_ns;
    if (sum == thread.life_ns) continue;
    broken.push_back(
        fmt::format("law 3, hold + wait + outside = life: {} (GIL {}) adds up to {} ns in a life of {} ns",
                    thread.name, thread.gil, sum, thread.life_ns));
  }
}

// Where there is no GIL: a thread sleeps within its life, and once at a time.
void check_sleeps(const Report& report, std::vector<std::string>& broken) {
  for (const ThreadReport& thread : report.threads) {
    const std::uint64_t slept = thread.blocked_ns + thread.paused_ns;
    if (slept <= thread.life_ns + 2) continue;  // each is rounded by itself
    broken.push_back(fmt::format("the sums agree with their parts: {} slept {} ns in a life of {} ns",
                                 thread.name, slept, thread.life_ns));
  }
}

void check_counts(const Report& report, const GilReport& gil, std::vector<std::string>& broken) {
  const std::uint64_t accounted = gil.turns + gil.lost;
  const ProcessReport* const process = process_of_gil(report, gil.id);
  const bool still_running =
      process != nullptr ? process->how != ProcessReport::End::kExited : report.still_running;
  const bool agree = still_running ? accounted <= gil.takes_counted : accounted == gil.takes_counted;
  if (!agree) {
    broken.push_back(fmt::format("law 4, turns + lost = takes: GIL {} has {} turns and {} lost, but {} takes",
                                 gil.id, gil.turns, gil.lost, gil.takes_counted));
  }
  if (gil.missing > gil.lost) {
    broken.push_back(
        fmt::format("law 4, turns + lost = takes: {} turns of GIL {} are missing, but {} counted as lost",
                    gil.missing, gil.id, gil.lost));
  }
  const Sums sums = sums_of_threads(report, gil.id);
  if (sums.turns != gil.turns || sums.gave != gil.gave || sums.asked != gil.asked ||
      sums.hold_ns != gil.held_ns) {
    broken.push_back(
        fmt::format("the sums agree with their parts: GIL {} has {} turns ({} gave, {} asked), {} ns held; "
                    "its threads {} ({} gave, {} asked), {} ns",
                    gil.id, gil.turns, gil.gave, gil.asked, gil.held_ns, sums.turns, sums.gave, sums.asked,
                    sums.hold_ns));
  }
}

// Turns that overlap, or came too late for their place, are told as such; who waited for them is not known.
bool is_out_of_order(const Report& report, std::uint16_t id) {
  return std::any_of(report.gils.begin(), report.gils.end(), [id](const GilReport& gil) {
    return gil.id == id && (gil.overlaps > 0 || gil.late > 0);
  });
}

void check_matrix(const Report& report, std::vector<std::string>& broken) {
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::uint64_t> waited;
  for (const WaitedForReport& part : report.waited_for) waited[{part.gil, part.waiter}] += part.ns;
  for (const ThreadReport& thread : report.threads) {
    std::uint64_t sum = 0;
    if (const auto row = waited.find({thread.gil, thread.index}); row != waited.end()) {
      sum = row->second;
      waited.erase(row);
    }
    if (sum == thread.wait_ns || is_out_of_order(report, thread.gil)) continue;
    broken.push_back(
        fmt::format("the sums agree with their parts: {} waited {} ns for GIL {}, but for others {} ns",
                    thread.name, thread.wait_ns, thread.gil, sum));
  }
  for (const auto& [key, sum] : waited) {
    broken.push_back(
        fmt::format("the sums agree with their parts: a thread {} that is not known waited {} ns "
                    "for GIL {}",
                    key.second, sum, key.first));
  }
}

// The lists: what their entries add up to, or reach, is in the numbers that do not come from lists.
void check_lists(const Report& report, std::vector<std::string>& broken) {
  std::uint64_t contended = 0;
  std::uint64_t gave = 0;
  std::uint64_t obeyed_latest = 0;
  std::uint64_t waited = 0;
  std::uint64_t longest_wait = 0;
  for (const GilReport& gil : report.gils) {
    contended += gil.contended_ns + 1;  // each is rounded by itself
    gave += gil.gave;
    obeyed_latest = std::max(obeyed_latest, gil.obeyed_max_ns);
  }
  for (const ThreadReport& thread : report.threads) {
    waited += thread.wait_ns + 1;
    longest_wait = std::max(longest_wait, thread.longest_wait_ns + 1);
  }
  const auto expect_at_most = [&](const char* what, std::uint64_t sum, const char* of, std::uint64_t whole) {
    if (sum > whole) {
      broken.push_back(
          fmt::format("the sums agree with their parts: {} is {}, but {} is {}", what, sum, of, whole));
    }
  };
  std::uint64_t blockers = 0;
  std::uint64_t blockers_waited = 0;
  for (const BlockerReport& blocker : report.blockers) {
    blockers += blocker.contended_ns;
    blockers_waited += blocker.waited_ns;
  }
  std::uint64_t given = 0;
  for (const GivingReport& giving : report.giving) given += giving.count;
  expect_at_most("contended_ns of the blockers", blockers, "that of the GILs",
                 contended + report.blockers.size());
  expect_at_most("waited_ns of the blockers", blockers_waited, "wait_ns of the threads",
                 waited + report.blockers.size());
  expect_at_most("the turns in the ledger of giving", given, "the number of turns that gave", gave);
  for (const LongWaitReport& wait : report.longest_waits) {
    expect_at_most("one of the longest waits", wait.wait_ns, "the longest of any thread", longest_wait);
    expect_at_most("a holder's part of a wait", wait.holder_ns, "that wait", wait.wait_ns);
  }
  for (const ObeyedReport& obeyed : report.obeyed_latest) {
    expect_at_most("a drop request's age", obeyed.after_ns, "the greatest of its GIL", obeyed_latest);
  }
}

}  // namespace

std::vector<std::string> check_laws(const Report& report) {
  std::vector<std::string> broken;
  for (const GilReport& gil : report.gils) check_order(report, gil, broken);
  check_lives(report, broken);
  check_sleeps(report, broken);
  for (const GilReport& gil : report.gils) check_counts(report, gil, broken);
  check_matrix(report, broken);
  check_lists(report, broken);
  return broken;
}

}  // namespace gilscope::app
