#include "app/tour/tour.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "app/report/units.h"
#include "app/tour/prompt.h"
#include "app/tour/still_lanes.h"
#include "app/user_error.h"
#include "kernels/tiles.h"

namespace gilscope::app {

namespace {

using Clock = std::chrono::steady_clock;

// Of a step that has many rows, so that all of it is on one screen.
constexpr std::size_t kManyRuns = 6;
constexpr std::size_t kFewLanes = 3;
constexpr std::size_t kMostLanes = 4;

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

StepFigures figures_of(const TourStep& step, const std::vector<StepDone>& done) {
  StepFigures figures;
  figures.cores = kernels::available_cores();
  for (std::size_t i = 0; i < done.size(); ++i) {
    RunFigures one;
    one.label = step.runs[i].label;
    one.measured = done[i].measured.outcome == Outcome::kMeasured;
    if (one.measured) {
      const Measurement& run = done[i].measured.measurement;
      one.wall_ns = run.wall_ns;
      one.cores_used = share_of(run.cpu_ns, run.wall_ns);
      one.gil_known = run.gil.unknown_reason.empty();
      one.gil_wait_share = share_of(run.gil.contended_ns, run.wall_ns);
      const Measured& base = done[step.runs[i].base].measured;
      const bool is_compared = step.runs[i].base != i && base.outcome == Outcome::kMeasured;
      if (is_compared) one.times = share_of(base.measurement.wall_ns, run.wall_ns);
    }
    figures.runs.push_back(one);
  }
  return figures;
}

}  // namespace

bool Tour::is_over() { return wants_end_ || signals_.ended_by() != 0; }

// Of the work itself: what was before and after it in its process is not shown.
std::vector<std::string> Tour::lanes_of(const TourStep& step, const std::vector<StepDone>& done,
                                        std::string& why_none) const {
  const StepDone& one = done[step.lanes];
  if (one.measured.outcome != Outcome::kMeasured) return {};
  const Measurement& run = one.measured.measurement;
  why_none = run.gil.unknown_reason;
  if (!why_none.empty()) return {};
  why_none = "nobody took the GIL.";
  const std::uint64_t until_ns = run.gil.begin_ns + run.gil.window_ns;
  const std::uint64_t from_ns = until_ns - std::min(until_ns, run.wall_ns);
  const std::size_t most = step.runs.size() > kManyRuns ? kFewLanes : kMostLanes;
  const TraceReader trace = TraceReader::open(one.trace);
  const std::optional<Picture> picture =
      still_picture(trace, from_ns, until_ns, still_columns(plan_.look.width), most);
  if (!picture) return {};
  return still_lines(*picture, step.runs[step.lanes].label, plan_.look.width, plan_.look.paint());
}

// What should have run and has not. False: the step has no result.
bool Tour::tell_faults(const TourStep& step, const std::vector<StepDone>& done) {
  for (const StepDone& one : done) {
    const Measured& measured = one.measured;
    if (measured.outcome == Outcome::kMeasured) continue;
    const bool is_fault = measured.outcome != Outcome::kUnavailable;
    has_failed_ = has_failed_ || is_fault;
    if (is_fault || !one.run->dispensable) {
      say(fmt::format("{}: {}: {}\n{}", step.name, one.run->label, measured.message, measured.traceback));
    }
    if (one.run->dispensable) continue;
    rows_.push_back({&step, "", "it failed: " + measured.message});
    return false;
  }
  return true;
}

void Tour::perform(const TourStep& step, const StepPlace& place) {
  std::string reason = runner_.why_not(step);
  runner_.end_progress();
  if (signals_.ended_by() != 0) return;
  if (!reason.empty()) {
    say(skipped_text(step, place, reason, plan_.look));
    rows_.push_back({&step, "", "skipped: what it needs is not here"});
    return;
  }
  say(question_text(step, place, plan_.look));
  if (plan_.waits) {
    const std::string keys = "Enter: run it   s: skip   q: quit ";
    say(plan_.look.paint().alert(keys));
    const Wish wish = ask_for_wish(STDIN_FILENO, signals_);
    say(plan_.runner.shows_progress ? "\r\x1b[K" : "\n");
    if (wish == Wish::kQuit) wants_end_ = true;
    if (wish == Wish::kSkip) rows_.push_back({&step, "", "skipped"});
    if (wish != Wish::kGo) return;
  }
  std::vector<StepDone> done;
  for (const TourRun& one : step.runs) {
    if (!runner_.calibrate(one) && is_over()) break;
    done.push_back(runner_.run(step, one, &one == &step.runs[step.lanes]));
    if (done.back().measured.outcome == Outcome::kNotRun) break;
  }
  runner_.end_progress();
  if (is_over()) return;
  if (!tell_faults(step, done)) return;
  const StepFigures figures = figures_of(step, done);
  std::string why_no_lanes;
  const std::vector<std::string> lanes = lanes_of(step, done, why_no_lanes);
  say(result_text(step, figures, lanes, why_no_lanes, plan_.look));
  rows_.push_back({&step, key_figure(step, figures), step.learned(figures)});
}

void Tour::perform() {
  const TourRun& first = tour_steps()[0].runs[0];
  const Clock::time_point begun = Clock::now();
  const bool is_calibrated = runner_.calibrate(first);
  runner_.end_progress();
  if (is_over()) return;
  if (!is_calibrated)
    throw UserError("the tour's first countdown cannot be run: gilscope doctor may say why");
  const double took_s = std::chrono::duration<double>(Clock::now() - begun).count();
  say(calibrated_text(took_s, runner_.pace_of(first), plan_.runner.seconds, plan_.look));
  for (std::size_t i = 0; i < plan_.steps.size() && !is_over(); ++i) {
    perform(*plan_.steps[i], {i + 1, plan_.steps.size()});
  }
}

}  // namespace gilscope::app
