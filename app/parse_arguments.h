// What follows a verb, parsed, and what to say of it when it is wrong. Not for where run's options end and
// its script begins: command_line.h.
#pragma once

#include <span>
#include <string>

#include "app/user_error.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace gilscope::app {

/// Parses `arguments` with the options of `app`, whose name is "gilscope VERB". False: help was asked for,
/// and has been printed. Throws UserError, which names what is wrong and the verb's --help.
bool parse_arguments(CLI::App& app, std::span<const std::string> arguments);

/// What is wrong with the command line that `app` has just thrown `error` for, and how to find what is right.
UserError usage_error(const CLI::ParseError& error, const CLI::App& app);

}  // namespace gilscope::app
