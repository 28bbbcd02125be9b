#include "app/report/place_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

// Code that comes from no file is called like "<string>".
std::string line_text(const PlaceLine& line, std::size_t columns, bool ascii) {
  const std::string_view dots = ascii ? ".." : "…";
  std::string where = line.line != 0 ? fmt::format(":{}", line.line) : "";
  if (!line.function.empty() && line.function != "<module>") where += " " + line.function;
  std::size_t slash = line.file.rfind('/');
  // Every package has one: its name is the folder's.
  if (slash != std::string::npos && slash > 0 && line.file.compare(slash, 3, "/__") == 0) {
    slash = line.file.rfind('/', slash - 1);
  }
  const std::string name = slash == std::string::npos ? line.file : line.file.substr(slash + 1);
  const std::size_t fixed = columns_of(where);
  if (columns_of(name) + fixed > columns) return elided(name + where, columns, ascii);
  // As many folders as leave half of the room free: enough to tell two files of one name apart.
  std::size_t from = line.file.size() - name.size();
  while (from > 0) {
    const std::size_t next = line.file.rfind('/', from - 2);
    const std::size_t begin = from < 2 || next == std::string::npos ? 0 : next + 1;
    const std::size_t width = columns_of(line.file.substr(begin)) + fixed + (begin > 0 ? 2 + dots.size() : 0);
    if (width > columns / 2) break;
    from = begin;
  }
  const bool is_name_alone = from == line.file.size() - name.size();
  return (from > 0 && !is_name_alone ? std::string(dots) + "/" : "") + line.file.substr(from) + where;
}

}  // namespace

std::string place_text(const PlaceReport& place, std::size_t columns, bool ascii) {
  return place.empty() ? "" : line_text(place.front(), columns, ascii);
}

std::string caller_text(const PlaceReport& place, std::size_t columns, bool ascii) {
  return place.size() < 2 ? "" : "from " + line_text(place.back(), columns - 5, ascii);
}

}  // namespace gilscope::app
