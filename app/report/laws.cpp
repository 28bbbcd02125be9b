#include "app/report/laws.h"

#include <fmt/format.h>

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
  // Each row is rounded to the nanosecond by itself.
  if (gil.held_ns > report.wall_ns + sums_of_threads(report, gil.id).rows) {
    broken.push_back(fmt::format("law 1, turns never overlap: GIL {} was held {} ns in {} ns of wall time",
                                 gil.id, gil.held_ns, report.wall_ns));
  }
  if (gil.contended_ns > report.wall_ns + 1) {
    broken.push_back(
        fmt::format("law 2, a wait lies within the run: GIL {} was contended {} ns in {} ns of wall time",
                    gil.id, gil.contended_ns, report.wall_ns));
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

void check_counts(const Report& report, const GilReport& gil, std::vector<std::string>& broken) {
  const std::uint64_t accounted = gil.turns + gil.lost;
  const bool agree = report.still_running ? accounted <= gil.takes_counted : accounted == gil.takes_counted;
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

}  // namespace

std::vector<std::string> check_laws(const Report& report) {
  std::vector<std::string> broken;
  for (const GilReport& gil : report.gils) check_order(report, gil, broken);
  check_lives(report, broken);
  for (const GilReport& gil : report.gils) check_counts(report, gil, broken);
  return broken;
}

}  // namespace gilscope::app
