// The timeline of the picture: a lane for each GIL, in the colour of who holds it, and one for each thread.
// A hold is solid and a wait hatched, both as high as the lane; where turns are short, the height
// is the share of the column's time, and a little is always seen.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/report/picture_layout.h"
#include "app/report/processes.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

using probe::Ticks;

constexpr Font kBody{28, false};
constexpr Font kHeading{28, true};
constexpr double kMargin = 60;
constexpr double kLeastRow = 54;
constexpr double kMostRow = 190;
constexpr double kSpanBar = 18;    // regions, kernels and collections, above the lane
constexpr double kRowGap = 6;      // below the lane
constexpr double kHeadRow = 40;    // what the columns of numbers are
constexpr double kAxisY = 908;     // the lowest that lanes may reach
constexpr double kLegendY = 1012;  // the line that its letters stand on
constexpr double kLeastSeen = 2;
constexpr double kHoldX = 1745;  // right ends of the numbers beside the lanes
constexpr double kWaitX = kPageWidth - kMargin;

constexpr std::array kThreadColours = {colours::kBlue, colours::kGreen,  colours::kPurple,
                                       colours::kSky,  colours::kOrange, colours::kDark};
constexpr Colour kWaitColour = colours::kVermillion;

struct LaneBox {
  double y;
  double height;
  double bottom() const { return y + height; }
};

class Lanes {
 public:
  Lanes(const ColumnScale& scale, Scene& scene) : scale_(scale), scene_(scene) {}

  double x_of(Ticks tick) const {
    return kPlotX + kColumnWidth * scale_.position(std::clamp(tick, scale_.from(), scale_.to()));
  }

  void add(double x, double y, double width, double height, Colour colour, Fill fill = Fill::kSolid) {
    if (width > 0 && height > 0) scene_.boxes.push_back({x, y, width, height, colour, fill});
  }

  void add_slices(const Coverage& coverage, double bottom, double height, Colour colour, Fill fill) {
    for (const Coverage::Slice& slice : coverage.slices()) {
      add(x_of(slice.begin), bottom - height, x_of(slice.end) - x_of(slice.begin), height, colour, fill);
    }
  }

  /// The share of a column that short ones take.
  double share(const Coverage& coverage, std::size_t column) const {
    if (coverage.columns().empty()) return 0;
    return static_cast<double>(coverage.columns()[column]) /
           static_cast<double>(std::max<Ticks>(scale_.edge(column + 1) - scale_.edge(column), 1));
  }

  /// `height` is that of a whole column, `limit` that of the lane. `heights[column]` is where what lies below
  /// ends; it grows by what is drawn here.
  void add_columns(const Coverage& coverage, double bottom, double height, double limit, double least,
                   std::vector<double>& heights, Colour colour, Fill fill) {
    for (std::size_t i = 0; !coverage.columns().empty() && i < scale_.columns();) {
      const double tall = height_at(coverage, i, height, least);
      // Equal neighbours are one box.
      std::size_t end = i + 1;
      while (end < scale_.columns() && heights[end] == heights[i] &&
             height_at(coverage, end, height, least) == tall) {
        ++end;
      }
      // A little that would not fit above what fills the lane is drawn over its top.
      const double below = std::min(heights[i], limit - tall);
      add(kPlotX + kColumnWidth * static_cast<double>(i), bottom - below - tall,
          kColumnWidth * static_cast<double>(end - i), tall, colour, fill);
      for (; i < end; ++i) heights[i] += tall;
    }
  }

  void add_bars(const Coverage& coverage, double y, double height, Colour colour) {
    for (const Coverage::Slice& slice : coverage.slices()) {
      add(x_of(slice.begin), y, x_of(slice.end) - x_of(slice.begin), height, colour);
    }
    std::vector<double> heights(scale_.columns());
    add_columns(coverage, y + height, height, height, kLeastSeen, heights, colour, Fill::kSolid);
  }

 private:
  double height_at(const Coverage& coverage, std::size_t column, double height, double least) const {
    const double part = share(coverage, column);
    return part > 0 ? std::clamp(part * height, least, height) : 0;
  }

