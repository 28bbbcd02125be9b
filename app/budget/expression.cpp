#include "app/budget/expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "app/report/text_layout.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr std::string_view kSpaces = " \t\r\f\v";
constexpr std::string_view kSeparators = ",;\n";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

struct UnitName {
  std::string_view name;
  LimitUnit unit;
  double factor;
};
constexpr UnitName kUnits[] = {
    {"ns", LimitUnit::kTime, 1},        {"us", LimitUnit::kTime, 1e3},
    {"\u00b5s", LimitUnit::kTime, 1e3},  // the micro sign
    {"\u03bcs", LimitUnit::kTime, 1e3},  // the Greek letter
    {"ms", LimitUnit::kTime, 1e6},      {"s", LimitUnit::kTime, 1e9},
    {"%", LimitUnit::kPercent, 1},
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Bound> bounds() {
    std::vector<Bound> found;
    for (;;) {
      skip(kSpaces);
      while (!at_end() && kSeparators.find(text_[at_]) != std::string_view::npos) {
        ++at_;
        skip(kSpaces);
      }
      if (at_end()) break;
      found.push_back(bound());
      skip(kSpaces);
      if (!at_end() && kSeparators.find(text_[at_]) == std::string_view::npos) {
        refuse({at_, 1}, "a ',' belongs between two bounds");
      }
    }
    if (found.empty()) refuse({0, text_.size()}, "a budget needs a bound, as in longest_hold<50ms");
    return found;
  }

  std::vector<PathStep> path() {
    std::vector<PathStep> steps;
    do {
      steps.push_back(step());
    } while (accept('.'));
    return steps;
  }

 private:
  Bound bound() {
    Bound bound;
    const std::size_t begin = at_;
    bound.sum = starts_sum();
    if (bound.sum) {
      at_ = text_.find('(', at_) + 1;
      bound.path = path();
      skip(kSpaces);
      if (!accept(')')) refuse(here(), "')' is missing after sum(...");
    } else {
      bound.path = path();
    }
    bound.path_span = {begin, at_ - begin};
    bound.comparison = comparison();
    limit(bound);
    bound.text = text_.substr(begin, at_ - begin);
    return bound;
  }

  bool starts_sum() const {
    if (text_.substr(at_, 3) != "sum") return false;
    const std::size_t next = text_.find_first_not_of(kSpaces, at_ + 3);
    return next != std::string_view::npos && text_[next] == '(';
  }

  PathStep step() {
    skip(kSpaces);
    PathStep step;
    const std::size_t begin = at_;
    if (at_end() || !is_name_start(text_[at_])) {
      refuse(here(), "the name of a number is expected here, as longest_hold");
    }
    while (!at_end() && is_name_part(text_[at_])) ++at_;
    step.name = text_.substr(begin, at_ - begin);
    step.span = {begin, at_ - begin};
    skip(kSpaces);
    const std::size_t bracket = at_;
    if (accept('(')) {
      step.selector = selector(bracket);
    } else if (accept('[')) {
      step.index = index(bracket);
    }
    step.selector_span = {bracket, at_ - bracket};
    skip(kSpaces);
    return step;
  }

  std::string selector(std::size_t bracket) {
    skip(kSpaces);
    std::string text;
    if (!at_end() && (text_[at_] == '"' || text_[at_] == '\'')) {
      text = quoted();
      skip(kSpaces);
      if (!accept(')')) refuse(here(), "')' is missing");
    } else {
      const std::size_t begin = at_;
      for (int depth = 1;; ++at_) {
        if (at_end() || text_[at_] == '\n') refuse({bracket, at_ - bracket}, "')' is missing");
        depth += text_[at_] == '(' ? 1 : text_[at_] == ')' ? -1 : 0;
        if (depth == 0) break;
      }
      text = text_.substr(begin, at_ - begin);
      text.erase(text.find_last_not_of(kSpaces) + 1);
      ++at_;
    }
    if (text.empty()) refuse({bracket, at_ - bracket}, "which one? The brackets are empty");
    return text;
  }

  std::string quoted() {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    std::string text;
    for (;; ++at_) {
      if (at_end()) refuse({begin, at_ - begin}, fmt::format("the closing {} is missing", quote));
      if (text_[at_] == quote) break;
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      text += text_[at_];
    }
    ++at_;
    return text;
  }

  std::size_t index(std::size_t bracket) {
    skip(kSpaces);
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc()) refuse(here(), "a whole number is expected here: the first entry is [0]");
    at_ = static_cast<std::size_t>(end - text_.data());
    skip(kSpaces);
    if (!accept(']')) refuse({bracket, at_ - bracket}, "']' is missing");
    return value;
  }

  Relation comparison() {
    skip(kSpaces);
    constexpr std::pair<std::string_view, Relation> kRelations[] = {
        {"<=", Relation::kAtMost},    {">=", Relation::kAtLeast}, {"==", Relation::kEqual},
        {"!=", Relation::kDifferent}, {"<", Relation::kLess},     {">", Relation::kGreater}};
    for (const auto& [sign, comparison] : kRelations) {
      if (text_.substr(at_, sign.size()) != sign) continue;
      at_ += sign.size();
      return comparison;
    }
    refuse(here(), text_.substr(at_, 1) == "=" ? "'=' alone is no comparison: write =="
                                               : "a comparison is expected here: < <= > >= == !=");
  }

  void limit(Bound& bound) {
    skip(kSpaces);
    const std::size_t begin = at_;
    std::string digits;
    while (!at_end() && (is_digit(text_[at_]) || text_[at_] == '.' || text_[at_] == '_')) {
      if (text_[at_] != '_') digits += text_[at_];
      ++at_;
    }
    const char* const end = digits.data() + digits.size();
    const auto [used, error] = std::from_chars(digits.data(), end, bound.limit);
    if (error != std::errc() || used != end || !std::isfinite(bound.limit)) {
      refuse(at_ == begin ? here() : BudgetSpan{begin, at_ - begin},
             "a number is expected here, as 50ms, 20% or 3");
    }
    skip(kSpaces);
    const std::size_t unit_at = at_;
    while (!at_end() && (kSpaces.find(text_[at_]) == std::string_view::npos) &&
           kSeparators.find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    const std::string_view name = text_.substr(unit_at, at_ - unit_at);
    if (name.empty()) {
      at_ = begin + text_.substr(begin, unit_at - begin).find_last_not_of(kSpaces) + 1;
    } else {
      const auto* const unit = std::ranges::find(kUnits, name, &UnitName::name);
      if (unit == std::end(kUnits)) {
        refuse({unit_at, at_ - unit_at},
               fmt::format("there is no unit '{}': use ns, us, ms, s or %", printable(name, false)));
      }
      bound.unit = unit->unit;
      // 1.1 ms are 1,100,000 ns, not 1,100,000.0000000002; and 20 / 100 is 0.2, where 20 * 0.01 need not be.
      bound.limit = unit->unit == LimitUnit::kPercent ? bound.limit / 100
                                                      : std::round(bound.limit * unit->factor * 1e3) / 1e3;
    }
    bound.limit_span = {begin, at_ - begin};
  }

  bool at_end() const { return at_ >= text_.size(); }
  BudgetSpan here() const { return {at_, 1}; }
  bool accept(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip(std::string_view what) {
    while (!at_end() && what.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  [[noreturn]] void refuse(BudgetSpan where, const std::string& why) const {
    refuse_budget(text_, where, why);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<Bound> parse_bounds(std::string_view budget) { return Parser(budget).bounds(); }

std::vector<PathStep> parse_path(std::string_view text) { return Parser(text).path(); }

// Of a budget of several lines, the line that is wrong.
void refuse_budget(std::string_view budget, BudgetSpan where, const std::string& why) {
  const std::size_t at = std::min(where.at, budget.size());
  const std::size_t before = at == 0 ? std::string_view::npos : budget.rfind('\n', at - 1);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(budget.find('\n', at), budget.size());
  const std::string_view wrong = budget.substr(at, std::min(where.length, end - at));
  const std::size_t indent = columns_of(printable(budget.substr(begin, at - begin), false));
  const std::size_t columns = std::max<std::size_t>(columns_of(printable(wrong, false)), 1);
  throw UserError(fmt::format("--budget: {} (see gilscope help budget)\n  {}\n  {}^{}", why,
                              printable(budget.substr(begin, end - begin), false), std::string(indent, ' '),
                              std::string(columns - 1, '~')));
}

bool holds(double measured, Relation comparison, double limit) noexcept {
  switch (comparison) {
    case Relation::kLess:
      return measured < limit;
    case Relation::kAtMost:
      return measured <= limit;
    case Relation::kGreater:
      return measured > limit;
    case Relation::kAtLeast:
      return measured >= limit;
    case Relation::kEqual:
      return measured == limit;
    case Relation::kDifferent:
      return measured != limit;
  }
  return false;
}

}  // namespace gilscope::app
