// Timeline::snapshot: from ticks to a Report in nanoseconds.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "app/timeline/snapshot_lists.h"
#include "app/timeline/timeline.h"

namespace gilscope::app {

namespace {

using probe::Ticks;

Ticks span_of(Ticks begin, Ticks end) { return end > begin ? end - begin : 0; }

// A thread's use of one GIL, as far as it has gone: what was recorded, and the open turn if there is one.
struct Row {
  const Lane* lane = nullptr;
  const OpenTurn* open = nullptr;
};
using Rows = std::map<std::pair<std::uint32_t, std::uint16_t>, Row>;  // by thread, then GIL

// An open turn may have been read before its record came, or its wait before its take.
bool already_recorded(const Lane& lane, const OpenTurn& open) {
  if (lane.turns == 0) return false;
  if (open.take == 0) return open.want < lane.last_drop;
  return static_cast<std::int32_t>(open.sequence - lane.last_sequence) <= 0;
}

struct Life {
  Ticks begin = 0;
  Ticks end = 0;
};

Life life_of(const Row& row, const ThreadFacts* facts, Ticks now) {
  Life life{0, now};
  if (facts != nullptr) life.begin = facts->begin;
  if (facts != nullptr && facts->end != 0) life.end = std::min(facts->end, now);
  if (life.begin == 0) life.begin = row.lane != nullptr ? row.lane->first_want : row.open->want;
  return life;
}

struct OpenTicks {
  Ticks hold = 0;
  Ticks wait = 0;
};

OpenTicks open_ticks(const OpenTurn* open, Ticks end) {
  if (open == nullptr) return {};
  if (open->take == 0) return {0, span_of(open->want, end)};
  return {span_of(open->take, end), span_of(open->want, open->take)};
}

void fill_spans(ThreadReport& report, Ticks life, Ticks hold, Ticks wait, probe::TickScale scale) {
  report.life_ns = scale.ns(life);
  report.hold_ns = scale.ns(hold);
  report.wait_ns = scale.ns(wait);
  // Each is rounded by itself; where nothing is outside, that may add up to one nanosecond too many.
  if (hold + wait <= life && report.hold_ns + report.wait_ns > report.life_ns) {
    report.wait_ns = report.life_ns - report.hold_ns;
  }
  const std::uint64_t inside = report.hold_ns + report.wait_ns;
  report.outside_ns = report.life_ns - std::min(report.life_ns, inside);
}

ThreadReport thread_report(std::uint32_t thread, std::uint16_t gil, const Row& row, const ThreadFacts* facts,
                           Ticks now, probe::TickScale scale) {
  ThreadReport report;
  report.index = thread;
  report.gil = gil;
  report.name = facts != nullptr && !facts->name.empty() ? facts->name : fmt::format("thread {}", thread);
  if (facts != nullptr) report.native_id = facts->native_id;

  static const Lane kNoTurns;
  const Lane& lane = row.lane != nullptr ? *row.lane : kNoTurns;
  const Life life = life_of(row, facts, now);
  const OpenTicks open = open_ticks(row.open, life.end);
  fill_spans(report, span_of(life.begin, life.end), lane.hold + open.hold, lane.wait + open.wait, scale);
  report.turns = lane.turns;
  report.gave = lane.gave;
  report.asked = lane.asked;

  // A wait that has not ended counts as the longest one, but as a wait of a turn only once it is one.
  const Histogram* waits = &lane.waits;
  const Histogram* holds = &lane.holds;
  Histogram waits_and_open;
  Histogram holds_and_open;
  if (row.open != nullptr && row.open->take != 0) {
    ++report.turns;
    waits_and_open = lane.waits;
    waits_and_open.add(open.wait);
    holds_and_open = lane.holds;
    holds_and_open.add(open.hold);
    waits = &waits_and_open;
    holds = &holds_and_open;
  }
  report.waited_turns = waits->nonzero_count();
  report.longest_wait_ns = std::min(scale.ns(std::max(waits->max(), open.wait)), report.wait_ns);
  report.longest_hold_ns = std::min(scale.ns(holds->max()), report.hold_ns);
  report.wait_p50_ns = std::min(scale.ns(waits->percentile(0.50)), report.longest_wait_ns);
  report.wait_p99_ns = std::min(scale.ns(waits->percentile(0.99)), report.longest_wait_ns);
  report.hold_p50_ns = std::min(scale.ns(holds->percentile(0.50)), report.longest_hold_ns);
  report.hold_p99_ns = std::min(scale.ns(holds->percentile(0.99)), report.longest_hold_ns);
  return report;
}

// A thread where there is no GIL: nothing is held or waited for.
ThreadReport thread_without_gil(const ThreadFacts& facts, const ThreadSleeps& sleeps, Ticks now,
                                probe::TickScale scale) {
  ThreadReport report;
  report.index = facts.index;
  report.native_id = facts.native_id;
  report.name = !facts.name.empty() ? facts.name : fmt::format("thread {}", facts.index);
  report.gil = ThreadReport::kNoGil;
  fill_spans(report, span_of(facts.begin, facts.end != 0 ? std::min(facts.end, now) : now), 0, 0, scale);
  report.blocked_count = sleeps.blocked.count;
  report.blocked_ns = scale.ns(sleeps.blocked.ticks);
  report.longest_blocked_ns = scale.ns(sleeps.blocked.longest);
  report.paused_count = sleeps.paused.count;
  report.paused_ns = scale.ns(sleeps.paused.ticks);
  report.longest_paused_ns = scale.ns(sleeps.paused.longest);
  return report;
}

// What the order of one GIL's turns tells, with those that have not ended, or not been put in order yet.
struct LookedAhead {
  OrderTotals totals;
  WhoWaited who;
};
LookedAhead look_ahead(const GilOrder& order, const WhoWaited& who, std::span<const OpenUntil> open) {
  LookedAhead ahead{{}, who};
  ahead.totals = order.totals(open, &ahead.who);
  std::vector<OpenWait> waits;
  for (const auto& [turn, until] : open) {
    if (turn.take == 0) waits.push_back({turn.thread, turn.want, until});
  }
  ahead.who.add_open_waits(waits);
  return ahead;
}

void add_order(GilReport& gil, const LookedAhead& ahead, probe::TickScale scale) {
  gil.missing = ahead.totals.missing;
  gil.late = ahead.totals.late;
  gil.hand_overs = ahead.totals.hand_overs;
  gil.contended_ns = scale.ns(ahead.totals.contended);
  // The probe and the timeline see the same overlap each in its own way: it is one.
  gil.overlaps = std::max(gil.overlaps, ahead.totals.overlaps);
  const Histogram& latency = ahead.who.hand_over_latency();
  gil.hand_over_max_ns = scale.ns(latency.max());
  gil.hand_over_p50_ns = scale.ns(latency.percentile(0.50));
  gil.hand_over_p99_ns = scale.ns(latency.percentile(0.99));
  gil.unattributed_ns = scale.ns(ahead.who.unattributed());
}

void add_requests(GilReport& gil, const Histogram& obeyed, std::span<const OpenUntil> open,
                  probe::TickScale scale) {
  Ticks longest = obeyed.max();
  gil.requested_turns = obeyed.count();
  for (const auto& [turn, until] : open) {
    if (turn.take == 0 || turn.request == 0) continue;
    ++gil.requested_turns;
    gil.drop_requests += turn.requests;
    longest = std::max(longest, span_of(turn.request, until));
  }
  gil.obeyed_max_ns = scale.ns(longest);
  gil.obeyed_p99_ns = std::min(scale.ns(obeyed.percentile(0.99)), gil.obeyed_max_ns);
}

// The lists that are made of all GILs together.
struct OfAllGils {
  std::vector<BlockerTotals> blockers;  // by place
  Longest<ObeyedTurn> obeyed;
  struct WaitOfGil : LongWait {
    std::uint16_t gil = 0;
  };
  Longest<WaitOfGil> waits;

