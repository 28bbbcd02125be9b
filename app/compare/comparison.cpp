#include "app/compare/comparison.h"

#include <algorithm>

#include "app/report/units.h"

namespace gilscope::app {

namespace {

template <typename Number>
Number middle(std::vector<Number>& values) {
  if (values.empty()) return Number{};
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  if (values.size() % 2 == 1) return values[half];
  return values[half - 1] + (values[half] - values[half - 1]) / 2;
}

template <typename Of>
auto median_over(const PatternResult& result, Of of) {
  std::vector<decltype(of(result.runs.front()))> values;
  for (const Measurement& run : result.runs) values.push_back(of(run));
  return middle(values);
}

const PatternResult* find(const Point& point, const Pattern* pattern) {
  for (const PatternResult& result : point.results) {
    if (result.pattern == pattern) return &result;
  }
  return nullptr;
}

bool is_measured(const PatternResult* result) {
  return result != nullptr && result->outcome == Outcome::kMeasured;
}

}  // namespace

std::uint64_t median(std::vector<std::uint64_t> values) { return middle(values); }
double median(std::vector<double> values) { return middle(values); }

double Figures::spread() const {
  return wall_ns == 0 ? 0
                      : static_cast<double>(most_wall_ns - least_wall_ns) / 2 / static_cast<double>(wall_ns);
}

Figures figures_of(const PatternResult& result, const Point& point) {
  Figures figures;
  figures.wall_ns = median_over(result, [](const Measurement& run) { return run.wall_ns; });
  const auto [least, most] = std::ranges::minmax(result.runs, {}, &Measurement::wall_ns);
  figures.least_wall_ns = least.wall_ns;
  figures.most_wall_ns = most.wall_ns;
  if (is_measured(&point.results.front())) {
    const std::uint64_t base =
        median_over(point.results.front(), [](const Measurement& run) { return run.wall_ns; });
    figures.speed_up = share_of(base, figures.wall_ns);
  }
  figures.cores_used =
      median_over(result, [](const Measurement& run) { return share_of(run.cpu_ns, run.wall_ns); });
  figures.gil_known =
      std::ranges::all_of(result.runs, [](const Measurement& run) { return run.gil.unknown_reason.empty(); });
  if (figures.gil_known) {
    figures.gil_wait_share = median_over(
        result, [](const Measurement& run) { return share_of(run.gil.contended_ns, run.wall_ns); });
  }
  figures.peak_bytes = median_over(result, [](const Measurement& run) { return run.peak_bytes; });
  figures.start_ns = median(result.start_ns);
  figures.pickling_ns = median_over(result, [](const Measurement& run) { return run.pickling_ns; });
  figures.pickled_bytes = median_over(result, [](const Measurement& run) { return run.pickled_bytes; });
  figures.preparing_ns = median_over(result, [](const Measurement& run) { return run.preparing_ns; });
  std::map<std::string, std::vector<double>> extra;
  for (const Measurement& run : result.runs) {
    for (const auto& [name, value] : run.extra) extra[name].push_back(value);
  }
  for (const auto& [name, values] : extra) figures.extra[name] = median(values);
  return figures;
}

const PatternResult* measured_result(const Point& point, std::string_view id) {
  const auto found =
      std::ranges::find(point.results, id, [](const PatternResult& result) { return result.pattern->id; });
  return found != point.results.end() && is_measured(&*found) ? &*found : nullptr;
}

double median_cpu_ns(const PatternResult& result) {
  return static_cast<double>(median_over(result, [](const Measurement& run) { return run.cpu_ns; }));
}

std::optional<double> free_threaded_price(const Point& point) {
  const PatternResult* const free = measured_result(point, kFreeThreadedSequentialId);
  if (free == nullptr || !is_measured(&point.results.front())) return std::nullopt;
  const std::vector<Measurement>& with_gil = point.results.front().runs;
  std::vector<double> prices;
  for (std::size_t i = 0; i < std::min(free->runs.size(), with_gil.size()); ++i) {
    prices.push_back(share_of(free->runs[i].cpu_ns, with_gil[i].cpu_ns));
  }
  const double price = median(prices);
  return price > 0 ? std::optional(price) : std::nullopt;
}

std::optional<double> cores_given(const Point& point, int cores) {
  const int at_once = std::min(point.threads, cores);
  if (at_once <= 1) return 1;
  if (point.crowd_ns.empty() || !is_measured(&point.results.front())) return std::nullopt;
  const std::vector<Measurement>& alone = point.results.front().runs;
  std::vector<double> given;
  for (std::size_t i = 0; i < std::min(alone.size(), point.crowd_ns.size()); ++i) {
    given.push_back(at_once * share_of(alone[i].wall_ns, point.crowd_ns[i]));
  }
  // Several get no less done than one does; where it looks so, the machine was disturbed.
  return std::clamp(median(given), 1.0, static_cast<double>(at_once));
}

std::vector<const PatternResult*> sorted_by_wall(const Point& point) {
  std::vector<std::pair<std::uint64_t, const PatternResult*>> measured;
  for (const PatternResult& result : point.results) {
    if (is_measured(&result)) measured.emplace_back(figures_of(result, point).wall_ns, &result);
  }
  std::ranges::stable_sort(measured, {}, [](const auto& one) { return one.first; });
  std::vector<const PatternResult*> sorted;
  for (const auto& [wall, result] : measured) sorted.push_back(result);
  return sorted;
}

bool has_errors(const Point& point) {
  return std::ranges::any_of(point.results, [](const PatternResult& result) {
    return result.outcome == Outcome::kWrong || result.outcome == Outcome::kFailed;
  });
}

bool has_errors(const Comparison& comparison) {
  return std::ranges::any_of(comparison.points, [](const Point& point) { return has_errors(point); });
}

std::vector<PayOff> pay_offs(const std::vector<const Point*>& points) {
  std::vector<PayOff> found;
  if (points.empty()) return found;
  for (const PatternResult& first : points.front()->results) {
    if (first.pattern == points.front()->results.front().pattern) continue;
    PayOff pay_off{first.pattern, nullptr};
    bool is_seen = false;
    for (const Point* const point : points) {
      const PatternResult* const result = find(*point, first.pattern);
      if (!is_measured(result)) continue;
      is_seen = true;
      const bool pays = figures_of(*result, *point).speed_up >= kPaysOff;
      if (!pays) pay_off.point = nullptr;
      if (pays && pay_off.point == nullptr) pay_off.point = point;
    }
    if (is_seen) found.push_back(pay_off);
  }
  return found;
}

}  // namespace gilscope::app
