// The lists of a Report, made from the timeline's totals: ticks become nanoseconds, numbers of places and
// names become text. Not for adding anything up over time: that is the totals' matter. Thread rule: pure
// functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "app/report/report.h"
#include "app/timeline/facts.h"
#include "app/timeline/kernel_calls.h"
#include "app/timeline/lock_waits.h"
#include "app/timeline/longest.h"
#include "app/timeline/thread_lanes.h"
#include "app/timeline/timeline.h"
#include "app/timeline/who_waited.h"

namespace gilscope::app {

/// Begin of the recording, scale and texts: what all of the lists need.
struct ListFacts {
  probe::Ticks begin = 0;
  probe::TickScale scale;
  std::span<const std::string> names;
  std::span<const probe::Place> places;
};

/// The place with that number and its callers; empty when it is not known.
PlaceReport place_report(std::uint32_t place, std::span<const probe::Place> places);

/// The text of that id.
std::string name_report(std::uint32_t id, std::span<const std::string> names);

/// The rows of one GIL, appended to `waited_for`. Each adds up to the wait_ns of its thread's row in
/// `threads`: parts are rounded so that their sum is rounded only once.
void append_waited_for(std::uint16_t gil, const WhoWaited& who, std::span<const ThreadReport> threads,
                       const ListFacts& facts, std::vector<WaitedForReport>& waited_for);

/// A wait for that GIL.
LongWaitReport long_wait_report(std::uint16_t gil, const LongWait& wait, const ListFacts& facts);

std::vector<BlockerReport> blocker_reports(std::span<const BlockerTotals> by_place, const ListFacts& facts);
std::vector<ObeyedReport> obeyed_reports(const Longest<ObeyedTurn>& obeyed, const ListFacts& facts);
std::vector<GivingReport> giving_reports(const GivingLedger& ledger, const ListFacts& facts);
std::vector<BlockedAtReport> blocked_at_reports(const LockWaits& waits, const ListFacts& facts);
std::vector<KernelReport> kernel_reports(const KernelMap& kernels, const ListFacts& facts);
std::vector<CollectionReport> collection_reports(const CollectionMap& collections, const ListFacts& facts);

/// What the kernel says of the process and its threads, where it says something.
void fill_cpu(std::span<const CpuFacts> cpu, Report& report);

/// The processes, with the sums over the GILs of `report`, which come before.
void fill_processes(const TraceFacts& facts, Report& report);

}  // namespace gilscope::app
