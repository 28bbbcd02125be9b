#include "app/timeline/thread_programs.h"

namespace gilscope::app {

using probe::Ticks;

namespace {

bool can_merge(const ProgramStep& a, const ProgramStep& b, Ticks grain) {
  if (a.is_stretch() || b.is_stretch()) return false;
  return (a.outside == 0 && b.outside == 0) || (a.work == 0 && b.work == 0) || a.own() + b.own() <= grain;
}

// Returns how many steps are left.
std::size_t merge_steps(std::vector<ProgramStep>& steps, Ticks grain) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ProgramStep step = steps[i];
    if (step.is_stretch() && step.outside < grain) step = {.outside = step.outside};
    if (kept > 0 && can_merge(steps[kept - 1], step, grain)) {
      steps[kept - 1].work += step.work;
      steps[kept - 1].outside += step.outside;
    } else {
      steps[kept++] = step;
    }
  }
  steps.resize(kept);
  return kept;
}

}  // namespace

OtherMoment ThreadPrograms::moment_of(const Held& held, Ticks moment) {
  const Ticks until = std::max(held.take, std::min(moment, held.drop));
  return {held.thread, held.own + (until - held.take), moment > held.drop ? moment - held.drop : 0};
}

// The last turn that had been taken by then; null: that is further back than turns are kept.
const ThreadPrograms::Held* ThreadPrograms::held_at(Ticks moment) const {
  const std::uint64_t first = added_ > kRecent ? added_ - kRecent : 0;
  std::uint64_t begin = first;
  std::uint64_t end = added_;
  while (begin < end) {
    const std::uint64_t middle = begin + (end - begin) / 2;
    if (recent_[middle % kRecent].take <= moment) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin > first ? &recent_[(begin - 1) % kRecent] : nullptr;
}

const ThreadPrograms::Held* ThreadPrograms::before(const Held* held) const {
  const auto slot = static_cast<std::size_t>(held - recent_.data());
  const std::size_t newest = static_cast<std::size_t>((added_ - 1) % kRecent);
  const std::size_t older = (slot + kRecent - 1) % kRecent;
  const bool is_oldest = older == newest || (added_ <= kRecent && slot == 0);
  return is_oldest ? nullptr : &recent_[older];
}

// Who starts a thread gives the GIL away until the new one runs: of the turns before, the last that was given
// away, not one that ended on request.
void ThreadPrograms::begin(ThreadProgram& program, const probe::Turn& turn) {
  program.begun = true;
  program.first_want = turn.want;
  const Held* held = held_at(turn.want);
  while (held != nullptr && !held->gave) held = before(held);
  if (held != nullptr) program.start = moment_of(*held, turn.want);
}

void ThreadPrograms::add_outside(ThreadProgram& program, std::uint32_t thread, const probe::Turn& turn) {
  const Ticks outside = turn.want - program.last_drop;
  program.own += outside;
  if (outside < grain_) {
    ProgramStep* last = program.steps.empty() ? nullptr : &program.steps.back();
    if (last != nullptr && can_merge(*last, {.outside = outside}, grain_)) {
      last->outside += outside;
    } else {
      push(program, {.outside = outside});
    }
    return;
  }
  ProgramStep stretch{.outside = outside, .gave_at = std::max<Ticks>(program.last_drop, 1)};
  stretch.place = program.last_place;
  const Held* held = held_at(turn.want);
  if (held != nullptr && held->thread != thread && held->drop > program.last_drop) {
    stretch.end = moment_of(*held, turn.want);
  }
  push(program, stretch);
}

void ThreadPrograms::push(ThreadProgram& program, const ProgramStep& step) {
  program.steps.push_back(step);
  if (++steps_ > std::max(most_steps_, 8 * programs_.size())) [[unlikely]]
    coarsen(steps_ / 2);
}

void ThreadPrograms::coarsen(std::size_t most_steps) {
  constexpr Ticks kFirstGrain = 1024;
  while (steps_ > std::max(most_steps, programs_.size()) && grain_ < std::numeric_limits<Ticks>::max() / 4) {
    grain_ = std::max(kFirstGrain, 2 * grain_);
    steps_ = 0;
    for (ThreadProgram& program : programs_) steps_ += merge_steps(program.steps, grain_);
  }
}

}  // namespace gilscope::app
