// What follows a verb that reads a trace, parsed. Not for run, whose options end where its script begins:
// command_line.h.
#pragma once

#include <span>
#include <string>

namespace CLI {
class App;
}

namespace gilscope::app {

/// Parses `arguments` with the options of `app`, whose name is "gilscope VERB". False: help was asked for,
/// and has been printed. Throws UserError, which names what is wrong and the verb's --help.
bool parse_arguments(CLI::App& app, std::span<const std::string> arguments);

}  // namespace gilscope::app
