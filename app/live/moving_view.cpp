#include "app/live/moving_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"
#include "app/timeline/snapshot_lists.h"

namespace gilscope::app {

namespace {

// A frame comes twenty times a second: at full speed each moves the picture on by one column.
constexpr double kColumnNs = 50e6;

// Lanes that change places at each frame cannot be read.
constexpr std::uint64_t kFramesOfAnOrder = 20;

}  // namespace

std::string moment_text(std::uint64_t ns) {
  const auto value = static_cast<double>(ns);
  return ns < 1'000'000'000 ? fmt::format("{:.3f} ms", value / 1e6) : fmt::format("{:.6f} s", value / 1e9);
}

std::vector<ThreadFacts> by_index(std::vector<ThreadFacts> threads) {
  std::uint32_t end = 0;
  for (const ThreadFacts& thread : threads) end = std::max(end, thread.index + 1);
  std::vector<ThreadFacts> ordered(end);
  for (std::uint32_t i = 0; i < end; ++i) {
    // Of a number that nobody has: ended before it began.
    ordered[i].index = i;
    ordered[i].begin = ordered[i].end = 1;
  }
  for (ThreadFacts& thread : threads) ordered[thread.index] = std::move(thread);
  return ordered;
}

void MovingView::resize(std::size_t columns, std::size_t lines) {
  if (columns == look_.width && lines == look_.height) return;
  look_.width = columns;
  look_.height = lines;
  ordered_at_ns_.reset();
}

bool MovingView::key(Key key) {
  switch (key) {
    case Key::kPause:
      playback_.pause(!playback_.is_paused());
      return true;
    case Key::kSlower:
      playback_.slower();
      return true;
    case Key::kFaster:
      playback_.faster();
      return true;
    case Key::kHelp:
      look_.help = !look_.help;
      return true;
    default:
      return false;
  }
}

LaneWindow& MovingView::window_for(const ViewFacts& facts) {
  const double ticks = kColumnNs * playback_.speed() / facts.scale.ns_per_tick;
  const auto column = static_cast<probe::Ticks>(std::max(1.0, ticks));
  // While a run goes on its clock is measured better and better: no reason to begin anew.
  const bool fits = window_ &&
                    static_cast<double>(column) > 0.99 * static_cast<double>(window_->column_ticks()) &&
                    static_cast<double>(column) < 1.01 * static_cast<double>(window_->column_ticks());
  if (!fits) window_.emplace(facts.begin, column);
  return *window_;
}

void MovingView::choose_order(const TurnHistory& history, const ViewFacts& facts, std::size_t columns) {
  if (ordered_at_ns_ && frames_ % kFramesOfAnOrder != 0 && order_.size() > look_.height) return;
  ordered_at_ns_ = playback_.at_ns();
  order_ = window_->busiest(history, facts.threads, columns);
  FrameWords words;
  words.said = said_lines();
  words.keys = keys_;
  const bool all_fit = lanes_that_fit(look_, order_.size(), 1, words) == order_.size();
  if (all_fit) std::ranges::sort(order_);
}

std::vector<std::string> MovingView::said_lines() const {
  std::vector<std::string> lines;
  for (const std::string& sentence : said_) {
    const std::vector<std::string> wrapped = wrap(sentence, std::max<std::size_t>(look_.width, 1));
    lines.insert(lines.end(), wrapped.begin(), wrapped.end());
  }
  return lines;
}

std::string MovingView::playing(std::uint64_t behind_ns) const {
  if (!called_.empty()) return called_;
  std::string text = playback_.follows() ? "live" : speed_text(playback_.speed());
  if (!playback_.follows() && playback_.speed() < 1) text += " of the speed";
  if (playback_.is_paused()) text = "PAUSED";
  if (behind_ns > 0) text += fmt::format(", {} behind", duration(behind_ns));
  return text;
}

probe::Ticks MovingView::at(const ViewFacts& facts) const {
  return facts.begin +
         static_cast<probe::Ticks>(static_cast<double>(playback_.at_ns()) / facts.scale.ns_per_tick);
}

probe::Ticks MovingView::needs_from(const ViewFacts& facts) {
  return window_for(facts).needs_from(at(facts));
}

void MovingView::show_until(const TurnHistory& history, const ViewFacts& facts, probe::Ticks until) {
  window_for(facts).advance(history, facts.threads, until);
}

std::vector<std::string> MovingView::frame(const TurnHistory& history, const ViewFacts& facts) {
  LaneWindow& window = window_for(facts);
  const bool in_file = facts.whole_ns.has_value();
  const auto ns_at = [&](probe::Ticks tick) {
    return tick > facts.begin ? facts.scale.ns(tick - facts.begin) : 0;
  };
  probe::Ticks until = history.known_until();
  if (!in_file && playback_.follows()) {
    playback_.jump_to(ns_at(until));
  } else {
    until = facts.begin +
            static_cast<probe::Ticks>(static_cast<double>(playback_.at_ns()) / facts.scale.ns_per_tick);
  }
  window.advance(history, facts.threads, until);
  const std::size_t columns = std::min(lane_columns(look_.width), LaneWindow::kColumns);
  choose_order(history, facts, columns);
  ++frames_;

  FrameWords words;
  words.said = said_lines();
  words.keys = keys_;
  words.switch_interval_s = facts.has_gil ? facts.switch_interval_s : 0;
  if (!facts.has_gil) words.no_turns = "no GIL: threads run at once; the summary says what blocked them";
  words.time = moment_text(playback_.at_ns());
  std::uint64_t behind_ns = 0;
  if (in_file) {
    words.time += fmt::format(" of {}", duration(*facts.whole_ns));
  } else {
    const std::uint64_t known_ns = ns_at(history.known_until());
    behind_ns = known_ns - std::min(known_ns, playback_.at_ns());
    words.time = fmt::format("{:.1f} s", static_cast<double>(playback_.at_ns()) / 1e9);
    if (playback_.speed() < 1) words.time = moment_text(playback_.at_ns());
  }
  words.playing = in_file && called_.empty() && !playback_.is_paused() ? speed_text(playback_.speed())
                                                                       : playing(behind_ns);
  words.place_text = [&](std::uint32_t place, std::size_t width) {
    return printable(place_text(place_report(place, facts.places), width, look_.ascii), look_.ascii);
  };
  const Picture picture = window.picture(history, facts.threads,
                                         {.columns = columns,
                                          .order = order_,
                                          .most_lanes = lanes_that_fit(look_, order_.size(), 1, words),
                                          .scale = facts.scale});
  return frame_lines(picture, words, look_);
}

}  // namespace gilscope::app
