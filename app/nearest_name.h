// What somebody meant who mistyped a name. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace gilscope::app {

/// How many characters must be added, removed or replaced to make `b` of `a`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `names` that is nearest to `name`; empty when none is near enough to be meant.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace gilscope::app
