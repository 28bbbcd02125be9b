#include "app/live/frame.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/paint.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kMostGils = 3;
constexpr std::size_t kState = 5;
constexpr std::size_t kShare = 5;
constexpr std::size_t kLeastCells = 4;
// From this width on a lane has room for the place at its right; else it goes below.
constexpr std::size_t kWide = 130;

struct Columns {
  std::size_t name = 14;
  std::size_t cells = 0;
  std::size_t place = 0;  // 0: not beside the lane
};

Columns columns_in(std::size_t width) {
  Columns columns;
  if (width >= 100) columns.name = 24;
  if (width < 60) columns.name = 8;
  if (width >= kWide) columns.place = width / 4;
  const std::size_t fixed =
      columns.name + 1 + kState + 1 + 2 * (1 + kShare) + (columns.place > 0 ? columns.place + 2 : 0);
  columns.cells = std::max(kLeastCells, width > fixed ? width - fixed : 0);
  return columns;
}

// One line of at most so many columns, of painted and plain parts.
class Line {
 public:
  Line(std::size_t width, bool ascii) : width_(width), ascii_(ascii) {}

  /// Cut where it does not fit.
  template <typename Painter>
  Line& add(const std::string& text, Painter&& paint) {
    const std::string fitting = elided(text, width_ - used_, ascii_);
    used_ += columns_of(fitting);
    text_ += paint(fitting);
    return *this;
  }
  Line& add(const std::string& text) {
    return add(text, [](const std::string& plain) { return plain; });
  }
  /// Padded so that `text` ends at the right margin; not at all where there is no room for it.
  Line& add_right(const std::string& text) {
    const std::size_t columns = columns_of(text);
    if (used_ + columns + 1 > width_) return *this;
    text_ += std::string(width_ - used_ - columns, ' ') + text;
    used_ = width_;
    return *this;
  }
  std::size_t room() const { return width_ - used_; }
  const std::string& text() const { return text_; }

 private:
  std::size_t width_;
  bool ascii_;
  std::size_t used_ = 0;
  std::string text_;
};

class FrameWriter {
 public:
  FrameWriter(const Picture& picture, const FrameWords& words, const FrameOptions& options)
      : picture_(picture),
        words_(words),
        options_(options),
        paint_(options.colour, options.ascii),
        columns_(columns_in(options.width)) {}

  std::vector<std::string> lines() {
    add_head();
    const std::size_t fixed = lines_.size() + foot_lines();
    const std::size_t room = options_.height > fixed ? options_.height - fixed : 0;
    const bool with_places = columns_.place == 0 && picture_.lanes.size() * 2 <= room;
    std::size_t lanes = 0;
    for (const LanePicture& lane : picture_.lanes) {
      if (lanes++ == room) break;
      add_lane(lane);
      if (with_places) add_place(lane);
    }
    add_foot();
    if (lines_.size() > options_.height) lines_.resize(options_.height);
    return std::move(lines_);
  }

 private:
  Line line() const { return Line(options_.width, options_.ascii); }
  void push(const Line& line) { lines_.push_back(line.text()); }

  void add_head() {
    const std::size_t gils = std::min(picture_.gils.size(), kMostGils);
    for (std::size_t i = 0; i < gils; ++i) {
      const GilPicture& gil = picture_.gils[i];
      Line head = line();
      const std::string name = picture_.gils.size() > 1 ? fmt::format("GIL {}", gil.id) : "GIL";
      head.add(fmt::format("{} held {}", name, percent(gil.held_share)),
               [&](const std::string& text) { return paint_.strong(text); });
      head.add(fmt::format(", contended {}", percent(gil.contended_share)));
      if (picture_.gils.size() > 1) {
        head.add(fmt::format(", {:.0f} hand-overs/s", gil.hand_overs_per_second));
      }
      const std::string playing = i == 0 ? words_.playing : "";
      const std::string holder = gil.holder.empty() ? "nobody" : clean(gil.holder);
      for (const std::string& now : {"; now " + holder + " holds it", "; now " + holder}) {
        if (columns_of(now) + columns_of(playing) + 2 > head.room()) continue;
        head.add(now);
        break;
      }
      push(head.add_right(playing));
    }
    if (picture_.gils.size() > kMostGils) {
      push(line().add(fmt::format("and {} more GILs", picture_.gils.size() - kMostGils)));
    }
    if (picture_.gils.empty()) push(line().add(words_.no_turns).add_right(words_.playing));
    add_second_line();
    add_labels();
  }

  void add_second_line() {
    Line second = line();
    std::string text;
    if (picture_.gils.size() == 1) {
      text = fmt::format("{:.0f} hand-overs/s", picture_.gils.front().hand_overs_per_second);
    }
    if (words_.switch_interval_s > 0) {
      if (!text.empty()) text += ", ";
      text += "switch interval " + duration(static_cast<std::uint64_t>(words_.switch_interval_s * 1e9 + 0.5));
    }
    push(second.add(text).add_right(words_.time));
  }

