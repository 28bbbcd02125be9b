#include "app/timeline/snapshot_lists.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace gilscope::app {

namespace {

using probe::Ticks;

std::uint64_t since_begin(Ticks at, const ListFacts& facts) {
  return facts.scale.ns(at > facts.begin ? at - facts.begin : 0);
}

// One row of the matrix. Rounding the running sum instead of each part makes the parts add up to the rounded
// whole; the wait itself may have been rounded down by one more to fit into the thread's life.
void append_row(std::uint16_t gil, std::uint32_t waiter, const WaitedRow& row, const ThreadReport* thread,
                probe::TickScale scale, std::vector<WaitedForReport>& waited_for) {
  std::vector<WaitedRow::Cell> cells = row.cells();
  cells.push_back({WaitedForReport::kNobody, row.nobody()});
  const std::size_t first = waited_for.size();
  Ticks ticks = 0;
  std::uint64_t ns = 0;
  for (const WaitedRow::Cell& cell : cells) {
    ticks += cell.ticks;
    const std::uint64_t until = scale.ns(ticks);
    if (until > ns) waited_for.push_back({gil, waiter, cell.holder, until - ns});
    ns = until;
  }
  if (thread == nullptr || ns != thread->wait_ns + 1) return;
  const auto most =
      std::max_element(waited_for.begin() + static_cast<std::ptrdiff_t>(first), waited_for.end(),
                       [](const WaitedForReport& a, const WaitedForReport& b) { return a.ns < b.ns; });
  if (--most->ns == 0) waited_for.erase(most);
}

}  // namespace

PlaceReport place_report(std::uint32_t place, std::span<const probe::Place> places) {
  PlaceReport report;
  while (place != 0 && place < places.size()) {
    const probe::Place& line = places[place];
    report.push_back({line.file, line.line, line.function});
    // A caller is known before whom it calls; anything else would go round in circles.
    if (line.caller >= place) break;
    place = line.caller;
  }
  return report;
}

std::string name_report(std::uint32_t id, std::span<const std::string> names) {
  return id < names.size() ? names[id] : fmt::format("name {}", id);
}

void append_waited_for(std::uint16_t gil, const WhoWaited& who, std::span<const ThreadReport> threads,
                       const ListFacts& facts, std::vector<WaitedForReport>& waited_for) {
  std::unordered_map<std::uint32_t, const ThreadReport*> thread_of;
  for (const ThreadReport& thread : threads) {
    if (thread.gil == gil) thread_of[thread.index] = &thread;
  }
  for (std::uint32_t waiter = 0; waiter < who.rows().size(); ++waiter) {
    const auto found = thread_of.find(waiter);
    append_row(gil, waiter, who.rows()[waiter], found != thread_of.end() ? found->second : nullptr,
               facts.scale, waited_for);
  }
}

LongWaitReport long_wait_report(std::uint16_t gil, const LongWait& wait, const ListFacts& facts) {
  LongWaitReport report;
  report.gil = gil;
  report.thread = wait.thread;
  report.at_ns = since_begin(wait.at, facts);
  report.wait_ns = facts.scale.ns(wait.length);
  report.place = place_report(wait.place, facts.places);
  report.holder = wait.holder;
  report.holder_ns = facts.scale.ns(wait.held);
  report.holder_place = place_report(wait.holder_place, facts.places);
  return report;
}

std::vector<BlockerReport> blocker_reports(std::span<const BlockerTotals> by_place, const ListFacts& facts) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t place = 0; place < by_place.size(); ++place) {
    if (by_place[place].turns > 0) order.push_back(place);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return by_place[a].contended > by_place[b].contended;
  });
  if (order.size() > Report::kMostListed) order.resize(Report::kMostListed);
  std::vector<BlockerReport> reports;
  for (const std::uint32_t place : order) {
    const BlockerTotals& totals = by_place[place];
    reports.push_back({place_report(place, facts.places), totals.turns, facts.scale.ns(totals.contended),
                       facts.scale.ns(totals.waited), facts.scale.ns(totals.longest_hold)});
  }
  return reports;
}

