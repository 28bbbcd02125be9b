#include "app/timeline/estimate.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>

#include "app/timeline/program_replay.h"

namespace gilscope::app {

namespace {

using probe::Ticks;

// So long after a thread's end, who joined it wants the GIL; and so small a part of what it was outside for
// that it was hardly by chance.
constexpr double kSoonNs = 1'000'000;
constexpr double kSoonPart = 0.05;
constexpr std::size_t kMostSteps = std::size_t{1} << 15;
constexpr std::size_t kMostMoves = std::size_t{1} << 24;  // steps x threads

// A thread's use of one GIL.
struct Lane {
  std::uint16_t gil = 0;
  std::uint32_t thread = 0;
  const ThreadProgram* program = nullptr;
};

// Of a lane's time with and without the GIL, how much is on a core.
struct CoreShare {
  double of_hold = 1;
  double outside_ns = 0;       // so much of what is outside, at most
  bool works_outside = false;  // rather than waits
};

// In the standard library's locks, joins, queues and pools a thread waits for another thread.
bool is_wait_for_thread(const probe::Place& place) {
  const std::string_view file = place.file;
  const auto is = [&](std::string_view name) {
    return file.ends_with(name) && (file.size() == name.size() || file[file.size() - name.size() - 1] == '/');
  };
  return is("threading.py") || is("queue.py") || is("multiprocessing/pool.py") ||
         file.find("/concurrent/futures/") != std::string_view::npos;
}

class Estimator {
 public:
  Estimator(const std::vector<ThreadPrograms>& gils, const TraceFacts& facts, double price)
      : facts_(facts), price_(price) {
    for (std::size_t gil = 0; gil < gils.size(); ++gil) {
      const std::vector<ThreadProgram>& programs = gils[gil].programs();
      for (std::uint32_t thread = 0; thread < programs.size(); ++thread) {
        if (!programs[thread].begun) continue;
        index_[key(gil, thread)] = static_cast<std::uint32_t>(lanes_.size());
        lanes_.push_back({static_cast<std::uint16_t>(gil), thread, &programs[thread]});
      }
    }
    find_ends();
    find_core_shares();
    for (const probe::Place& place : facts.places) waits_at_.push_back(is_wait_for_thread(place));
    if (facts.places.size() > 1) waits_at_[0] = true;  // outside any Python code
  }

  const std::vector<Lane>& lanes() const { return lanes_; }
  Ticks last_drop() const { return last_drop_; }

  /// `all_waits`: what may have been a wait for another thread was one.
  ReplayPrograms programs(bool all_waits) const {
    ReplayPrograms result;
    for (const auto& [drop, lane] : ends_) result.ended.push_back(lane);
    result.last = result.ended;
    if (lanes_[last_].program != nullptr && !ended_[last_]) result.last.push_back(last_);
    for (std::size_t i = 0; i < lanes_.size(); ++i) result.threads.push_back(program_of(i, all_waits));
    return result;
  }

 private:
  static std::uint64_t key(std::size_t gil, std::uint32_t thread) { return gil << 32 | thread; }
  double ns(Ticks ticks) const { return static_cast<double>(ticks) * facts_.scale.ns_per_tick; }

  void find_ends() {
    ended_.resize(lanes_.size());
    std::vector<std::uint32_t> threads_ended;
    for (const ThreadFacts& thread : facts_.threads) {
      if (thread.end != 0) threads_ended.push_back(thread.index);
    }
    std::sort(threads_ended.begin(), threads_ended.end());
    for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
      const Ticks drop = lanes_[i].program->last_drop;
      if (drop >= last_drop_) {
        last_drop_ = drop;
        last_ = i;
      }
      ended_[i] = std::binary_search(threads_ended.begin(), threads_ended.end(), lanes_[i].thread);
      if (ended_[i]) ends_.push_back({drop, i});
    }
    std::sort(ends_.begin(), ends_.end());
  }