  void add(std::uint16_t gil, const WhoWaited& who) {
    blockers.resize(std::max(blockers.size(), who.blockers().size()));
    for (std::size_t place = 0; place < who.blockers().size(); ++place) {
      const BlockerTotals& more = who.blockers()[place];
      blockers[place].turns += more.turns;
      blockers[place].contended += more.contended;
      blockers[place].waited += more.waited;
      blockers[place].longest_hold = std::max(blockers[place].longest_hold, more.longest_hold);
    }
    for (const LongWait& wait : who.longest()) waits.add({wait, gil});
  }
  void add_open(std::span<const OpenUntil> open) {
    for (const auto& [turn, until] : open) {
      if (turn.take == 0 || turn.request == 0) continue;
      obeyed.add({span_of(turn.request, until), turn.request, turn.thread, turn.gil, false, 0});
    }
  }
};

}  // namespace

// With the turns that have not ended.
std::vector<ThreadPrograms> Timeline::all_programs(
    const std::map<std::uint16_t, std::vector<OpenUntil>>& open) const {
  std::vector<ThreadPrograms> all;
  for (std::size_t id = 0; id < gils_.size(); ++id) {
    if (gils_[id] == nullptr) continue;
    all.push_back(gils_[id]->programs);
    const auto found = open.find(static_cast<std::uint16_t>(id));
    if (found == open.end()) continue;
    for (const auto& [turn, until] : found->second) {
      if (turn.take == 0) continue;
      probe::Turn held;
      held.want = turn.want;
      held.take = turn.take;
      held.drop = std::max(turn.take, until);
      held.end = probe::TurnEnd::kOpen;
      all.back().add(turn.thread, held);
    }
  }
  return all;
}

Report Timeline::snapshot(const TraceFacts& facts, const EstimateOptions& options) const {
  const RunFacts& run = facts.run;
  const probe::TickScale scale = facts.scale;
  const ListFacts lists{facts.begin, scale, facts.names, facts.places};
  const Ticks now = std::max(facts.now, latest_);
  Report report;
  report.gilscope_version = run.gilscope_version;
  report.python_version = run.python_version;
  report.command = run.command;
  report.free_threaded = run.free_threaded;
  report.gil_enabled = run.gil_enabled;
  report.gil_went_on = run.gil_went_on;
  report.cores = run.cores;
  report.exit_status = run.exit_status;
  report.wall_ns = scale.ns(span_of(facts.begin, now));
  report.verified = run.verified;
  report.unverified_reason = run.unverified_reason;
  report.still_running = run.still_running;
  report.pair_cost_ns = run.pair_cost_ns;
  report.lost_reason = run.lost_reason;
  report.ends_early = run.ends_early;
  if (!run.verified) return report;

  std::unordered_map<std::uint32_t, const ThreadFacts*> facts_of;
  for (const ThreadFacts& thread : facts.threads) facts_of[thread.index] = &thread;
  const auto facts_at = [&](std::uint32_t thread) {
    const auto found = facts_of.find(thread);
    return found != facts_of.end() ? found->second : nullptr;
  };

  Rows rows;
  for (std::uint32_t thread = 0; thread < threads_.size(); ++thread) {
    for (const Lane& lane : threads_[thread].lanes()) rows[{thread, lane.gil}].lane = &lane;
  }
  for (const OpenTurn& turn : facts.open) {
    if (turn.want == 0) continue;  // nothing is known of it yet
    Row& row = rows[{turn.thread, turn.gil}];
    if (row.lane == nullptr || !already_recorded(*row.lane, turn)) row.open = &turn;
  }

  if (!run.gil_enabled) {
    for (const ThreadFacts& thread : facts.threads) {
      report.threads.push_back(thread_without_gil(thread, lock_waits_.of_thread(thread.index), now, scale));
      report.threads.back().regions_overlap =
          thread.index < threads_.size() && threads_[thread.index].regions_overlap();
    }
    std::ranges::sort(report.threads, {}, &ThreadReport::index);
    report.blocked_at = blocked_at_reports(lock_waits_, lists);
  }

  std::map<std::uint16_t, std::vector<OpenUntil>> open_of_gil;
  std::map<std::uint32_t, OpenTicks> open_of_thread;
  GivingLedger giving = giving_;
  for (const auto& [key, row] : rows) {
    const auto [thread, gil] = key;
    const ThreadFacts* its_facts = facts_at(thread);
    report.threads.push_back(thread_report(thread, gil, row, its_facts, now, scale));
    report.threads.back().regions_overlap = thread < threads_.size() && threads_[thread].regions_overlap();
    if (row.open == nullptr) continue;
    const Ticks end = life_of(row, its_facts, now).end;
    open_of_gil[gil].push_back({*row.open, end});
    const OpenTicks ticks = open_ticks(row.open, end);
    open_of_thread[thread].hold += ticks.hold;
    open_of_thread[thread].wait += ticks.wait;
    if (row.lane == nullptr || row.lane->last_end != probe::TurnEnd::kGave) continue;
    giving[row.lane->last_place].add(row.lane->last_drop, row.open->want, row.open->want + ticks.wait);
  }

  // Every GIL that anybody knows of: by its turns, by the probe's count, or by who waits for it.
  std::map<std::uint16_t, GilReport> gil_reports;
  for (const GilFacts& counted : facts.gils) {
    GilReport& gil = gil_reports[counted.id];
    gil.takes_counted = counted.takes_counted;
    gil.lost = counted.lost_counted;
    gil.overlaps = counted.overlaps;
  }
  for (const auto& [key, row] : rows) {
    GilReport& gil = gil_reports[key.second];
    if (row.lane != nullptr) gil.disorders += row.lane->disorders;
    if (row.open != nullptr && row.open->take != 0) ++gil.open_turns;
  }
  for (const ThreadReport& thread : report.threads) {
    if (thread.gil == ThreadReport::kNoGil) continue;
    GilReport& gil = gil_reports[thread.gil];
    gil.turns += thread.turns;
    gil.held_ns += thread.hold_ns;
    gil.gave += thread.gave;
    gil.asked += thread.asked;
  }
  OfAllGils all;
  all.obeyed = obeyed_latest_;
  std::uint64_t turns = 0;
  for (auto& [id, gil] : gil_reports) {
    gil.id = id;
    const Gil* seen = id < gils_.size() ? gils_[id].get() : nullptr;
    const std::vector<OpenUntil>& open = open_of_gil[id];
    const LookedAhead ahead = seen != nullptr ? look_ahead(seen->order, seen->who, open)
                                              : look_ahead(GilOrder{}, WhoWaited{}, open);
    add_order(gil, ahead, scale);
    append_waited_for(id, ahead.who, report.threads, lists, report.waited_for);
    all.add(id, ahead.who);
    all.add_open(open);
    add_requests(gil, seen != nullptr ? seen->obeyed : Histogram{}, open, scale);
    if (seen != nullptr) gil.drop_requests += seen->drop_requests;
    turns += gil.turns;
    report.gils.push_back(gil);
  }
  fill_processes(facts, report);
  if (report.wall_ns > 0) {
    report.own_cost_share =
        static_cast<double>(turns) * run.pair_cost_ns / static_cast<double>(report.wall_ns);
  }

  report.blockers = blocker_reports(all.blockers, lists);
  for (const auto& wait : all.waits.entries()) {
    report.longest_waits.push_back(long_wait_report(wait.gil, wait, lists));
  }
  report.obeyed_latest = obeyed_reports(all.obeyed, lists);
  report.giving = giving_reports(giving, lists);
  fill_cpu(facts.cpu, report);

  RegionMap regions = regions_;
  KernelMap kernels = kernels_.totals();
  CollectionMap collections = collections_;
  for (std::uint32_t thread = 0; thread < threads_.size(); ++thread) {
    const ThreadFacts* its_facts = facts_at(thread);
    const Ticks end = its_facts != nullptr && its_facts->end != 0 ? std::min(its_facts->end, now) : now;
    const OpenTicks ticks = open_of_thread[thread];
    threads_[thread].add_open_spans(regions, kernels, collections, end, ticks.hold, ticks.wait);
  }
  for (const auto& [id, totals] : regions) {
    report.regions.push_back({name_report(id, facts.names), totals.count, scale.ns(totals.wall),
                              scale.ns(totals.hold), scale.ns(totals.wait)});
  }
  for (const auto& [id, count] : marks_) report.marks.push_back({name_report(id, facts.names), count});
  report.kernels = kernel_reports(kernels, lists);
  report.collections = collection_reports(collections, lists);
  if (!run.still_running) report.estimate = estimate(all_programs(open_of_gil), facts, now, report, options);
  return report;
}

}  // namespace gilscope::app
