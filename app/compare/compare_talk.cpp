#include "app/compare/compare_talk.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "app/compare/compare_columns.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::string_view kNogilPatterns[] = {"native-released", "native-parallel", "cython-nogil",
                                               "cython-prange", "numba"};

// The fastest of those that release the GIL; null: none was measured.
const PatternResult* best_nogil(const Point& point) {
  for (const PatternResult* const row : sorted_by_wall(point)) {
    if (std::ranges::find(kNogilPatterns, row->pattern->id) != std::end(kNogilPatterns)) return row;
  }
  return nullptr;
}

double speed_up(const PatternResult& result, const Point& point) {
  return figures_of(result, point).speed_up;
}

std::string times_as_fast(double factor) { return fmt::format("{} times as fast", ratio(factor)); }

std::string modules_text(const Comparison& comparison) {
  using Verdict = ModuleVerdict::Verdict;
  std::string text;
  const auto add = [&](Verdict verdict, std::string_view what) {
    std::string names;
    for (const ModuleVerdict& one : comparison.modules) {
      if (one.verdict == verdict) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.module);
    }
    if (!names.empty()) text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", what, names);
  };
  add(Verdict::kStaysFree, "run without GIL");
  add(Verdict::kSwitchesGilOn, "switch it on again, for all");
  add(Verdict::kNotThere, "not installed for it");
  add(Verdict::kFails, "fail to be imported");
  return text.empty() ? "this workload imports Python's own modules only" : text;
}

std::string scope_of_nogil(const PatternResult* best, const Point& point) {
  if (best == nullptr) return "sections that release the GIL; none was measured here";
  std::string text = fmt::format("sections that release the GIL: {} is {} as sequential",
                                 best->pattern->title, times_as_fast(speed_up(*best, point)));
  const PatternResult* const held = measured_result(point, "native-held");
  const PatternResult* const released = measured_result(point, "native-released");
  if (held != nullptr && released != nullptr) {
    text += fmt::format(
        "; native threads are {} released as held",
        times_as_fast(share_of(figures_of(*held, point).wall_ns, figures_of(*released, point).wall_ns)));
  }
  return text;
}

std::string when_nogil(const PatternResult* best, const Point& point) {
  if (best == nullptr) return "where the time is in code that can be native";
  return fmt::format("where the time is in code that can be native; here it {}",
                     speed_up(*best, point) >= kPaysOff ? "pays off" : "does not pay off");
}

std::string when_free(const PatternResult& free, const Point& point) {
  const std::optional<double> price = free_threaded_price(point);
  std::string text = "where threads run Python";
  if (price && *price > 1)
    text += fmt::format(" on more than {} cores, to win back what one pays", ratio(*price));
  if (point.without_gil && point.without_gil->cores_are_measured) {
    text += fmt::format(" (this machine gave {})", ratio(point.without_gil->cores));
  }
  return fmt::format("{}; here it {}", text,
                     speed_up(free, point) >= kPaysOff ? "pays off" : "does not pay off");
}

}  // namespace

Grid talk_grid(const Comparison& comparison) {
  Grid grid;
  if (comparison.points.empty()) return grid;
  const Point& point = comparison.points.back();
  const PatternResult* const free = measured_result(point, kFreeThreadedId);
  if (free == nullptr) return grid;
  const PatternResult* const best = best_nogil(point);
  const int base_lines = point.results.front().lines;
  const std::optional<double> price = free_threaded_price(point);
  const auto lines = [&](const PatternResult* result) {
    return result == nullptr ? std::string("-")
                             : fmt::format("{}, where sequential has {}", result->lines, base_lines);
  };
  grid.head = {"", "the GIL, and nogil sections", "the free-threaded build"};
  grid.rows = {
      {"scope", scope_of_nogil(best, point),
       fmt::format("all Python code: threads are {} as sequential with the GIL",
                   times_as_fast(speed_up(*free, point)))},
      {"one thread", fmt::format("pays nothing: it is the same CPython {}", comparison.python_version),
       price ? fmt::format("needs {} times the processor time", ratio(*price)) : "was not measured"},
      {"lines", lines(best), lines(free)},
      {"compatibility", "every CPython; a section touches no Python objects",
       fmt::format("CPython {}; {}", comparison.free_threaded_version, modules_text(comparison))},
      {"when to use", when_nogil(best, point), when_free(*free, point)}};
  return grid;
}

}  // namespace gilscope::app
