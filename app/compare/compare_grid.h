// A small table beside the large one, as text. Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

namespace gilscope::app {

struct Grid {
  std::vector<std::string> head;  ///< as many as each row has
  std::vector<std::vector<std::string>> rows;
};

/// The first column to the left, the others to the right, as numbers are.
std::string number_grid_text(const Grid& grid);

/// Cells are sentences, and wrapped: the columns after the first share what room there is.
std::string word_grid_text(const Grid& grid, std::size_t width);

}  // namespace gilscope::app
