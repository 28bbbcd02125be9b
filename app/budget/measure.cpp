#include "app/budget/measure.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/budget/selection.h"
#include "app/report/place_text.h"
#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kPlaceColumns = 60;

PlaceLine line_of(const Json& line) {
  return {line.at("file").get<std::string>(), line.at("line").get<std::uint32_t>(),
          line.at("function").get<std::string>()};
}

// As the summary writes it; empty where it is not known.
std::string at_place(const Json& place) {
  if (!place.is_object()) return {};
  PlaceReport lines = {line_of(place)};
  for (const Json& caller : place.at("callers")) lines.push_back(line_of(caller));
  std::string text = "at " + place_text(lines, kPlaceColumns, false);
  if (lines.size() > 1) text += ", " + caller_text(lines, kPlaceColumns, false);
  return printable(text, false);
}

std::string join(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

std::string quoted_name(const char* what, const std::string& name) {
  return fmt::format("{} \"{}\"", what, printable(name, false));
}

class Measurer {
 public:
  Measurer(const Number& number, const Json& document) : number_(number), document_(document) {}

  MeasuredValues measure() {
    descend(document_, 0, nullptr, "", "");
    return std::move(found_);
  }

 private:
  // `entry`: the innermost entry of a list that `at` belongs to, and `list` that list.
  void descend(const Json& at, std::size_t step_number, const Json* entry, const std::string& list,
               const std::string& of) {
    if (step_number == number_.steps.size()) return add(at, entry, list, of);
    const NumberStep& step = number_.steps[step_number];
    if (!at.is_object()) {  // null: a place, or something that the run does not tell
      if (entry == nullptr) tell_unknown(of);
      return;
    }
    const bool is_last = step_number + 1 == number_.steps.size();
    if (is_last && number_.share_of != ShareOf::kNothing) return add_share(at, step.key, list, of);
    const auto next = at.find(step.key);
    if (next == at.end()) {
      if (is_last) tell_unknown(of);
      return;
    }
    if (!step.is_list) return descend(*next, step_number + 1, entry, list, of);
    std::size_t index = 0;
    for (const auto& [key, each] : next->items()) {
      if (!chooses(step, document_, each, index++, key)) continue;
      ++found_.chosen;
      const std::string name =
          step.key == kHolders
              ? join({of, "for " + quoted_name("thread", thread_name(document_, Json::parse(key)))})
              : name_of(step.key, each, of);
      descend(each, step_number + 1, &each, step.key, name);
    }
  }

  std::string name_of(const std::string& list, const Json& entry, const std::string& outer) const {
    if (list == "gils") {
      return document_.at("gils").size() > 1 ? fmt::format("GIL {}", entry.at("id").dump()) : "";
    }
    const auto gil = entry.find("gil");
    const std::string which =
        gil != entry.end() && document_.at("gils").size() > 1 ? fmt::format("GIL {}", gil->dump()) : "";
    for (const char* const key : {"thread", "waiter"}) {
      if (entry.contains(key)) {
        return join({quoted_name("thread", thread_name(document_, entry[key])), which, place_of(entry)});
      }
    }
    if (list == "threads") return join({quoted_name("thread", entry.at("name")), which});
    if (list == "collections") return fmt::format("generation {}", entry.at("generation").dump());
    if (entry.contains("name")) return quoted_name(list.substr(0, list.size() - 1).c_str(), entry["name"]);
    if (entry.contains("place")) return place_of(entry);
    return outer;
  }

  static std::string place_of(const Json& entry) {
    const auto place = entry.find("place");
    if (place == entry.end()) return {};
    const std::string text = at_place(*place);
    return text.empty() ? "at no known line of Python" : text;
  }

  void add(const Json& value, const Json* entry, const std::string& list, const std::string& of) {
    if (!value.is_number() && !value.is_boolean()) return tell_unknown(of);
    const double number = value.is_boolean() ? (value.get<bool>() ? 1 : 0) : value.get<double>();
    found_.values.push_back({number, of, detail(number_.key(), value, entry, list)});
  }

  void add_share(const Json& entry, const std::string& key, const std::string& list, const std::string& of) {
    const std::string stem = key.substr(0, key.size() - std::string_view("_share").size());
    const auto part = entry.find(stem + "_ns");
    const Json& holder = number_.share_of == ShareOf::kRunsWall ? document_ : entry;
    const auto whole = holder.find(number_.share_of == ShareOf::kLife ? "life_ns" : "wall_ns");
    if (part == entry.end() || whole == holder.end()) return tell_unknown(of);
    const char* const whose = number_.share_of == ShareOf::kLife   ? "of its life"
                              : number_.share_of == ShareOf::kWall ? "of its wall time"
                                                                   : "of the run's wall time";
    found_.values.push_back({share_of(part->get<std::uint64_t>(), whole->get<std::uint64_t>()),
                             join({whose, of}), detail(stem + "_ns", *part, &entry, list)});
  }

  void tell_unknown(const std::string& of) { found_.unknown = join({number_.key(), of}) + " is not known"; }

  // Where that was, or whose fault: what the lists of the report tell of this value.
  std::string detail(const std::string& key, const Json& value, const Json* entry,
                     const std::string& list) const {
    if (entry == nullptr) return {};
    if (list == "threads" && key == "longest_wait_ns") {
      for (const Json& wait : document_.at("longest_waits")) {
        if (wait["thread"] == (*entry)["index"] && wait["gil"] == (*entry)["gil"] &&
            wait["wait_ns"] == value) {
          return join({at_place(wait["place"]), held_by(wait)});
        }
      }
    }
    if (list == "threads" && key == "wait_ns") return waited_most_for(*entry, value);
    if (list == "gils" && key == "obeyed_max_ns") {
      for (const Json& obeyed : document_.at("obeyed_latest")) {
        if (obeyed["gil"] == (*entry)["id"] && obeyed["after_ns"] == value) {
          return join({quoted_name("thread", thread_name(document_, obeyed["thread"])), place_of(obeyed)});
        }
      }
    }
    if (list == "gils" && key == "contended_ns" && !document_.at("blockers").empty()) {
      return "most of it for turns that ended " + place_of(document_["blockers"].front());
    }
    return {};
  }

  std::string held_by(const Json& wait) const {
    if (wait["holder"].is_null()) return {};
    return join({"held meanwhile by " + quoted_name("thread", thread_name(document_, wait["holder"])),
                 at_place(wait["holder_place"])});
  }

  std::string waited_most_for(const Json& thread, const Json& wait_ns) const {
    for (const Json& row : document_.at("waited_for")) {
      if (row["waiter"] != thread["index"] || row["gil"] != thread["gil"] || row[kHolders].empty()) continue;
      std::string holder;
      std::uint64_t most = 0;
      for (const auto& [index, ns] : row[kHolders].items()) {
        if (ns.get<std::uint64_t>() <= most) continue;
        most = ns.get<std::uint64_t>();
        holder = index;
      }
      return fmt::format("{} of it for {}", whole_percent(share_of(most, wait_ns.get<std::uint64_t>())),
                         quoted_name("thread", thread_name(document_, Json::parse(holder))));
    }
    return {};
  }

  const Number& number_;
  const Json& document_;
  MeasuredValues found_;
};

}  // namespace

MeasuredValues measure(const Number& number, const Json& document) {
  return Measurer(number, document).measure();
}

std::string value_text(double value, NumberUnit unit) {
  switch (unit) {
    case NumberUnit::kTime:
      return value == std::round(value) ? duration(static_cast<std::uint64_t>(value))
                                        : fmt::format("{} ns", value);
    case NumberUnit::kShare:
      return value > 1 ? fmt::format("{:.0f} %", value * 100) : percent(value);
    case NumberUnit::kCount:
      break;
  }
  return value >= 0 && value == std::round(value) && value < 1e18 ? count(static_cast<std::uint64_t>(value))
                                                                  : fmt::format("{}", value);
}

}  // namespace gilscope::app
