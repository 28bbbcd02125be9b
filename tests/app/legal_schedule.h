// Random schedules of threads that share one GIL, and the numbers that follow from them, worked out the slow
// and obvious way: the reference for the timeline. One tick is one nanosecond.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "app/timeline/facts.h"
#include "embed/probe/turn.h"

namespace gilscope::app {

struct ScheduledTurn {
  std::uint32_t thread = 0;
  probe::Turn turn;
  bool lost = false;  // the recorder had no room for it
};

/// The turns of one GIL in the order in which it was taken; the laws hold.
struct Schedule {
  std::vector<ScheduledTurn> turns;
  std::uint32_t threads = 0;
};

struct ScheduleShape {
  std::uint32_t threads = 2;
  std::uint32_t turns = 200;
  double outside = 100;  // mean ticks between two turns of a thread
  double hold = 100;     // mean ticks
  double lost_share = 0;
};

Schedule random_schedule(std::mt19937_64& random, const ScheduleShape& shape);

/// What the timeline should say of the schedule up to `now`.
struct Expected {
  struct Thread {
    std::uint64_t turns = 0, hold = 0, wait = 0, gave = 0, asked = 0, longest_wait = 0;
    std::vector<probe::Ticks> waits, holds;  // sorted
  };
  std::vector<Thread> threads;
  std::uint64_t takes = 0, lost = 0, contended = 0, hand_overs = 0, drop_requests = 0;
  std::vector<OpenTurn> open;

  // Who waited for whom. A place is a turn's location; 0 for a turn that has not ended.
  struct Blocker {
    std::uint64_t turns = 0, contended = 0, waited = 0, longest_hold = 0;
    bool operator==(const Blocker&) const = default;
  };
  struct Wait {
    std::uint64_t length = 0, at = 0;
    std::uint32_t thread = 0, place = 0, holder = 0, holder_place = 0;
    std::uint64_t held = 0;
    bool operator==(const Wait&) const = default;
  };
  struct Obeyed {
    std::uint64_t after = 0, at = 0;
    std::uint32_t thread = 0, place = 0;
    bool gave = false;
    bool operator==(const Obeyed&) const = default;
  };
  struct Giving {
    std::uint64_t count = 0, outside = 0, wait = 0;
    bool operator==(const Giving&) const = default;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> waited_for;  // by waiter and holder
  std::map<std::uint32_t, Blocker> blockers;                                    // by place
  std::vector<Wait> longest_waits;                                              // kMostListed, longest first
  std::vector<Obeyed> obeyed;                                                   // all, latest first
  std::map<std::uint32_t, Giving> giving;                                       // by place
  std::vector<probe::Ticks> hand_over_latencies;                                // sorted
};

/// Places are 0 (not known) to kPlaces - 1.
inline constexpr std::uint32_t kPlaces = 16;

Expected expected_at(const Schedule& schedule, probe::Ticks now);

}  // namespace gilscope::app