  void add_labels() {
    Line labels = line();
    labels.add(fmt::format("{:<{}} {:<{}} ", "thread", columns_.name, "now", kState));
    const std::string span =
        fmt::format("the last {}, {} a column", duration(picture_.shown_ns), duration(picture_.column_ns));
    const std::string cut = columns_of(span) <= columns_.cells
                                ? span
                                : elided(duration(picture_.shown_ns), columns_.cells, options_.ascii);
    labels.add(left(cut, columns_.cells));
    labels.add(fmt::format(" {:>{}} {:>{}}", "hold", kShare, "wait", kShare));
    if (columns_.place > 0) labels.add("  last dropped at");
    push(labels);
  }

  std::string clean(const std::string& text) const { return printable(text, options_.ascii); }

  void add_lane(const LanePicture& lane) {
    constexpr const char* kStates[] = {"out", "waits", "HOLDS", "ended"};
    Line row = line();
    const std::string name = left(elided(clean(lane.name), columns_.name, options_.ascii), columns_.name);
    row.add(name).add(" ");
    row.add(left(kStates[static_cast<std::size_t>(lane.state)], kState), [&](const std::string& text) {
      return lane.state == LaneState::kHolds ? paint_.strong(text) : text;
    });
    row.add(" ");
    add_cells(lane.cells, row);
    row.add(fmt::format(" {} {}", right(whole_percent(lane.hold_share), kShare),
                        right(whole_percent(lane.wait_share), kShare)));
    if (columns_.place > 0) row.add("  ").add(place_of(lane, columns_.place));
    push(row);
  }

  std::string place_of(const LanePicture& lane, std::size_t columns) const {
    if (lane.place == 0 || !words_.place_text || columns < 16) return "";
    return elided(words_.place_text(lane.place, columns), columns, options_.ascii);
  }

  void add_place(const LanePicture& lane) {
    const std::size_t indent = columns_.name + 1 + kState + 1;
    const std::size_t room = options_.width > indent ? options_.width - indent : 0;
    std::string place = place_of(lane, room);
    if (place.empty()) {
      lines_.emplace_back();
      return;
    }
    push(line().add(std::string(indent, ' ')).add(place));
  }

  void add_cells(const std::vector<LaneCell>& cells, Line& row) const {
    for (std::size_t i = 0; i < cells.size() && i < columns_.cells;) {
      std::size_t end = i;
      while (end < cells.size() && end < columns_.cells && cells[end] == cells[i]) ++end;
      const std::size_t count = end - i;
      row.add(std::string(count, ' '), [&](const std::string& spaces) {
        switch (cells[i]) {
          case LaneCell::kHold:
            return paint_.hold(spaces.size());
          case LaneCell::kWait:
            return paint_.wait(spaces.size());
          case LaneCell::kOutside:
            return paint_.outside(spaces.size());
          case LaneCell::kNone:
            break;
        }
        return spaces;
      });
      i = end;
    }
  }

  bool has_more() const { return picture_.more.threads > 0; }
  std::size_t foot_lines() const { return (has_more() ? 1 : 0) + words_.said.size() + key_lines().size(); }

  std::vector<std::string> key_lines() const {
    std::vector<std::string> lines;
    if (words_.keys.empty()) return lines;
    std::string text;
    for (const std::string& key : words_.keys) {
      const std::string next = text.empty() ? key : text + "   " + key;
      if (columns_of(next) <= options_.width) {
        text = next;
        continue;
      }
      if (!options_.help) break;  // what is left out is for those who ask
      lines.push_back(text);
      text = key;
    }
    lines.push_back(text);
    return lines;
  }

  void add_foot() {
    if (has_more()) {
      const MorePicture& more = picture_.more;
      std::string text = fmt::format("and {} more: held the GIL for {} of the time; now {} wait",
                                     more.threads, percent(more.hold_share), more.waiting);
      if (more.ended > 0) text += fmt::format(", {} have ended", more.ended);
      push(line().add(text));
    }
    for (const std::string& said : words_.said) push(line().add(clean(said)));
    for (const std::string& keys : key_lines()) push(line().add(keys));
  }

  const Picture& picture_;
  const FrameWords& words_;
  const FrameOptions& options_;
  Paint paint_;
  Columns columns_;
  std::vector<std::string> lines_;
};

}  // namespace

std::size_t lane_columns(std::size_t width) { return columns_in(width).cells; }

std::size_t lanes_that_fit(const FrameOptions& options, std::size_t threads, std::size_t gils,
                           const FrameWords& words) {
  const std::size_t head = std::clamp<std::size_t>(gils, 1, kMostGils) + (gils > kMostGils ? 1 : 0) + 2;
  const std::size_t foot = words.said.size() + (words.keys.empty() ? 0 : options.help ? 3 : 1);
  const std::size_t room = options.height > head + foot ? options.height - head - foot : 0;
  return threads <= room ? threads : room > 0 ? room - 1 : 0;
}

std::vector<std::string> frame_lines(const Picture& picture, const FrameWords& words,
                                     const FrameOptions& options) {
  return FrameWriter(picture, words, options).lines();
}

}  // namespace gilscope::app