  void find_core_shares() {
    std::unordered_map<std::uint32_t, double> held;
    std::unordered_map<std::uint32_t, double> outside;
    for (const Lane& lane : lanes_) {
      held[lane.thread] += ns(lane.program->held);
      outside[lane.thread] += ns(lane.program->own - lane.program->held);
    }
    for (const CpuFacts& cpu : facts_.cpu) {
      const auto found = held.find(cpu.thread);
      if (found == held.end()) continue;
      // A thread that holds or works outside is on a core, or would be.
      const auto on_core = static_cast<double>(cpu.on_cpu_ns);
      const double wanted = on_core + static_cast<double>(cpu.runnable_ns);
      CoreShare& share = core_share_[cpu.thread];
      if (wanted < found->second) {
        share.of_hold = wanted / found->second;
      } else if (wanted > 0) {
        share.outside_ns = on_core * (1 - found->second / wanted);
        share.works_outside = 2 * share.outside_ns > outside[cpu.thread];
      }
    }
  }

  // The threads that ended in (begin, end], as a part of ends_.
  std::pair<std::uint32_t, std::uint32_t> ended_in(Ticks begin, Ticks end) const {
    const auto after = [](Ticks moment, const std::pair<Ticks, std::uint32_t>& at) {
      return moment < at.first;
    };
    const auto from = std::upper_bound(ends_.begin(), ends_.end(), begin, after);
    const auto to = std::upper_bound(from, ends_.end(), end, after);
    return {static_cast<std::uint32_t>(from - ends_.begin()), static_cast<std::uint32_t>(to - ends_.begin())};
  }

  // The stretch as a wait for other threads, if it was one.
  std::optional<ReplayStep> wait_of(const Lane& lane, const ProgramStep& stretch, bool all_waits) const {
    const Ticks end = stretch.gave_at + stretch.outside;
    const auto [from, to] = ended_in(stretch.gave_at, end);
    const bool other_held = stretch.end.thread != OtherMoment::kNobody;
    if (!other_held && from == to) return std::nullopt;
    // A thread that is on a core outside does not wait there, unless the place says so.
    const auto share = core_share_.find(lane.thread);
    const bool may_wait = share == core_share_.end() || !share->second.works_outside;
    ReplayStep step{.own = ns(stretch.outside), .waits = true, .ends_from = from, .ends_to = to};
    const double soon = std::min(kSoonNs, kSoonPart * step.own);
    bool is_wait = (all_waits && may_wait) || (stretch.place < waits_at_.size() && waits_at_[stretch.place]);
    if (from != to) {
      step.idle = ns(end - ends_[to - 1].first);
      is_wait = is_wait || (may_wait && step.idle <= soon);
    }
    if (other_held) {
      step.for_thread = index_.at(key(lane.gil, stretch.end.thread));
      step.position = ns(stretch.end.own);
      step.idle = ns(stretch.end.after);
      const ThreadProgram& other = *lanes_[step.for_thread].program;
      const bool was_its_last = ended_[step.for_thread] && stretch.end.own + other.last_hold >= other.own &&
                                ns(other.own - std::min(other.own, stretch.end.own)) <= soon;
      is_wait = is_wait || (may_wait && was_its_last && step.idle <= soon);
    }
    if (!is_wait) return std::nullopt;
    return step;
  }

  std::vector<ReplayStep> program_of(std::size_t index, bool all_waits) const {
    const Lane& lane = lanes_[index];
    std::vector<ReplayStep> steps;
    steps.push_back(start_of(lane));
    double outside = 0;
    for (const ProgramStep& step : lane.program->steps) {
      const std::optional<ReplayStep> wait =
          step.is_stretch() ? wait_of(lane, step, all_waits) : std::nullopt;
      if (wait) {
        steps.push_back(*wait);
        continue;
      }
      outside += ns(step.outside);
      steps.push_back({.own = ns(step.own()), .work = ns(step.work), .idle = ns(step.outside)});
    }
    const auto found = core_share_.find(lane.thread);
    const CoreShare share = found != core_share_.end() ? found->second : CoreShare{};
    const double of_outside = outside > 0 ? std::min(1.0, share.outside_ns / outside) : 0;
    for (std::size_t i = 1; i < steps.size(); ++i) {
      ReplayStep& step = steps[i];
      if (step.waits) continue;
      const double held = step.work;
      const double idle = step.idle;
      step.work = held * share.of_hold * price_ + idle * of_outside;
      step.idle = held * (1 - share.of_hold) + idle * (1 - of_outside);
    }
    return steps;
  }

