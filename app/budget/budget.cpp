#include "app/budget/budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "app/budget/measure.h"
#include "app/budget/selection.h"
#include "app/report/laws.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

// What one of the run's numbers is compared with, for a person; both in full where three digits are the same.
std::string compared(double value, double limit, NumberUnit unit) {
  const std::string text = value_text(value, unit);
  if (value == limit || text != value_text(limit, unit)) return text;
  return unit == NumberUnit::kTime ? fmt::format("{} ({:.0f} ns)", text, value)
                                   : fmt::format("{} ({} %)", text, value * 100);
}

// The one that is furthest on the wrong side, or nearest to it.
const MeasuredValue& worst_of(const std::vector<MeasuredValue>& values, const Bound& bound) {
  const auto badness = [&](const MeasuredValue& one) {
    switch (bound.comparison) {
      case Relation::kLess:
      case Relation::kAtMost:
        return one.value;
      case Relation::kGreater:
      case Relation::kAtLeast:
        return -one.value;
      case Relation::kEqual:
        return std::abs(one.value - bound.limit);
      case Relation::kDifferent:
        break;
    }
    return -std::abs(one.value - bound.limit);
  };
  return *std::ranges::max_element(values, {}, badness);
}

const NumberStep* chooser_of(const Number& number) {
  const auto chooser = std::ranges::find_if(number.steps, [](const NumberStep& step) {
    return step.selector.has_value() || step.index.has_value();
  });
  return chooser != number.steps.end() ? &*chooser : nullptr;
}

// Why there is no value.
std::string absence(const Number& number, const Report& report) {
  const NumberStep* const chooser = chooser_of(number);
  if (chooser == nullptr) return fmt::format("the run has none of its {}", number.steps.front().key);
  if (chooser->index) return fmt::format("the run has no {}[{}]", chooser->key, *chooser->index);
  const std::string name = printable(*chooser->selector, false);
  switch (chooser->select_by) {
    case SelectBy::kPlace:
      return fmt::format("no entry of {} in this run is at \"{}\"", chooser->key, name);
    case SelectBy::kHolder:
    case SelectBy::kThread: {
      std::string known;
      constexpr std::size_t kMost = 6;
      for (std::size_t i = 0; i < std::min(report.threads.size(), kMost); ++i) {
        known += (i == 0 ? "" : ", ") + printable(report.threads[i].name, false);
      }
      if (report.threads.size() > kMost) known += ", ...";
      return fmt::format("no entry of {} in this run is of a thread \"{}\"; its threads: {}", chooser->key,
                         name, known);
    }
    default:
      return fmt::format("the run has no \"{}\" in its {}", name, chooser->key);
  }
}

BoundResult check_sum(const BudgetBound& bound, const MeasuredValues& measured) {
  const double sum =
      std::accumulate(measured.values.begin(), measured.values.end(), 0.0,
                      [](double so_far, const MeasuredValue& one) { return so_far + one.value; });
  BoundResult result{bound.bound.text, !holds(sum, bound.bound.comparison, bound.bound.limit),
                     compared(sum, bound.bound.limit, bound.number.unit)};
  const MeasuredValue& first = measured.values.front();
  if (measured.values.size() > 1) {
    result.found += fmt::format(", the sum of {}", measured.values.size());
  } else if (!first.of.empty()) {
    result.found += ", " + first.of;
  }
  return result;
}

BoundResult check_each(const BudgetBound& bound, const MeasuredValues& measured) {
  const MeasuredValue& worst = worst_of(measured.values, bound.bound);
  const auto breaks = [&](const MeasuredValue& one) {
    return !holds(one.value, bound.bound.comparison, bound.bound.limit);
  };
  BoundResult result{bound.bound.text, breaks(worst),
                     compared(worst.value, bound.bound.limit, bound.number.unit)};
  if (bound.number.share_of != ShareOf::kNothing) {
    result.found += " " + worst.of;
  } else if (!worst.of.empty()) {
    result.found += ", " + worst.of;
  }
  if (!worst.detail.empty()) result.found += ", " + worst.detail;
  const auto broken = std::ranges::count_if(measured.values, breaks);
  if (broken > 1) result.found += fmt::format("; {} more break it", broken - 1);
  return result;
}

bool is_cut_off(const NumberStep& step, const Json& document) {
  constexpr std::string_view kCutOff[] = {"blockers", "longest_waits", "obeyed_latest"};
  return std::ranges::find(kCutOff, step.key) != std::end(kCutOff) &&
         document.at(step.key).size() >= Report::kMostListed;
}