  const ColumnScale& scale_;
  Scene& scene_;
};

void add_thread_lane(Lanes& lanes, const LaneColumns& lane, const LaneBox& box, Colour colour,
                     const ColumnScale& scale) {
  const double begin = lanes.x_of(lane.begin), end = lanes.x_of(lane.end);
  lanes.add(begin, box.y, end - begin, box.height, colours::kOutside);
  std::vector<const Coverage*> kinds{&lane.wait};
  for (const Coverage& hold : lane.holds) kinds.push_back(&hold);
  const std::vector<Coverage> shown = settled(scale, kinds);
  std::vector<double> heights(scale.columns());
  for (std::size_t i = 1; i < shown.size(); ++i) {
    lanes.add_columns(shown[i], box.bottom(), box.height, box.height, kLeastSeen, heights, colour,
                      Fill::kSolid);
  }
  lanes.add_columns(shown[0], box.bottom(), box.height, box.height, kLeastSeen, heights, kWaitColour,
                    Fill::kHatched);
  lanes.add_slices(shown[0], box.bottom(), box.height, kWaitColour, Fill::kHatched);
  for (std::size_t i = 1; i < shown.size(); ++i) {
    lanes.add_slices(shown[i], box.bottom(), box.height, colour, Fill::kSolid);
  }
  // One above the other, so that none hides another.
  constexpr double kThird = kSpanBar / 3;
  constexpr double kThick = kThird - 1;
  lanes.add_bars(lane.region, box.y - kSpanBar, kThick, colours::kInk);
  lanes.add_bars(lane.kernel, box.y - kSpanBar + kThird, kThick, colours::kGreen);
  lanes.add_bars(lane.tile, box.y - kSpanBar + kThird, kThick, colours::kGreen);
  lanes.add_bars(lane.collection, box.y - kThird, kThick, colours::kVermillion);
}

// Of a few threads each keeps its colour whatever the span; of many, neighbours differ.
std::vector<Colour> colours_of(const PictureColumns& columns, const Report& report) {
  std::vector<std::uint32_t> threads;
  for (const ThreadReport& thread : report.threads) {
    if (threads.empty() || threads.back() != thread.index) threads.push_back(thread.index);
  }
  std::vector<Colour> result;
  for (std::size_t i = 0; i < columns.lanes.size(); ++i) {
    const auto found = std::ranges::find(threads, columns.lanes[i].thread);
    const auto place = static_cast<std::size_t>(found - threads.begin());
    const bool few = threads.size() <= kThreadColours.size() && found != threads.end();
    result.push_back(kThreadColours[(few ? place : i) % kThreadColours.size()]);
  }
  return result;
}

void add_gil_lane(Lanes& lanes, const PictureColumns& columns, const std::vector<Colour>& lane_colours,
                  std::size_t gil, const LaneBox& box, const ColumnScale& scale) {
  lanes.add(kPlotX, box.y, kPlotWidth, box.height, colours::kOutside);
  std::vector<const Coverage*> holders;
  for (const LaneColumns& lane : columns.lanes) holders.push_back(&lane.holds[gil]);
  holders.push_back(&columns.other_hold[gil]);
  const std::vector<Coverage> shown = settled(scale, holders);
  std::vector<double> heights(scale.columns());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const Colour colour = i < columns.lanes.size() ? lane_colours[i] : colours::kOthers;
    lanes.add_columns(shown[i], box.bottom(), box.height, box.height, 0, heights, colour, Fill::kSolid);
    lanes.add_slices(shown[i], box.bottom(), box.height, colour, Fill::kSolid);
  }
}

struct ThreadFigures {
  std::string name;
  std::string hold;  // without a GIL: on a core
  std::string wait;  // without a GIL: blocked on Python's own locks
};

ThreadFigures figures_of(const Report& report, std::uint32_t thread) {
  ThreadFigures figures;
  std::uint64_t hold = 0, wait = 0, life = 0;
  for (const ThreadReport& row : report.threads) {
    if (row.index != thread) continue;
    figures.name = row.name;
    hold += report.gil_enabled ? row.hold_ns : row.on_cpu_ns;
    wait += report.gil_enabled ? row.wait_ns : row.blocked_ns;
    life = row.life_ns;
  }
  if (life == 0) return figures;
  figures.hold = whole_percent(share_of(hold, life));
  figures.wait = whole_percent(share_of(wait, life));
  return figures;
}

