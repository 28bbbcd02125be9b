#include "app/tour/still_lanes.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/live/lane_window.h"
#include "app/live/moving_view.h"
#include "app/live/replay_feed.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kName = 14;
constexpr std::size_t kShare = 6;
constexpr std::size_t kLeastColumns = 10;

std::string cells_text(const std::vector<LaneCell>& cells, const Paint& paint) {
  std::string text;
  for (std::size_t i = 0; i < cells.size();) {
    std::size_t end = i;
    while (end < cells.size() && cells[end] == cells[i]) ++end;
    const std::size_t count = end - i;
    switch (cells[i]) {
      case LaneCell::kHold:
        text += paint.hold(count);
        break;
      case LaneCell::kWait:
        text += paint.wait(count);
        break;
      case LaneCell::kOutside:
        text += paint.outside(count);
        break;
      case LaneCell::kNone:
        text += std::string(count, ' ');
        break;
    }
    i = end;
  }
  return text;
}

}  // namespace

std::size_t still_columns(std::size_t width) {
  const std::size_t fixed = kName + 1 + 2 * kShare;
  return std::min(std::max(kLeastColumns, width > fixed ? width - fixed : 0), LaneWindow::kColumns);
}

std::optional<Picture> still_picture(const TraceReader& trace, std::uint64_t from_ns, std::uint64_t until_ns,
                                     std::size_t columns, std::size_t most_lanes) {
  ReplayFeed feed(trace);
  if (feed.turns() == 0 || until_ns <= from_ns) return std::nullopt;
  const TraceFacts& facts = trace.facts();
  const auto tick_at = [&](std::uint64_t ns) {
    return facts.begin + static_cast<probe::Ticks>(static_cast<double>(ns) / facts.scale.ns_per_tick);
  };
  const probe::Ticks begin = tick_at(from_ns);
  const probe::Ticks column = (std::max(tick_at(until_ns), begin + 1) - begin + columns - 1) / columns;
  const probe::Ticks until = begin + column * columns - 1;
  const std::vector<ThreadFacts> threads = by_index(facts.threads);
  LaneWindow window(begin, column);
  feed.bring(begin, until, [&](probe::Ticks moment) {
    if (moment > begin) window.advance(feed.history(), threads, std::min(moment, until));
  });
  window.advance(feed.history(), threads, until);
  std::vector<std::uint32_t> order = window.busiest(feed.history(), threads, columns);
  // A thread that neither held nor waited is not worth a line where another has none.
  const std::size_t shown = order.size() > most_lanes ? most_lanes - 1 : order.size();
  std::ranges::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown));
  return window.picture(feed.history(), threads,
                        {.columns = columns, .order = order, .most_lanes = shown, .scale = facts.scale});
}

std::vector<std::string> still_lines(const Picture& picture, std::string_view title, std::size_t width,
                                     const Paint& paint) {
  std::vector<std::string> lines;
  const std::size_t columns = still_columns(width);
  const std::string span =
      fmt::format("{}: {}, {} a character", title, duration(picture.shown_ns), duration(picture.column_ns));
  lines.push_back(fmt::format("{} {}{}{}", left("thread", kName),
                              left(elided(span, columns, paint.ascii()), columns), right("holds", kShare),
                              right("waits", kShare)));
  for (const LanePicture& lane : picture.lanes) {
    const std::string name = elided(printable(lane.name, paint.ascii()), kName, paint.ascii());
    std::vector<LaneCell> cells = lane.cells;
    cells.resize(columns, LaneCell::kNone);
    lines.push_back(fmt::format("{} {}{}{}", left(name, kName), cells_text(cells, paint),
                                right(whole_percent(lane.hold_share), kShare),
                                right(whole_percent(lane.wait_share), kShare)));
  }
  if (picture.more.threads > 0) {
    lines.push_back(fmt::format("and {} more: held the GIL for {} of the time", picture.more.threads,
                                percent(picture.more.hold_share)));
  }
  lines.push_back(fmt::format("{} {} holds the GIL   {} waits for it   {} outside", left("", kName),
                              paint.hold(1), paint.wait(1), paint.outside(1)));
  return lines;
}

}  // namespace gilscope::app
