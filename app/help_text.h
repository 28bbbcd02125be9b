// The help of a command, as wide as the terminal. Not for what stands in it: that is where its options are
// declared. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace gilscope::app {

/// `text` in lines of at most `columns`. Lines that follow one another and are not indented are a paragraph.
/// An indented one stays on its own, and is broken so that it goes on below its description: what stands
/// behind its last gap of two spaces. A line that begins there already goes on with the one before.
std::string fitted_help(std::string_view text, std::size_t columns);

/// The help of `app` on standard output.
void print_help(const CLI::App& app);
/// Likewise a text of ours.
void print_help(std::string_view text);

}  // namespace gilscope::app