class Legend {
 public:
  Legend(Scene& scene, const Measure& measure) : scene_(scene), measure_(measure) {}

  void add(const char* text, bool filled, Colour colour, Fill fill = Fill::kSolid) {
    constexpr double kSwatch = 44, kHigh = 28;
    scene_.boxes.push_back({x_, kLegendY + 4 - kHigh, kSwatch, kHigh, colours::kOutside});
    if (filled) {
      scene_.boxes.push_back({x_, kLegendY + 4 - kHigh, kSwatch, kHigh, colour, fill});
    }
    add(text, kSwatch + 10);
  }
  void add_bar(const char* text, Colour colour) {
    constexpr double kLength = 44, kThick = 5;
    scene_.boxes.push_back({x_, kLegendY - 13, kLength, kThick, colour});
    add(text, kLength + 10);
  }
  void add(const char* text, double before = 0) {
    x_ += before;
    const std::string shown = fitted(text, kPageWidth - kMargin - x_, kBody, measure_);
    if (!shown.empty()) scene_.labels.push_back({x_, kLegendY, shown, kBody, colours::kFaintInk});
    x_ += measure_(shown, kBody) + 32;
  }

 private:
  Scene& scene_;
  const Measure& measure_;
  double x_ = kMargin;
};

bool any_of(const PictureColumns& columns, Coverage LaneColumns::*kind) {
  return std::ranges::any_of(columns.lanes,
                             [kind](const LaneColumns& lane) { return !(lane.*kind).empty(); });
}

bool any_short(const PictureColumns& columns) {
  const auto is_short = [](const Coverage& coverage) { return !coverage.columns().empty(); };
  return std::ranges::any_of(columns.lanes, [&](const LaneColumns& lane) {
    return is_short(lane.wait) || std::ranges::any_of(lane.holds, is_short);
  });
}

void lay_out_legend(const PictureColumns& columns, bool has_gil, const Measure& measure, Scene& scene) {
  Legend legend(scene, measure);
  if (has_gil) legend.add("holds the GIL", true, kThreadColours[0]);
  legend.add(has_gil ? "waits" : "blocked on one of Python's locks", true, kWaitColour, Fill::kHatched);
  legend.add(has_gil ? "outside" : "anything else", false, colours::kOutside);
  if (any_of(columns, &LaneColumns::region)) legend.add_bar("region", colours::kInk);
  if (any_of(columns, &LaneColumns::kernel) || any_of(columns, &LaneColumns::tile)) {
    legend.add_bar("kernel", colours::kGreen);
  }
  if (any_of(columns, &LaneColumns::collection)) legend.add_bar("garbage collection", colours::kVermillion);
  if (any_short(columns)) legend.add("height = share of time");
}

void lay_out_axis(const ColumnScale& scale, const PictureSpan& span, double top, double bottom,
                  const Measure& measure, Scene& scene) {
  const auto ns_at = [&](Ticks tick) { return span.scale.ns(tick - std::min(tick, span.begin_of_run)); };
  const std::uint64_t from = ns_at(scale.from()), to = ns_at(scale.to());
  scene.boxes.push_back({kPlotX, bottom, kPlotWidth, 2, colours::kFaintInk});
  for (const TimeTick& tick : time_ticks(from, to, 8)) {
    const double share =
        static_cast<double>(tick.ns - from) / static_cast<double>(std::max(to - from, std::uint64_t{1}));
    const double x = kPlotX + share * kPlotWidth;
    scene.boxes.push_back({x - 1, top, 2, bottom - top + 12, colours::kGrid});
    const double half = measure(tick.label, kBody) / 2;
    scene.labels.push_back({std::clamp(x, kPlotX - 60 + half, kPlotRight + 60 - half), bottom + 42,
                            tick.label, kBody, colours::kFaintInk, Align::kMiddle});
  }
}

}  // namespace

