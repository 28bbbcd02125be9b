#include "app/parse_arguments.h"

#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

// Newer versions of CLI11 leave the word out.
std::string with_usage(std::string help, const std::string& command) {
  const std::size_t line = help.find("\n" + command + " [");
  if (line != std::string::npos && help.find("Usage:") == std::string::npos) help.insert(line + 1, "Usage: ");
  return help;
}

}  // namespace

bool parse_arguments(CLI::App& app, std::span<const std::string> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  const std::string command = app.get_name();
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::fputs(with_usage(app.help(), command).c_str(), stdout);
    return false;
  } catch (const CLI::RequiredError&) {
    throw UserError(fmt::format("{} needs the name of a trace, as in: {} run.gil (see {} --help)",
                                command.substr(command.find(' ') + 1), command, command));
  } catch (const CLI::ParseError& error) {
    throw UserError(fmt::format("{} (see {} --help)", error.what(), command));
  }
  return true;
}

}  // namespace gilscope::app
