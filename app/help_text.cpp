#include "app/help_text.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "app/report/text_layout.h"
#include "app/terminal.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kDescriptionColumn = 26;  // of options
constexpr std::size_t kLeastDescription = 24;   // columns; else it gets lines of its own
constexpr std::size_t kMostColumns = 100;
constexpr std::size_t kStep = 4;

constexpr std::size_t kNever = static_cast<std::size_t>(-1);

struct Entry {
  std::size_t indent = 0;
  std::size_t description = 0;      // the column in which it begins; `indent`: there is none
  std::string text;                 // all of it, without the indent
  std::size_t goes_on_at = kNever;  // a next line that begins in this column is of it, too
};

Entry entry_of(std::string_view line, std::size_t indent) {
  Entry entry{.indent = indent, .description = indent, .text = std::string(line.substr(indent))};
  if (line.empty() || line.starts_with("Usage:")) return entry;
  if (indent == 0) {
    entry.goes_on_at = 0;
  } else if (const std::size_t gap = entry.text.rfind("  "); gap != std::string::npos) {
    entry.description = entry.goes_on_at = indent + gap + 2;
  } else if (line[indent] == '-' && line.size() > kDescriptionColumn && line[kDescriptionColumn - 1] == ' ') {
    entry.description = kDescriptionColumn;  // the option's name fills its column
  }
  return entry;
}

std::vector<Entry> entries_of(std::string_view text) {
  std::vector<Entry> entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const bool begins_anew = line.empty() || line.starts_with("Usage:");
    if (!begins_anew && !entries.empty() && entries.back().goes_on_at == indent) {
      entries.back().text += ' ';
      entries.back().text += line.substr(indent);
    } else {
      entries.push_back(entry_of(line, indent));
    }
  }
  return entries;
}

std::string fitted(const Entry& entry, std::size_t columns) {
  const std::string indent(entry.indent, ' ');
  if (entry.indent + columns_of(entry.text) <= columns) return indent + entry.text + "\n";
  std::string result;
  std::string name;
  std::string description = entry.text;
  std::size_t column = entry.indent;
  if (entry.description > entry.indent) {
    const std::size_t length = entry.description - entry.indent;
    name = entry.text.substr(0, entry.text.find_last_not_of(' ', length - 1) + 1);
    description = entry.text.substr(length);
    column = entry.description;
    if (column + kLeastDescription > columns) {
      result += indent + name + "\n";
      name.clear();
      column = entry.indent + kStep;
    }
  }
  for (const std::string& line : wrap(description, columns - std::min(column, columns - 1))) {
    const std::string before = indent + name;
    result += before + std::string(column - std::min(column, before.size()), ' ') + line + "\n";
    name.clear();
  }
  return result;
}

// All versions of CLI11 then write each option on one line, and the footer as it is.
template <typename Formatter>
void leave_lines_whole(Formatter& formatter) {
  formatter.column_width(kDescriptionColumn);
  if constexpr (requires { formatter.enable_footer_formatting(false); }) {
    constexpr std::size_t kWhole = 10'000;
    formatter.enable_footer_formatting(false);
    formatter.enable_description_formatting(false);
    formatter.right_column_width(kWhole);
    formatter.long_option_alignment_ratio(2.5F / kDescriptionColumn);  // long names begin in column 2
  }
}

// Newer versions of CLI11 leave the word out.
std::string with_usage(std::string help, const std::string& command) {
  const std::size_t line = help.find("\n" + command + " [");
  if (line != std::string::npos && help.find("Usage:") == std::string::npos) help.insert(line + 1, "Usage: ");
  return help;
}

}  // namespace

std::string fitted_help(std::string_view text, std::size_t columns) {
  std::string result;
  for (const Entry& entry : entries_of(text)) result += fitted(entry, columns);
  return result;
}

void print_help(const CLI::App& app) {
  leave_lines_whole(*app.get_formatter());
  print_help(with_usage(app.help(), app.get_name()));
}

void print_help(std::string_view text) {
  const int width = describe_terminal(STDOUT_FILENO).width;
  const std::size_t columns =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(width, 40)), kMostColumns);
  std::fputs(fitted_help(text, columns).c_str(), stdout);
}

}  // namespace gilscope::app
