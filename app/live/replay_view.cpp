#include "app/live/replay_view.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "app/live/happening.h"
#include "app/report/units.h"
#include "embed/probe/clock.h"

namespace gilscope::app {

namespace {

constexpr int kFrameMs = 50;
// Faster than that sentences cannot be read.
constexpr double kTellingSpeed = 1.0 / 50;
constexpr double kJumpFrames = 20;

volatile std::sig_atomic_t end_signal = 0;
volatile std::sig_atomic_t stop_signal = 0;
void on_end_signal(int number) { end_signal = number; }
void on_stop_signal(int) { stop_signal = 1; }

void watch_signal(int number, void (*handler)(int)) {
  struct sigaction action;
  std::memset(&action, 0, sizeof action);
  action.sa_handler = handler;  // without SA_RESTART: poll() ends
  sigaction(number, &action, nullptr);
}

}  // namespace

ReplayView::ReplayView(const TraceReader& trace, const ReplayOptions& options)
    : trace_(trace),
      options_(options),
      feed_(trace),
      view_(options.look, Playback(options.speed, 1e4)),
      is_stepping_(options.step) {
  const TraceFacts& facts = trace.facts();
  facts_.threads = by_index(facts.threads);
  facts_.places = facts.places;
  facts_.scale = facts.scale;
  facts_.begin = facts.begin;
  facts_.whole_ns = ns_at(facts.now);
  view_.playback().jump_to(options_.from_ns);
  view_.playback().pause(is_stepping_);
  if (!facts.run.ends_early.empty()) note_ = "the trace ends early: " + facts.run.ends_early;
}

probe::Ticks ReplayView::tick_at(std::uint64_t ns) const {
  return facts_.begin + static_cast<probe::Ticks>(static_cast<double>(ns) / facts_.scale.ns_per_tick);
}

Telling ReplayView::telling() const {
  return {.threads = facts_.threads,
          .places = facts_.places,
          .scale = facts_.scale,
          .begin = facts_.begin,
          .ascii = options_.look.ascii};
}

void ReplayView::bring(probe::Ticks from, probe::Ticks until) {
  feed_.bring(from, until, [&](probe::Ticks moment) { view_.show_until(feed_.history(), facts_, moment); });
}

// A moment just after the take: the thread holds the GIL.
void ReplayView::show_turn(std::uint64_t number) {
  view_.playback().jump_to(ns_at(feed_.history().turns()[number].take) + 2);
  view_.say({sentence(feed_.history(), number, telling())});
}

void ReplayView::step_forward() {
  is_stepping_ = true;
  view_.playback().pause(true);
  const probe::Ticks now = view_.at(facts_);
  bring(now, now);
  std::uint64_t number = feed_.history().first_after(now);
  for (;;) {
    const TurnHistory& history = feed_.history();
    number = std::max(number, history.turns().begin());
    for (; number < history.turns().end(); ++number) {
      const PastTurn& turn = history.turns()[number];
      if (ns_at(turn.take) + 2 <= view_.playback().at_ns() || !is_telling(history, number)) continue;
      if (ns_at(turn.take) > options_.to_ns) break;
      return show_turn(number);
    }
    if (number < history.turns().end() || !feed_.bring_more()) break;
  }
  view_.playback().jump_to(options_.to_ns);
  view_.say({"no further hand-over: this is the end"});
}

void ReplayView::step_back() {
  is_stepping_ = true;
  view_.playback().pause(true);
  // What came before may lie far back: looked for in longer and longer parts.
  const probe::Ticks now = view_.at(facts_);
  const probe::Ticks begin = tick_at(options_.from_ns);
  for (probe::Ticks span = tick_at(1'000'000) - facts_.begin;; span *= 8) {
    const probe::Ticks from = now > begin + span ? now - span : begin;
    bring(from, now);
    const TurnHistory& history = feed_.history();
    for (std::uint64_t number = history.first_after(now) + 1; number-- > history.turns().begin();) {
      if (number >= history.turns().end()) continue;
      const PastTurn& turn = history.turns()[number];
      if (ns_at(turn.take) + 2 >= view_.playback().at_ns()) continue;
      if (turn.take < from) break;
      if (is_telling(history, number)) return show_turn(number);
    }
    if (from == begin) break;
  }
  view_.playback().jump_to(options_.from_ns);
  view_.say({"nothing was handed over before: this is the begin"});
}

void ReplayView::jump(double frames) {
  const double ns =
      static_cast<double>(view_.playback().at_ns()) + frames * kFrameMs * 1e6 * view_.playback().speed();
  view_.playback().jump_to(static_cast<std::uint64_t>(
      std::clamp(ns, static_cast<double>(options_.from_ns), static_cast<double>(options_.to_ns))));
  view_.say({});
}

void ReplayView::key(Key key) {
  if (key == Key::kPause && is_stepping_) key = Key::kNext;
  if (view_.key(key)) return offer_keys();
  switch (key) {
    case Key::kNext:
      step_forward();
      break;
    case Key::kPrevious:
      step_back();
      break;
    case Key::kLeft:
      jump(-kJumpFrames);
      break;
    case Key::kRight:
      jump(kJumpFrames);
      break;
    case Key::kBegin:
      view_.playback().jump_to(options_.from_ns);
      view_.say({});
      break;
    case Key::kEnd:
      view_.playback().jump_to(options_.to_ns);
      view_.playback().pause(true);
      view_.say({});
      break;
    case Key::kGo:
      is_stepping_ = false;
      view_.playback().pause(false);
      break;
    case Key::kQuit:
      wants_end_ = true;
      break;
    default:
      break;
  }
  offer_keys();
}

void ReplayView::offer_keys() {
  const bool paused = view_.playback().is_paused();
  const char* const space = is_stepping_ ? "space next hand-over" : paused ? "space go on" : "space pause";
  std::vector<std::string> keys = {space,      "p back",      "g play", ", slower",
                                   ". faster", "arrows jump", "q quit", "Home End begin, end",
                                   "? help"};
  if (!is_stepping_) keys[1] = "n next hand-over", keys[2] = "p back";
  view_.offer_keys(std::move(keys));
}

// While it plays slowly: the last hand-over before the moment that is shown.
void ReplayView::say_what_happened() {
  if (is_stepping_ || view_.playback().is_paused()) return;
  std::vector<std::string> said;
  if (view_.playback().speed() <= kTellingSpeed) {
    const TurnHistory& history = feed_.history();
    const probe::Ticks now = view_.at(facts_);
    said.emplace_back();
    for (std::uint64_t number = std::min(history.first_after(now) + 1, history.turns().end());
         number-- > history.turns().begin();) {
      if (history.turns()[number].take >= now || !is_telling(history, number)) continue;
      said.front() = sentence(history, number, telling());
      break;
    }
  }
  if (!note_.empty()) said.push_back(note_);
  view_.say(std::move(said));
}

void ReplayView::draw(TtyDevice& tty, BottomScreen& screen) {
  const TtySize size = tty.size();
  view_.resize(size.columns, BottomScreen::most_lines(size.rows));
  bring(view_.needs_from(facts_), view_.at(facts_));
  say_what_happened();
  tty.write(screen.frame(view_.frame(feed_.history(), facts_), size.rows, size.columns));
}

int ReplayView::play(TtyDevice& tty) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) watch_signal(number, on_end_signal);
  watch_signal(SIGTSTP, on_stop_signal);
  BottomScreen screen;
  tty.take_keys();
  if (is_stepping_) step_forward();
  offer_keys();
  std::uint64_t last_ns = probe::monotonic_ns();
  while (!wants_end_ && end_signal == 0 && !has_ended_) {
    draw(tty, screen);
    pollfd entry{.fd = tty.descriptor(), .events = POLLIN, .revents = 0};
    // While it stands still nothing is to be done until a key comes, but a new size may.
    poll(&entry, 1, kFrameMs);
    if ((entry.revents & (POLLHUP | POLLERR)) != 0) break;
    if (entry.revents != 0) {
      for (const Key pressed : key_reader_.read(tty.read())) key(pressed);
    }
    if (stop_signal != 0) {
      stop_signal = 0;
      tty.write(screen.suspend());
      tty.give_keys_back();
      kill(getpid(), SIGSTOP);
      tty.take_keys();
    }
    const std::uint64_t now_ns = probe::monotonic_ns();
    Playback& playback = view_.playback();
    if (!playback.is_paused()) {
      playback.go_on(now_ns - last_ns, options_.from_ns, options_.to_ns);
      has_ended_ = playback.at_ns() >= options_.to_ns;
    }
    last_ns = now_ns;
  }
  view_.offer_keys({});
  bring(view_.needs_from(facts_), view_.at(facts_));
  tty.write(screen.finish(view_.frame(feed_.history(), facts_)));
  tty.give_keys_back();
  return end_signal != 0 ? 128 + end_signal : 0;
}

