#include "app/live/live_view.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <system_error>

#include <fmt/format.h>
#include <pthread.h>

#include "app/live/bottom_screen.h"
#include "embed/probe/clock.h"
#include "embed/probe/cpu_times.h"

namespace gilscope::app {

namespace {

// About 40 MiB at most; minutes of a contended run, tenths of a second of one that does nothing but take it.
constexpr std::size_t kMostTurns = 600'000;
constexpr int kFrameMs = 50;
constexpr double kMostInterval = 1.0;
constexpr double kLeastInterval = 1e-6;

}  // namespace

LiveView::LiveView(std::unique_ptr<ViewProcess> process, const FrameOptions& look, LiveSource source)
    : process_(std::move(process)),
      source_(std::move(source)),
      history_(kMostTurns),
      view_(look, Playback(1, 1)) {}

LiveView::~LiveView() {
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
}

void LiveView::begin(probe::ClockSample begin) {
  begin_ = begin;
  facts_.begin = begin.ticks;
  offer_keys();
  // Signals are for the threads of the script.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    // No thread can be started: there is a last frame only.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void LiveView::add(std::uint32_t thread, std::span<const probe::Turn> records) {
  const std::lock_guard lock(mutex_);
  history_.add(thread, records);
}

void LiveView::end_of_pass(probe::Ticks oldest_open_want) {
  const std::lock_guard lock(mutex_);
  history_.end_of_pass(oldest_open_want);
  // All that ended before that moment is in the history now.
  if (next_open_at_ != 0) history_.set_open(next_open_at_, next_open_);
}

void LiveView::open_at(probe::Ticks at, std::span<const OpenTurn> open) {
  const std::lock_guard lock(mutex_);
  next_open_at_ = at;
  next_open_.assign(open.begin(), open.end());
}

void LiveView::look_away(bool away) {
  const std::lock_guard lock(looking_);
  is_away_ = away;
}

void LiveView::run() {
  pthread_setname_np(pthread_self(), "gilscope-live");
  std::uint64_t last_ns = probe::monotonic_ns();
  while (!stopping_.load()) {
    if (!process_->wait_for_keys(kFrameMs)) {
      // Somebody has ended the view process: what the script writes must go elsewhere.
      process_->finish({});
      return;
    }
    take_keys();
    const std::uint64_t now_ns = probe::monotonic_ns();
    if (now_ns - last_ns < kFrameMs * std::uint64_t{1'000'000} * 9 / 10) continue;
    if (!has_quit_) process_->draw(last_frame_ = frame(now_ns - last_ns));
    last_ns = now_ns;
  }
}

void LiveView::take_keys() {
  const std::string bytes = process_->keys();
  if (has_quit_) return;
  for (const Key pressed : key_reader_.read(bytes)) key(pressed);
}

void LiveView::key(Key key) {
  if (view_.key(key)) return offer_keys();
  switch (key) {
    case Key::kShorterInterval:
    case Key::kLongerInterval:
      change_interval(key == Key::kLongerInterval);
      break;
    case Key::kEnd:
      view_.playback() = Playback(1, 1);
      break;
    case Key::kType:
      process_->type_to_script();
      offer_keys();
      break;
    case Key::kQuit:
      has_quit_ = true;
      process_->quit(last_frame_);
      break;
    default:
      break;
  }
}

// 1, 2 and 5 times the powers of ten.
void LiveView::change_interval(bool longer) {
  const double now = source_.requested_switch_interval ? source_.requested_switch_interval() : 0;
  if (now <= 0 || !source_.set_switch_interval) return;
  const double decade = std::pow(10, std::floor(std::log10(now) + 1e-9));
  const double times = now / decade;
  double next = 0;
  if (longer) {
    next = decade * (times < 2 - 1e-6 ? 2 : times < 5 - 1e-6 ? 5 : 10);
  } else {
    next = decade * (times > 5 + 1e-6 ? 5 : times > 2 + 1e-6 ? 2 : times > 1 + 1e-6 ? 1 : 0.5);
  }
  source_.set_switch_interval(std::clamp(next, kLeastInterval, kMostInterval));
}

void LiveView::offer_keys() {
  if (process_->is_typing())
    return view_.offer_keys({"what you type goes to the script; Esc: back to the view"});
  std::vector<std::string> keys = {view_.playback().is_paused() ? "space go on" : "space pause",
                                   ", . slower, faster",
                                   "[ ] switch interval",
                                   "q quit view",
                                   "? help",
                                   "End now"};
  if (process_->has_scripts_input()) keys.emplace_back("i type to the script");
  view_.offer_keys(std::move(keys));
}

bool LiveView::refresh_facts() {
  const std::lock_guard lock(looking_);
  if (is_away_) return false;
  const std::uint64_t now_ns = probe::monotonic_ns();
  facts_.scale = probe::tick_scale(begin_, probe::sample_clocks());
  facts_.has_gil = !source_.has_gil || source_.has_gil();
  facts_.switch_interval_s = source_.switch_interval ? source_.switch_interval() : 0;
  const std::vector<probe::Place> fresh =
      source_.places_from(static_cast<std::uint32_t>(std::max<std::size_t>(facts_.places.size(), 1)));
  if (facts_.places.empty()) facts_.places.emplace_back();
  facts_.places.insert(facts_.places.end(), fresh.begin(), fresh.end());
  if (now_ns < threads_asked_ns_) return true;
  const std::uint64_t before_ns = probe::cpu_ns_of_thread();
  facts_.threads = by_index(source_.threads());
  // All threads that ever were: with very many it must not take a share of a core.
  threads_asked_ns_ = now_ns + 200 * (probe::cpu_ns_of_thread() - before_ns);
  return true;
}

std::vector<std::string> LiveView::frame(std::uint64_t passed_ns) {
  if (!refresh_facts()) return last_frame_;
  const ViewProcess::Size size = process_->size();
  view_.resize(size.columns, BottomScreen::most_lines(size.rows));
  const std::lock_guard lock(mutex_);
  const auto ns_at = [&](probe::Ticks tick) {
    return tick > facts_.begin ? facts_.scale.ns(tick - facts_.begin) : 0;
  };
  Playback& playback = view_.playback();
  if (!playback.is_paused()) {
    playback.go_on(passed_ns, ns_at(history_.forgotten_until()), ns_at(history_.known_until()));
  }
  return view_.frame(history_, facts_);
}

void LiveView::finish(probe::Ticks end, std::span<const OpenTurn> open) {
  if (finished_.exchange(true)) return;
  stopping_.store(true);
  if (thread_.joinable()) thread_.join();
  if (has_quit_) return process_->finish({});
  {
    const std::lock_guard lock(mutex_);
    history_.end_of_pass(0);
    history_.end_of_pass(0);
    history_.set_open(end, open);
  }
  view_.playback() = Playback(1, 1);
  view_.offer_keys({});
  view_.call_it("the end");
  threads_asked_ns_ = 0;
  process_->finish(frame(0));
}

}  // namespace gilscope::app
