#include "app/budget/selection.h"

#include <algorithm>

namespace gilscope::app {

namespace {

// `part` is all of `whole`, or its end after one of `separator`.
bool matches_end(std::string_view part, std::string_view whole, char separator) {
  for (std::size_t from = 0;;) {
    if (matches(part, whole.substr(from))) return true;
    from = whole.find(separator, from);
    if (from == std::string_view::npos) return false;
    ++from;
  }
}

bool matches_line(std::string_view pattern, const Json& line) {
  const std::string& file = line.at("file").get_ref<const std::string&>();
  const std::string& function = line.at("function").get_ref<const std::string&>();
  const auto is_file = [&](std::string_view part) { return matches_end(part, file, '/'); };
  const auto is_function = [&](std::string_view part) {
    return !function.empty() && matches_end(part, function, '.');
  };
  if (is_function(pattern) || is_file(pattern)) return true;
  const std::size_t colon = pattern.rfind(':');
  if (colon == std::string_view::npos || !is_file(pattern.substr(0, colon))) return false;
  const std::string_view rest = pattern.substr(colon + 1);
  return is_function(rest) || matches(rest, std::to_string(line.at("line").get<unsigned>()));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_text = i;
    } else if (at < pattern.size() && pattern[at] == text[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

bool matches_place(std::string_view pattern, const Json& place) {
  if (!place.is_object()) return false;
  if (matches_line(pattern, place)) return true;
  return std::ranges::any_of(place.at("callers"),
                             [&](const Json& caller) { return matches_line(pattern, caller); });
}

std::string thread_name(const Json& document, const Json& index) {
  for (const Json& thread : document.at("threads")) {
    if (thread.at("index") == index) return thread.at("name").get<std::string>();
  }
  return index.dump();
}

bool chooses(const NumberStep& step, const Json& document, const Json& entry, std::size_t index,
             std::string_view key) {
  if (step.index) return *step.index == index;
  if (!step.selector) return true;
  const std::string& selector = *step.selector;
  switch (step.select_by) {
    case SelectBy::kIndexOnly:
      return false;
    case SelectBy::kId:
      return selector == entry.at("id").dump();
    case SelectBy::kGeneration:
      return selector == entry.at("generation").dump();
    case SelectBy::kName:
      return matches(selector, entry.at("name").get_ref<const std::string&>());
    case SelectBy::kThread:
      if (entry.contains("name")) return matches(selector, entry["name"].get_ref<const std::string&>());
      return matches(selector,
                     thread_name(document, entry.at(entry.contains("waiter") ? "waiter" : "thread")));
    case SelectBy::kHolder:
      return matches(selector, thread_name(document, Json::parse(key)));
    case SelectBy::kPlace:
      return matches_place(selector, entry.at("place"));
  }
  return false;
}

}  // namespace gilscope::app
