// Which entries of a list a budget's selector chooses: `*` in it stands for any text. Thread rule: pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "app/budget/document.h"
#include "app/budget/number.h"

namespace gilscope::app {

/// `pattern` is all of `text`; `*` stands for any number of characters.
bool matches(std::string_view pattern, std::string_view text);

/// A place of --json, or one of its callers: a function (`resize`, `Image.resize`), a file (`app.py`,
/// `package/app.py`), or both parts of one with a colon (`app.py:12`, `app.py:resize`).
bool matches_place(std::string_view pattern, const Json& place);

/// Whether `step` chooses `entry`, which is at `index` of its list; `key` is that of an object's entry.
bool chooses(const NumberStep& step, const Json& document, const Json& entry, std::size_t index,
             std::string_view key);

/// The name of the thread with that index; a number as text where it has none.
std::string thread_name(const Json& document, const Json& index);

}  // namespace gilscope::app