std::vector<ObeyedReport> obeyed_reports(const Longest<ObeyedTurn>& obeyed, const ListFacts& facts) {
  std::vector<ObeyedReport> reports;
  for (const ObeyedTurn& turn : obeyed.entries()) {
    reports.push_back({turn.gil, turn.thread, since_begin(turn.at, facts), facts.scale.ns(turn.length),
                       turn.gave, place_report(turn.place, facts.places)});
  }
  return reports;
}

std::vector<GivingReport> giving_reports(const GivingLedger& ledger, const ListFacts& facts) {
  std::vector<GivingReport> reports;
  for (std::uint32_t place = 0; place < ledger.size(); ++place) {
    const GivingTotals& totals = ledger[place];
    if (totals.count == 0) continue;
    reports.push_back({place_report(place, facts.places), totals.count, facts.scale.ns(totals.outside),
                       facts.scale.ns(totals.wait), totals.wait > totals.outside});
  }
  std::stable_sort(reports.begin(), reports.end(),
                   [](const GivingReport& a, const GivingReport& b) { return a.wait_ns > b.wait_ns; });
  return reports;
}

std::vector<BlockedAtReport> blocked_at_reports(const LockWaits& waits, const ListFacts& facts) {
  std::vector<BlockedAtReport> reports;
  for (const auto& [place, totals] : waits.places()) {
    reports.push_back({place_report(place, facts.places), totals.count, facts.scale.ns(totals.ticks),
                       facts.scale.ns(totals.longest)});
  }
  std::stable_sort(
      reports.begin(), reports.end(),
      [](const BlockedAtReport& a, const BlockedAtReport& b) { return a.blocked_ns > b.blocked_ns; });
  if (reports.size() > Report::kMostListed) reports.resize(Report::kMostListed);
  return reports;
}

std::vector<KernelReport> kernel_reports(const KernelMap& kernels, const ListFacts& facts) {
  std::vector<KernelReport> reports;
  for (const auto& [key, totals] : kernels) {
    KernelReport& report = reports.emplace_back();
    report.name = name_report(key.first, facts.names);
    report.holds_gil = key.second;
    report.calls = totals.calls;
    report.bytes = totals.bytes;
    report.wall_ns = facts.scale.ns(totals.wall);
    report.hold_ns = facts.scale.ns(totals.hold);
    report.wait_ns = facts.scale.ns(totals.wait);
    report.most_threads = totals.most_threads;
    report.tiles = totals.tiles;
    report.tiles_ns = facts.scale.ns(totals.tile_ticks);
  }
  return reports;
}

std::vector<CollectionReport> collection_reports(const CollectionMap& collections, const ListFacts& facts) {
  std::vector<CollectionReport> reports;
  for (const auto& [generation, totals] : collections) {
    reports.push_back({generation, totals.count, totals.objects, facts.scale.ns(totals.wall),
                       facts.scale.ns(totals.hold), facts.scale.ns(totals.longest)});
  }
  return reports;
}

void fill_cpu(std::span<const CpuFacts> cpu, Report& report) {
  std::unordered_map<std::uint32_t, const CpuFacts*> of_thread;
  for (const CpuFacts& facts : cpu) {
    if (facts.thread == CpuFacts::kProcess) {
      report.cpu_known = true;
      report.cpu_ns = facts.on_cpu_ns;
    } else {
      of_thread[facts.thread] = &facts;
    }
  }
  for (ThreadReport& thread : report.threads) {
    const auto found = of_thread.find(thread.index);
    if (found == of_thread.end()) continue;
    thread.cpu_known = true;
    thread.on_cpu_ns = found->second->on_cpu_ns;
    thread.runnable_ns = found->second->runnable_ns;
    thread.asleep_ns = thread.life_ns - std::min(thread.life_ns, thread.on_cpu_ns + thread.runnable_ns);
  }
}

}  // namespace gilscope::app