std::size_t rows_that_fit(double top) {
  return std::max<std::size_t>(static_cast<std::size_t>(std::max(kAxisY - top - kHeadRow, 0.0) / kLeastRow),
                               2);
}

void lay_out_lanes(const Report& report, const PictureColumns& columns, const ColumnScale& scale,
                   const PictureSpan& span, double top, const Measure& measure, Scene& scene) {
  const double name_width = kPlotX - kMargin - 24;
  std::string more;
  if (columns.more_threads > 0) {
    more = fmt::format("the {} busiest threads; {} more (gray) have no lane", columns.lanes.size(),
                       count(columns.more_threads));
  }
  if (columns.more_gils > 0) {
    more += fmt::format("{}{} more {} no lane", more.empty() ? "" : "; ", count(columns.more_gils),
                        columns.more_gils == 1 ? "GIL has" : "GILs have");
  }
  const std::string scope = span.is_whole ? "" : "a part of the run; all figures are of the whole";
  const std::string beside = more.empty() ? scope : scope.empty() ? more : more + "; " + scope;

  const double first = top + kHeadRow;
  const std::size_t rows = columns.gils.size() + columns.lanes.size();
  if (rows == 0) {
    constexpr Font kWords{36, false};
    const char* const when = span.is_whole ? "in this run" : "in this part of the run";
    scene.labels.push_back(
        {kMargin, first + 60, fmt::format("No turns {}: nobody took the GIL.", when), kWords});
    return;
  }
  const double hold_x = report.gil_enabled ? kHoldX : kHoldX - 24;  // "blocked" is a long word
  scene.labels.push_back(
      {hold_x, top + 28, report.gil_enabled ? "hold" : "core", kBody, colours::kFaintInk, Align::kRight});
  scene.labels.push_back(
      {kWaitX, top + 28, report.gil_enabled ? "wait" : "blocked", kBody, colours::kFaintInk, Align::kRight});
  if (!beside.empty()) {
    scene.labels.push_back(
        {kPlotX, top + 28, fitted(beside, hold_x - 100 - kPlotX, kBody, measure), kBody, colours::kFaintInk});
  }
  const double row = std::clamp((kAxisY - first) / static_cast<double>(rows), 30.0, kMostRow);
  const double bottom = first + row * static_cast<double>(rows);
  lay_out_axis(scale, span, first, bottom, measure, scene);

  Lanes lanes(scale, scene);
  const std::vector<Colour> lane_colours = colours_of(columns, report);
  double y = first;
  const auto box_of = [&] { return LaneBox{y + kSpanBar, row - kSpanBar - kRowGap}; };
  const auto name = [&](const LaneBox& box, const std::string& text, Font font) {
    scene.labels.push_back(
        {kMargin + 18, box.y + box.height / 2 + 10, fitted(text, name_width, font, measure), font});
  };
  for (std::size_t gil = 0; gil < columns.gils.size(); ++gil, y += row) {
    const LaneBox box = box_of();
    add_gil_lane(lanes, columns, lane_colours, gil, box, scale);
    std::string title = "GIL";
    if (report.gils.size() > 1) title = gil_title(report, columns.gils[gil]);
    if (measure(title, kHeading) > name_width) title = gil_short_title(report, columns.gils[gil]);
    name(box, title, kHeading);
  }
  for (std::size_t i = 0; i < columns.lanes.size(); ++i, y += row) {
    const LaneColumns& lane = columns.lanes[i];
    const Colour colour = lane_colours[i];
    const LaneBox box = box_of();
    add_thread_lane(lanes, lane, box, colour, scale);
    lanes.add(kMargin, box.y, 8, box.height, colour);
    const ThreadFigures figures = figures_of(report, lane.thread);
    name(box, lane.name.empty() ? figures.name : lane.name, kBody);
    const double line = box.y + box.height / 2 + 10;
    scene.labels.push_back({hold_x, line, figures.hold, kBody, colours::kInk, Align::kRight});
    scene.labels.push_back({kWaitX, line, figures.wait, kBody, colours::kInk, Align::kRight});
  }
  lay_out_legend(columns, report.gil_enabled, measure, scene);
}

}  // namespace gilscope::app
