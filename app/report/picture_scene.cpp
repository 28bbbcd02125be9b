#include "app/report/picture_scene.h"

#include <algorithm>

#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

std::string clean(std::string_view text) {
  std::string result(text);
  std::ranges::replace(result, kFixedSpace, ' ');
  return printable(result, false);
}

}  // namespace

std::string fitted(std::string_view text, double width, Font font, const Measure& measure) {
  const std::string whole = clean(text);
  if (measure(whole, font) <= width) return whole;
  std::size_t fits = 0;
  std::size_t too_many = columns_of(whole);
  while (fits + 1 < too_many) {
    const std::size_t middle = (fits + too_many) / 2;
    (measure(elided(whole, middle, false), font) <= width ? fits : too_many) = middle;
  }
  return fits == 0 ? std::string() : elided(whole, fits, false);
}

std::vector<std::string> wrapped(std::string_view text, double width, Font font, std::size_t most_lines,
                                 const Measure& measure) {
  std::vector<std::string> lines;
  const std::string whole = clean(text);
  std::string_view rest = whole;
  while (!rest.empty() && lines.size() < most_lines) {
    if (lines.size() + 1 == most_lines) {
      lines.push_back(fitted(rest, width, font, measure));
      break;
    }
    std::size_t end = 0;  // of what fits
    for (std::size_t space = 0; space != std::string_view::npos;) {
      space = rest.find(' ', space + 1);
      if (measure(rest.substr(0, space), font) > width) break;
      end = std::min(space, rest.size());
    }
    if (end == 0) end = std::min(rest.find(' '), rest.size());  // a word that is too long for a line
    lines.push_back(fitted(rest.substr(0, end), width, font, measure));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

}  // namespace gilscope::app
