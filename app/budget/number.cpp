#include "app/budget/number.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/budget/document.h"
#include "app/nearest_name.h"
#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

constexpr NumberAlias kAliases[] = {
    {"longest_hold", "threads.longest_hold_ns", false, "THREAD", false, "longest turn of a thread"},
    {"hold_p99", "threads.hold_p99_ns", false, "THREAD", false, "99 of 100 turns of a thread are no longer"},
    {"hold_share", "threads.hold_share", false, "THREAD", false, "of a thread's life"},
    {"longest_wait", "threads.longest_wait_ns", false, "THREAD", false, "longest wait of a thread"},
    {"wait_p99", "threads.wait_p99_ns", false, "THREAD", false,
     "99 of 100 takes of a thread waited no longer"},
    {"wait_share", "threads.wait_share", false, "THREAD", false, "of a thread's life"},
    {"held_share", "gils.held_share", false, "GIL", false, "of the run's wall time"},
    {"contended_share", "gils.contended_share", false, "GIL", false,
     "somebody waited, of the run's wall time"},
    {"hand_over_p99", "gils.hand_over_p99_ns", false, "GIL", false, "from a drop to the next thread's take"},
    {"hand_over_max", "gils.hand_over_max_ns", false, "GIL", false, "likewise, the longest"},
    {"hand_overs", "gils.hand_overs", true, "GIL", false, "drops to a thread that was waiting"},
    {"drop_requests", "gils.drop_requests", true, "GIL", false, "waits that ran out"},
    {"turns", "gils.turns", true, "GIL", false, "stretches of holding the GIL"},
    {"lost", "gils.lost", true, "GIL", false, "turns that could not be recorded"},
    {"obeyed", "gils.obeyed_max_ns", false, "", false, "latest drop after a request"},
    {"obeyed", "obeyed_latest.after_ns", false, "PLACE", true, "likewise of turns that ended there"},
    {"holds", "blockers.longest_hold_ns", false, "PLACE", true,
     "longest turn that ended there while others waited"},
    {"gives", "giving.count", true, "PLACE", true, "times that the GIL was given away there"},
};

// A thread's number by the name of a thread, a GIL's by its id, and so on.
struct ListName {
  const char* list;
  const char* one;
  SelectBy select_by;
  ShareOf share_of;
};
constexpr ListName kLists[] = {
    {"gils", "gil", SelectBy::kId, ShareOf::kRunsWall},
    {"threads", "thread", SelectBy::kThread, ShareOf::kLife},
    {"regions", "region", SelectBy::kName, ShareOf::kWall},
    {"marks", "mark", SelectBy::kName, ShareOf::kNothing},
    {"kernels", "kernel", SelectBy::kName, ShareOf::kWall},
    {"collections", "collection", SelectBy::kGeneration, ShareOf::kWall},
    {"waited_for", "waited_for", SelectBy::kThread, ShareOf::kNothing},
    {"blockers", "blocker", SelectBy::kPlace, ShareOf::kNothing},
    {"longest_waits", "longest_waits", SelectBy::kThread, ShareOf::kNothing},
    {"obeyed_latest", "obeyed_latest", SelectBy::kPlace, ShareOf::kNothing},
    {"giving", "giving", SelectBy::kPlace, ShareOf::kNothing},
    {kHolders, kHolders, SelectBy::kHolder, ShareOf::kNothing},
};

const ListName* find_list(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kLists, [&](const ListName& one) { return name == one.list || name == one.one; });
  return found != std::end(kLists) ? found : nullptr;
}

std::string without_ns(const std::string& key) {
  return key.ends_with("_ns") ? key.substr(0, key.size() - 3) : key;
}

bool is_number(const Json& json) { return json.is_number() || json.is_boolean(); }

// One entry stands for all of a list.
const Json& entry_of(const Json& json) { return json.is_array() && !json.empty() ? json.front() : json; }

void append_paths(const Json& json, const std::string& path, std::vector<std::string>& paths) {
  if (is_number(json)) {
    paths.push_back(path);
  } else if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      // The keys of this one are threads.
      const bool is_holder = path.ends_with(kHolders);
      append_paths(value, is_holder ? path : path.empty() ? key : path + "." + key, paths);
    }
  } else if (json.is_array() && !json.empty()) {
    append_paths(json.front(), path, paths);
  }
}

