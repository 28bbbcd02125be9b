#include "app/parse_arguments.h"

#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/help_text.h"
#include "app/nearest_name.h"

namespace gilscope::app {

namespace {

std::string did_you_mean(const CLI::App& app, std::string_view wrong) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string nearest = nearest_name(wrong, names);
  return nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest);
}

// Of an option that was given once too often, or without its value: CLI11's names of these differ.
std::string miscounted(const CLI::ParseError& error, const CLI::App& app) {
  const std::string said = error.what();
  const CLI::Option* const option = app.get_option_no_throw(said.substr(0, said.find(':')));
  if (option == nullptr) return said;
  if (option->results().size() > 1) return fmt::format("{} is given more than once", option->get_name());
  const std::string value = option->get_type_name();
  return fmt::format("{} needs a value: {}", option->get_name(), value.substr(0, value.find(':')));
}

std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& app) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ArgumentMismatch))
    return miscounted(error, app);
  if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) return error.what();
  const std::vector<std::string> extra = app.remaining();
  for (const std::string& argument : extra) {
    if (!argument.starts_with('-')) continue;
    const std::string name = argument.substr(0, argument.find('='));
    return fmt::format("there is no option '{}'{}", name, did_you_mean(app, name));
  }
  return extra.empty() ? error.what() : fmt::format("'{}' is one name too many", extra.front());
}

}  // namespace

UserError usage_error(const CLI::ParseError& error, const CLI::App& app) {
  return UserError(fmt::format("{} (see {} --help)", what_is_wrong(error, app), app.get_name()));
}

bool parse_arguments(CLI::App& app, std::span<const std::string> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  const std::string command = app.get_name();
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    print_help(app);
    return false;
  } catch (const CLI::RequiredError&) {
    throw UserError(fmt::format("{} needs the name of a trace, as in: {} run.gil (see {} --help)",
                                command.substr(command.find(' ') + 1), command, command));
  } catch (const CLI::ParseError& error) {
    throw usage_error(error, app);
  }
  return true;
}

}  // namespace gilscope::app
