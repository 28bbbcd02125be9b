// Text in columns of a terminal: how wide it is, made to fit, wrapped. UTF-8 in, UTF-8 out.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

/// Stands for a space at which a line is not broken; wrap() turns it into one.
inline constexpr char kFixedSpace = '\x1f';

/// Columns that `text` takes. Wide characters (CJK, emoji) take two, combining ones none.
std::size_t columns_of(std::string_view text);

/// `text` without what a terminal would act on: control characters and broken UTF-8 become '?'; with `ascii`
/// also every character beyond ASCII.
std::string printable(std::string_view text, bool ascii);

/// `text` in at most `columns`, what is too much taken out of its middle: "Thread…worker".
std::string elided(std::string_view text, std::size_t columns, bool ascii);

std::string left(std::string_view text, std::size_t columns);   ///< padded on its right
std::string right(std::string_view text, std::size_t columns);  ///< padded on its left

/// Lines of at most `columns`, broken at spaces; a word that is longer is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

/// All spaces fixed.
std::string unbroken(std::string text);

}  // namespace gilscope::app
