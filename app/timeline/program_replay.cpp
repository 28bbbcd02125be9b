#include "app/timeline/program_replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace gilscope::app {

namespace {

constexpr std::uint32_t kNobody = ReplayStep::kNobody;
constexpr double kNever = std::numeric_limits<double>::infinity();

struct Watch {
  double position;
  std::uint32_t thread;
  bool operator>(const Watch& other) const { return position > other.position; }
};

struct Unblocked {
  double at;
  std::uint32_t by;
};

struct Thread {
  const std::vector<ReplayStep>* steps = nullptr;
  std::size_t step = 0;
  std::uint32_t next_end = 0;  // of those that the step waits for
  bool runs = false;           // neither waits nor is done
  bool done = false;
  bool is_last = false;   // nothing is over before it is done
  double own_before = 0;  // of the steps before
  double share = 0;       // of the step that is done
  std::priority_queue<Watch, std::vector<Watch>, std::greater<>> watches;
  std::vector<std::uint32_t> end_watches;
  std::vector<Unblocked> unblocked;

  const ReplayStep& now() const { return (*steps)[step]; }
  double position() const { return own_before + share * now().own; }
  // The share of the step at which something happens next.
  double next_share() const {
    if (watches.empty() || now().own <= 0) return 1;
    return std::min(1.0, (watches.top().position - own_before) / now().own);
  }
};

class Replay {
 public:
  Replay(const ReplayPrograms& programs, double cores)
      : programs_(programs), cores_(cores), threads_(programs.threads.size()) {
    for (std::size_t i = 0; i < threads_.size(); ++i) threads_[i].steps = &programs.threads[i];
    for (const std::uint32_t thread : programs.last) threads_[thread].is_last = true;
  }

  ReplayResult run() {
    for (std::uint32_t thread = 0; thread < threads_.size(); ++thread) enter(thread);
    settle();
    while (!is_over()) {
      if (running_.empty()) {
        release_one();
      } else {
        advance();
      }
      settle();
    }
    result_.length = now_;
    go_back();
    return std::move(result_);
  }

 private:
  bool is_over() {
    while (over_ < programs_.last.size() && threads_[programs_.last[over_]].done) ++over_;
    return over_ == programs_.last.size();
  }

  // A thread comes to a step, which may be the end.
  void enter(std::uint32_t index) {
    Thread& thread = threads_[index];
    thread.share = 0;
    if (thread.step == thread.steps->size()) {
      thread.done = true;
      if (thread.is_last) last_done_ = index;
      for (const std::uint32_t other : thread.end_watches) ready_.push_back({other, index});
      while (!thread.watches.empty()) {
        ready_.push_back({thread.watches.top().thread, index});
        thread.watches.pop();
      }
      return;
    }
    if (thread.now().waits) {
      thread.next_end = thread.now().ends_from;
      look(index, kNobody);
    } else {
      start(index);
    }
  }

  void start(std::uint32_t index) {
    threads_[index].runs = true;
    running_.push_back(index);
  }

  // A thread that waits looks whether it may go on; `by`: who woke it.
  void look(std::uint32_t index, std::uint32_t by) {
    Thread& thread = threads_[index];
    const ReplayStep& step = thread.now();
    for (; thread.next_end < step.ends_to; ++thread.next_end) {
      const std::uint32_t other = programs_.ended[thread.next_end];
      if (other == index || threads_[other].done) continue;
      threads_[other].end_watches.push_back(index);
      return;
    }
    if (step.for_thread < threads_.size() && step.for_thread != index) {
      Thread& other = threads_[step.for_thread];
      if (!other.done && !has_come_to(other, step.position)) {
        other.watches.push({step.position, index});
        return;
      }
    }
    if (by != kNobody) thread.unblocked.push_back({now_, by});
    start(index);
  }

  static bool has_come_to(const Thread& thread, double position) {
    return thread.position() >= position - 1e-9 * (1 + std::abs(position));
  }

  // Those whose moment has come, until there are no more.
  void settle() {
    while (!ready_.empty()) {
      const Ready ready = ready_.back();
      ready_.pop_back();
      const Thread& thread = threads_[ready.thread];
      if (!thread.done && !thread.runs && thread.now().waits) look(ready.thread, ready.by);
    }
  }