void ReplayView::tell(std::FILE* out) {
  const Telling how = telling();
  std::vector<const ThreadFacts*> ended;
  for (const ThreadFacts& thread : trace_.facts().threads) {
    if (thread.end != 0) ended.push_back(&thread);
  }
  std::ranges::stable_sort(ended, {}, [](const ThreadFacts* thread) { return thread->end; });
  auto next_end = ended.begin();
  const auto is_wanted = [&](std::uint64_t ns) { return ns >= options_.from_ns && ns <= options_.to_ns; };
  const auto tell_ends = [&](probe::Ticks until) {
    for (; next_end != ended.end() && (*next_end)->end <= until; ++next_end) {
      if (is_wanted(ns_at((*next_end)->end))) fmt::print(out, "{}\n", end_sentence(**next_end, how));
    }
  };
  const probe::Ticks from = tick_at(options_.from_ns);
  bring(from, from);
  std::uint64_t hand_overs = 0;
  std::uint64_t number = feed_.history().first_after(from);
  bool is_more = true;
  while (is_more) {
    const TurnHistory& history = feed_.history();
    for (; number < history.turns().end(); ++number) {
      const PastTurn& turn = history.turns()[number];
      if (!is_wanted(ns_at(turn.take))) continue;
      tell_ends(turn.take);
      if (!is_telling(history, number)) continue;
      hand_overs += turn.hand_over;
      fmt::print(out, "{}\n", sentence(history, number, how));
    }
    const bool is_beyond =
        !history.turns().empty() && ns_at(history.turns()[history.turns().end() - 1].take) > options_.to_ns;
    is_more = !is_beyond && feed_.bring_more();
  }
  tell_ends(tick_at(options_.to_ns) + 1);
  if (!note_.empty()) fmt::print(out, "{}\n", note_);
  fmt::print(out, "{} from {} to {} of {}\n", counted(hand_overs, "hand-over"), moment_text(options_.from_ns),
             moment_text(options_.to_ns), duration(*facts_.whole_ns));
}

}  // namespace gilscope::app
