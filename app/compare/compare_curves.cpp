#include "app/compare/compare_curves.h"

#include <algorithm>
#include <cmath>

#include "app/compare/compare_columns.h"

namespace gilscope::app {

namespace {

constexpr Font kAxis{24, false};
constexpr Font kName{24, true};
constexpr double kNameHeight = 34;
constexpr double kNamesAt = 60;  // to the right of the frame
constexpr double kNamesWidth = 380;
constexpr double kDot = 4;
constexpr double kMark = 14;

constexpr Colour kCurveColours[] = {colours::kBlue, colours::kVermillion, colours::kGreen, colours::kPurple,
                                    colours::kDark, colours::kOrange,     colours::kSky,   colours::kOthers};

// Powers of two, four and so on, that are far enough from each other.
std::vector<double> grid_lines(double least, double most) {
  double step = 2;
  while (std::log(most / least) / std::log(step) > 10) step *= 2;
  std::vector<double> lines;
  for (double value = std::pow(step, std::floor(std::log(least) / std::log(step))); value <= most * 1.001;
       value *= step) {
    if (value >= least * 0.999) lines.push_back(value);
  }
  return lines;
}

class Axes {
 public:
  Axes(const Sweep& sweep, const CurveFrame& frame) : frame_(frame), points_(sweep.points.size()) {
    for (const SweepRow& row : sweep.rows) {
      for (const double value : row.speed_ups) {
        if (value <= 0) continue;
        least_ = std::min(least_, value);
        most_ = std::max(most_, value);
      }
    }
    least_ *= 0.8;
    most_ *= 1.25;
  }

  double x(std::size_t point) const {
    const double steps = static_cast<double>(std::max<std::size_t>(points_ - 1, 1));
    return frame_.left + kInset +
           (frame_.right - frame_.left - 2 * kInset) * static_cast<double>(point) / steps;
  }
  double y(double value) const {
    return frame_.bottom - (frame_.bottom - frame_.top) * std::log(value / least_) / std::log(most_ / least_);
  }
  double least() const { return least_; }
  double most() const { return most_; }

 private:
  static constexpr double kInset = 40;
  CurveFrame frame_;
  std::size_t points_;
  double least_ = 1;
  double most_ = 1;
};

// A line of dots that touch each other.
void draw_line(double x1, double y1, double x2, double y2, Colour colour, Scene& scene) {
  const double length = std::hypot(x2 - x1, y2 - y1);
  const auto dots = static_cast<int>(std::ceil(length / (kDot * 0.75)));
  for (int i = 0; i <= dots; ++i) {
    const double part = dots == 0 ? 0 : static_cast<double>(i) / dots;
    scene.boxes.push_back({x1 + (x2 - x1) * part - kDot / 2, y1 + (y2 - y1) * part - kDot / 2, kDot, kDot,
                           colour, Fill::kSolid});
  }
}

void draw_axes(const Sweep& sweep, const CurveFrame& frame, const Axes& axes, Scene& scene) {
  for (const double value : grid_lines(axes.least(), axes.most())) {
    const bool is_one = std::abs(value - 1) < 1e-9;
    scene.boxes.push_back({frame.left, axes.y(value) - (is_one ? 1.5 : 0.5), frame.right - frame.left,
                           is_one ? 3.0 : 1.0, is_one ? colours::kInk : colours::kGrid, Fill::kSolid});
    scene.labels.push_back({frame.left - 12, axes.y(value) + 8,
                            value < 1 ? "1/" + ratio(1 / value).substr(0, ratio(1 / value).find('.'))
                                      : ratio(value).substr(0, ratio(value).find('.')),
                            kAxis, colours::kFaintInk, Align::kRight});
  }
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    scene.labels.push_back(
        {axes.x(i), frame.bottom + 40, sweep.points[i], kAxis, colours::kInk, Align::kMiddle});
  }
}

}  // namespace

void lay_out_curves(const Sweep& sweep, const CurveFrame& frame, const Measure& measure, Scene& scene) {
  const Axes axes(sweep, frame);
  draw_axes(sweep, frame, axes, scene);
  double name_y = frame.top - kNameHeight;
  for (std::size_t row = 0; row < sweep.rows.size(); ++row) {
    const SweepRow& curve = sweep.rows[row];
    const Colour colour = kCurveColours[row % std::size(kCurveColours)];
    // Above so many curves colours come again: those of the second round have hatched marks.
    const Fill fill = row < std::size(kCurveColours) ? Fill::kSolid : Fill::kHatched;
    double x_before = 0, y_before = 0;
    bool has_before = false;
    for (std::size_t i = 0; i < curve.speed_ups.size(); ++i) {
      if (curve.speed_ups[i] <= 0) {
        has_before = false;
        continue;
      }
      const double x = axes.x(i), y = axes.y(curve.speed_ups[i]);
      if (has_before && !sweep.begins[i]) draw_line(x_before, y_before, x, y, colour, scene);
      scene.boxes.push_back({x - kMark / 2, y - kMark / 2, kMark, kMark, colour, fill});
      x_before = x, y_before = y, has_before = true;
    }
    // Names from the top downwards, as the curves end there: the fastest first.
    const double wanted = has_before ? y_before : frame.bottom;
    const double rest = static_cast<double>(sweep.rows.size() - row - 1) * kNameHeight;
    name_y = std::max(name_y + kNameHeight, std::min(wanted, frame.bottom - rest));
    const std::string name = fitted(curve.pattern->title, kNamesWidth, kName, measure);
    scene.labels.push_back({frame.right + kNamesAt, name_y + 8, name, kName, colour, Align::kLeft});
    if (has_before) draw_line(x_before, y_before, frame.right + kNamesAt - 10, name_y, colours::kGrid, scene);
  }
}

}  // namespace gilscope::app