class Resolver {
 public:
  Resolver(const Bound& bound, std::string_view budget) : bound_(bound), budget_(budget) {}

  Number resolve() {
    Number number;
    if (const NumberAlias* const alias = short_name()) {
      std::vector<PathStep> path = parse_path(alias->path);
      path.front().selector = bound_.path.front().selector;
      path.front().index = bound_.path.front().index;
      for (PathStep& step : path) {
        step.span = bound_.path.front().span;
        step.selector_span = bound_.path.front().selector_span;
      }
      check_argument(*alias);
      number = walk(path);
      number.sum = alias->sum || bound_.sum;
    } else {
      number = walk(bound_.path);
      number.sum = bound_.sum;
    }
    check_limit(number);
    return number;
  }

 private:
  const NumberAlias* short_name() const {
    if (bound_.path.size() != 1) return nullptr;
    const PathStep& step = bound_.path.front();
    const NumberAlias* named = nullptr;
    for (const NumberAlias& alias : kAliases) {
      if (step.name != alias.name) continue;
      named = &alias;
      if (alias.needs_argument == step.selector.has_value()) break;  // of two of that name
    }
    return named;
  }

  void check_argument(const NumberAlias& alias) const {
    const PathStep& step = bound_.path.front();
    if (alias.needs_argument && !step.selector) {
      refuse_budget(budget_, step.span,
                    fmt::format("which place? As in {}(resize) or {}(app.py:12)", alias.name, alias.name));
    }
  }

  Number walk(const std::vector<PathStep>& path) const {
    Number number;
    const Json* at = &example_document();
    const ListName* list = nullptr;
    for (const PathStep& step : path) {
      const Json& parent = entry_of(*at);
      NumberStep& next = number.steps.emplace_back();
      next.key = key_of(step, parent, list, number);
      at = &parent.at(number.share_of == ShareOf::kNothing ? next.key : without_share(next.key) + "_ns");
      const ListName* const entered = find_list(next.key);
      next.is_list = at->is_array() || next.key == kHolders;
      if (entered != nullptr) {
        list = entered;
        next.select_by = entered->select_by;
      }
      if (next.key == kHolders) at = &at->front();
      check_selector(step, next);
      next.selector = step.selector;
      next.index = step.index;
    }
    if (!is_number(*at)) refuse_list(path.back(), entry_of(*at));
    if (number.share_of != ShareOf::kNothing || number.key().ends_with("_share")) {
      number.unit = NumberUnit::kShare;
    } else if (number.key().ends_with("_ns")) {
      number.unit = NumberUnit::kTime;
    }
    return number;
  }

  static std::string without_share(const std::string& key) {
    return key.substr(0, key.size() - std::string_view("_share").size());
  }

  // The key that a step names in `parent`, an entry of `list` (null: the document).
  std::string key_of(const PathStep& step, const Json& parent, const ListName* list, Number& number) const {
    if (parent.is_object()) {
      if (parent.contains(step.name)) return step.name;
      if (parent.contains(step.name + "_ns")) return step.name + "_ns";
      const ListName* const named = find_list(step.name);
      if (named != nullptr && parent.contains(named->list)) return named->list;
      const ShareOf whole = list != nullptr ? list->share_of : ShareOf::kRunsWall;
      if (step.name.ends_with("_share") && whole != ShareOf::kNothing &&
          parent.contains(without_share(step.name) + "_ns")) {
        number.share_of = whole;
        return step.name;
      }
    }
    refuse_name(step, parent, list);
  }

  // hand_over.p99, for hand_over_p99.
  const NumberAlias* joined_name() const {
    std::string joined;
    for (const PathStep& step : bound_.path) joined += (joined.empty() ? "" : "_") + step.name;
    const auto* const found =
        std::ranges::find_if(kAliases, [&](const NumberAlias& alias) { return joined == alias.name; });
    return found != std::end(kAliases) ? found : nullptr;
  }