  ReplayStep start_of(const Lane& lane) const {
    const ThreadProgram& program = *lane.program;
    const OtherMoment& start = program.start;
    if (start.thread == OtherMoment::kNobody) {
      return {.idle = ns(program.first_want > facts_.begin ? program.first_want - facts_.begin : 0)};
    }
    return {.idle = ns(start.after),
            .waits = true,
            .for_thread = index_.at(key(lane.gil, start.thread)),
            .position = ns(start.own)};
  }

  const TraceFacts& facts_;
  double price_;
  std::vector<Lane> lanes_;
  std::unordered_map<std::uint64_t, std::uint32_t> index_;   // in lanes_, by GIL and thread
  std::vector<std::pair<Ticks, std::uint32_t>> ends_;        // last drop and lane of threads that ended
  std::vector<char> ended_;                                  // by lane
  std::unordered_map<std::uint32_t, CoreShare> core_share_;  // by thread
  std::vector<char> waits_at_;                               // by place
  Ticks last_drop_ = 0;
  std::uint32_t last_ = 0;  // the lane that let go last
};

bool can_be_estimated(const Report& report) {
  if (!report.verified || !report.gil_enabled || report.wall_ns == 0) return false;
  std::uint64_t turns = 0;
  for (const GilReport& gil : report.gils) {
    if (gil.lost > 0 || gil.missing > 0) return false;
    turns += gil.turns;
  }
  return turns > 0;
}

// Two threads that held a twentieth of what was held, and somebody who waited a twentieth of the time.
bool threads_got_in_each_others_way(const Report& report) {
  std::uint64_t held = 0;
  std::uint64_t contended = 0;
  for (const GilReport& gil : report.gils) {
    held += gil.held_ns;
    contended = std::max(contended, gil.contended_ns);
  }
  const auto computed = std::count_if(report.threads.begin(), report.threads.end(),
                                      [&](const ThreadReport& thread) { return thread.hold_ns > held / 20; });
  return computed >= 2 && contended > report.wall_ns / 20;
}

std::uint64_t whole_ns(double ns) {
  return ns < 0x1p63 ? static_cast<std::uint64_t>(ns + 0.5) : ~std::uint64_t{0};
}

}  // namespace

std::optional<EstimateReport> estimate(std::vector<ThreadPrograms> gils, const TraceFacts& facts, Ticks now,
                                       const Report& report, const EstimateOptions& options) {
  const double scale = facts.scale.ns_per_tick;
  if (facts.processes.size() > 1) return std::nullopt;  // what they wait for in each other is not known
  if (!can_be_estimated(report) || !(scale > 1e-6 && scale < 1e6)) return std::nullopt;  // a damaged file
  std::size_t threads = 0;
  for (const ThreadPrograms& gil : gils) threads += gil.programs().size();
  for (ThreadPrograms& gil : gils) {
    gil.coarsen(std::min(kMostSteps, kMostMoves / std::max<std::size_t>(threads, 1)));
  }

  const Estimator estimator(gils, facts, options.price);
  if (estimator.lanes().empty()) return std::nullopt;
  EstimateReport result;
  result.cores = options.cores > 0 ? options.cores : std::max(report.cores, 1);
  result.price = options.price;
  // Nobody holds any more: the end of the process.
  const auto tail = static_cast<double>(facts.scale.ns(now - std::min(now, estimator.last_drop())));
  const ReplayResult replayed = replay(estimator.programs(false), result.cores);
  const ReplayResult shortest = replay(estimator.programs(true), result.cores);
  result.wall_ns = whole_ns(replayed.length + tail);
  result.least_ns = std::min(whole_ns(shortest.length + tail), result.wall_ns);
  result.speed_up =
      static_cast<double>(report.wall_ns) / static_cast<double>(std::max<std::uint64_t>(result.wall_ns, 1));
  using Bound = EstimateReport::Bound;
  result.bound_by = replayed.cores_short >= std::max(replayed.working, replayed.idle) ? Bound::kCores
                    : replayed.working >= replayed.idle                               ? Bound::kThreads
                                                                                      : Bound::kOutside;
  const auto longest = std::max_element(replayed.on_the_way.begin(), replayed.on_the_way.end());
  result.thread = estimator.lanes()[static_cast<std::size_t>(longest - replayed.on_the_way.begin())].thread;
  result.thread_ns = whole_ns(*longest);
  result.says_something = threads_got_in_each_others_way(report);
  return result;
}

}  // namespace gilscope::app
