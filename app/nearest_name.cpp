#include "app/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace gilscope::app {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::string nearest_name(std::string_view name, std::span<const std::string> names) {
  const auto nearest =
      std::ranges::min_element(names, {}, [&](const std::string& one) { return edit_distance(name, one); });
  if (nearest == names.end()) return {};
  // Of a longer name more may be wrong.
  const std::size_t most = std::clamp<std::size_t>((name.size() + 2) / 3, 1, 4);
  return edit_distance(name, *nearest) <= most ? *nearest : std::string();
}

}  // namespace gilscope::app