bool occurs(const std::string& place, const Json& document) {
  for (const char* const list : {"giving", "blockers", "obeyed_latest", "longest_waits"}) {
    for (const Json& entry : document.at(list)) {
      if (matches_place(place, entry.at("place"))) return true;
    }
  }
  return false;
}

BoundResult check_bound(const BudgetBound& bound, const Json& document, const Report& report) {
  const MeasuredValues measured = measure(bound.number, document);
  if (!measured.unknown.empty()) return {bound.bound.text, true, measured.unknown};
  if (!measured.values.empty()) {
    return bound.number.sum ? check_sum(bound, measured) : check_each(bound, measured);
  }
  const std::string why = absence(bound.number, report);
  const NumberStep* const chooser = chooser_of(bound.number);
  if (chooser != nullptr && is_cut_off(*chooser, document)) {
    return {bound.bound.text, true,
            fmt::format("not known: {}, which has the first {} only", why, Report::kMostListed)};
  }
  if (chooser != nullptr && chooser->selector && chooser->select_by == SelectBy::kPlace &&
      occurs(*chooser->selector, document)) {
    return {bound.bound.text, !holds(0, bound.bound.comparison, bound.bound.limit),
            fmt::format("{}: {}", value_text(0, bound.number.unit), why)};
  }
  if (bound.number.unit != NumberUnit::kCount) return {bound.bound.text, true, "nothing to measure: " + why};
  return {bound.bound.text, !holds(0, bound.bound.comparison, bound.bound.limit), "0: " + why};
}

bool bounds_lost(const Budget& budget) {
  return std::ranges::any_of(budget, [](const BudgetBound& bound) { return bound.number.key() == "lost"; });
}

BoundResult check_exact(const Report& report, std::uint64_t lost, bool may_lose) {
  std::string why;
  const auto add = [&](const std::string& reason) { why += (why.empty() ? "" : "; ") + reason; };
  if (lost > 0 && !may_lose) {
    add(fmt::format("{} {} lost{}{} (a bound on 'lost' says how many may be)", counted(lost, "turn"),
                    lost == 1 ? "was" : "were", report.lost_reason.empty() ? "" : ": ",
                    printable(report.lost_reason, false)));
  }
  for (const std::string& law : check_laws(report)) add(printable(law, false));
  if (!report.ends_early.empty()) {
    add("what came after the end of the trace is not known: " + printable(report.ends_early, false));
  }
  return {"the numbers are exact", !why.empty(), why.empty() ? "" : why};
}

}  // namespace

Budget parse_budget(std::string_view text) {
  Budget budget;
  for (Bound& bound : parse_bounds(text)) {
    Number number = resolve_number(bound, text);
    budget.push_back({std::move(bound), std::move(number)});
  }
  return budget;
}

bool is_about_places(const Budget& budget) {
  return std::ranges::any_of(budget, [](const BudgetBound& bound) {
    const NumberStep* const chooser = chooser_of(bound.number);
    return chooser != nullptr && chooser->select_by == SelectBy::kPlace && chooser->selector;
  });
}

std::size_t BudgetResult::broken() const {
  return static_cast<std::size_t>(std::ranges::count_if(bounds, &BoundResult::broken));
}

BudgetResult check_budget(const Budget& budget, const Report& report) {
  BudgetResult result;
  if (!report.verified) {
    const std::string why =
        "there are no numbers" +
        (report.unverified_reason.empty() ? "" : ": " + printable(report.unverified_reason, false));
    for (const BudgetBound& bound : budget) result.bounds.push_back({bound.bound.text, true, why});
    result.bounds.push_back({"the numbers are exact", true, why});
    return result;
  }
  const Json document = document_of(report);
  for (const BudgetBound& bound : budget) result.bounds.push_back(check_bound(bound, document, report));
  std::uint64_t lost = 0;
  for (const GilReport& gil : report.gils) lost += gil.lost;
  const bool may_lose = bounds_lost(budget);
  result.bounds.push_back(check_exact(report, lost, may_lose));
  if (may_lose) result.lost = lost;
  return result;
}

std::string budget_text(const BudgetResult& result) {
  const std::size_t bounds = result.bounds.size() - 1;
  if (result.broken() == 0) {
    return fmt::format("budget met: {}{}\n", counted(bounds, "bound"),
                       result.lost > 0 ? fmt::format(", though {} lost", counted(result.lost, "turn")) : "");
  }
  std::string text;
  for (const BoundResult& bound : result.bounds) {
    if (bound.broken)
      text += fmt::format("budget broken: {}: {}\n", printable(bound.bound, false), bound.found);
  }
  return text;
}

}  // namespace gilscope::app