  [[noreturn]] void refuse_name(const PathStep& step, const Json& parent, const ListName* list) const {
    std::vector<std::string> known;
    if (parent.is_object()) {
      for (const auto& [key, value] : parent.items()) {
        known.push_back(key);
        known.push_back(without_ns(key));
        if (const ListName* const named = find_list(key)) known.emplace_back(named->one);
      }
    }
    if (list == nullptr) {
      for (const NumberAlias& alias : kAliases) known.emplace_back(alias.name);
    }
    std::string meant = nearest_name(step.name, known);
    BudgetSpan span = step.span;
    if (const NumberAlias* const alias = joined_name()) {
      meant = alias->name;
      span = bound_.path_span;
    }
    std::string why = list == nullptr ? fmt::format("there is no number '{}'", step.name)
                                      : fmt::format("{} have no number '{}'", list->list, step.name);
    if (!meant.empty()) why += fmt::format("; did you mean '{}'?", meant);
    refuse_budget(budget_, span, why);
  }

  [[noreturn]] void refuse_list(const PathStep& step, const Json& entry) const {
    std::vector<std::string> paths;
    append_paths(entry, "", paths);
    if (paths.empty()) refuse_budget(budget_, step.span, fmt::format("'{}' is no number", step.name));
    std::string some;
    for (std::size_t i = 0; i < std::min<std::size_t>(paths.size(), 4); ++i) {
      some += fmt::format("{}{}.{}", i == 0 ? "" : ", ", step.name, without_ns(paths[i]));
    }
    refuse_budget(budget_, step.span,
                  fmt::format("'{}' is more than one number: say which, as {}, ...", step.name, some));
  }

  void check_selector(const PathStep& step, const NumberStep& next) const {
    if (!step.selector && !step.index) return;
    if (!next.is_list) {
      refuse_budget(budget_, step.selector_span, fmt::format("'{}' is no list to choose from", step.name));
    }
    const bool is_numbered = next.select_by == SelectBy::kId || next.select_by == SelectBy::kGeneration;
    if (!step.selector) return;
    if (next.select_by == SelectBy::kIndexOnly) {
      refuse_budget(budget_, step.selector_span,
                    "entries of this list have no name: choose by number, as [0]");
    }
    if (is_numbered && step.selector->find_first_not_of("0123456789") != std::string::npos) {
      refuse_budget(budget_, step.selector_span,
                    fmt::format("'{}' is chosen by its number, as {}(0)", step.name, step.name));
    }
  }

  void check_limit(const Number& number) const {
    const auto refuse = [&](const std::string& why) { refuse_budget(budget_, bound_.limit_span, why); };
    const std::string& name = bound_.path.back().name;
    switch (number.unit) {
      case NumberUnit::kTime:
        if (bound_.unit == LimitUnit::kPercent) {
          refuse(fmt::format("{} is a time, and cannot be compared with a percentage", name));
        }
        // Its name then says what the unit is.
        if (bound_.unit == LimitUnit::kPlain && bound_.limit != 0 && !name.ends_with("_ns")) {
          refuse(fmt::format("{} is a time: give the limit a unit, as 50ms", name));
        }
        break;
      case NumberUnit::kShare:
        if (bound_.unit == LimitUnit::kTime) {
          refuse(fmt::format("{} is a share, and cannot be compared with a time: 20% or 0.2", name));
        }
        if (bound_.unit == LimitUnit::kPlain && bound_.limit > 1) {
          refuse(fmt::format("{} is a share, and 1 is all of it: did you mean {}%?", name, bound_.limit));
        }
        break;
      case NumberUnit::kCount:
        if (bound_.unit != LimitUnit::kPlain) {
          refuse(fmt::format("{} is a count: a number without a unit belongs here", name));
        }
        break;
    }
    if (number.sum && number.unit == NumberUnit::kShare) {
      refuse_budget(budget_, bound_.path_span, "a sum of shares of different wholes says nothing");
    }
  }

  const Bound& bound_;
  std::string_view budget_;
};

}  // namespace

Number resolve_number(const Bound& bound, std::string_view budget) {
  return Resolver(bound, budget).resolve();
}

std::span<const NumberAlias> number_aliases() { return kAliases; }

std::vector<std::string> number_paths() {
  std::vector<std::string> paths;
  append_paths(example_document(), "", paths);
  return paths;
}

}  // namespace gilscope::app