  // Cannot be, but for a file that is damaged: everybody waits for somebody.
  void release_one() {
    for (std::uint32_t index = 0; index < threads_.size(); ++index) {
      if (!threads_[index].done && !threads_[index].runs) return start(index);
    }
  }

  // How much longer work takes, the same for all, with so many cores: 1, or the root of
  // sum of work / (idle + s work) = cores, which falls as s grows and is convex: Newton's steps from the left
  // never pass it.
  double slow_down() const {
    double s = 1;
    for (int i = 0; i < 60; ++i) {
      double used = 0;
      double slope = 0;
      for (const std::uint32_t index : running_) {
        const ReplayStep& step = threads_[index].now();
        const double length = step.idle + s * step.work;
        if (step.work <= 0 || length <= 0) continue;
        const double share = step.work / length;
        used += share;
        slope += share * share;
      }
      if (used <= cores_ * (1 + 1e-12) || slope <= 0) return s;
      s += (used - cores_) / slope;
    }
    return s;
  }

  static double length_of(const ReplayStep& step, double s) { return step.idle + s * step.work; }

  // To the next moment at which something happens.
  void advance() {
    const double s = slow_down();
    double length = kNever;
    bool anybody_works = false;
    for (const std::uint32_t index : running_) {
      const Thread& thread = threads_[index];
      length = std::min(length, (thread.next_share() - thread.share) * length_of(thread.now(), s));
      anybody_works = anybody_works || thread.now().work > 0.5 * thread.now().idle;
    }
    length = std::max(length, 0.0);
    now_ += length;
    (s > 1 + 1e-6 ? result_.cores_short : anybody_works ? result_.working : result_.idle) += length;

    arrived_.clear();
    std::size_t kept = 0;
    for (const std::uint32_t index : running_) {
      Thread& thread = threads_[index];
      const double whole = length_of(thread.now(), s);
      const double next = thread.next_share();
      // A rest that is too short to move the clock is none.
      if (whole <= 0 || (next - thread.share) * whole <= length * (1 + 1e-12) + now_ * 1e-15) {
        thread.share = next;
      } else {
        thread.share += length / whole;
      }
      while (!thread.watches.empty() && has_come_to(thread, thread.watches.top().position)) {
        ready_.push_back({thread.watches.top().thread, index});
        thread.watches.pop();
      }
      if (thread.share >= 1) {
        thread.runs = false;
        arrived_.push_back(index);
      } else {
        running_[kept++] = index;
      }
    }
    running_.resize(kept);
    for (const std::uint32_t index : arrived_) {
      Thread& thread = threads_[index];
      thread.own_before += thread.now().own;
      ++thread.step;
      enter(index);
    }
  }

  void go_back() {
    result_.on_the_way.assign(threads_.size(), 0);
    if (programs_.last.empty()) return;
    std::uint32_t thread = last_done_;
    double at = now_;
    std::size_t left = 0;
    for (const Thread& each : threads_) left += each.unblocked.size();
    for (; left > 0; --left) {
      std::vector<Unblocked>& unblocked = threads_[thread].unblocked;
      while (!unblocked.empty() && unblocked.back().at > at) unblocked.pop_back();
      if (unblocked.empty()) break;
      result_.on_the_way[thread] += at - unblocked.back().at;
      at = unblocked.back().at;
      const std::uint32_t by = unblocked.back().by;
      unblocked.pop_back();
      thread = by;
    }
    result_.on_the_way[thread] += at;
  }

  struct Ready {
    std::uint32_t thread;
    std::uint32_t by;
  };

  const ReplayPrograms& programs_;
  double cores_;
  double now_ = 0;
  std::vector<Thread> threads_;
  std::vector<std::uint32_t> running_;
  std::vector<std::uint32_t> arrived_;
  std::vector<Ready> ready_;
  std::size_t over_ = 0;
  std::uint32_t last_done_ = 0;
  ReplayResult result_;
};

}  // namespace

ReplayResult replay(const ReplayPrograms& programs, double cores) { return Replay(programs, cores).run(); }

}  // namespace gilscope::app
