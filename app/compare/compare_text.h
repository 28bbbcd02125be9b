// A comparison as text for a person: a table of one point, or of a sweep; what could not run, and why.
// Thread rule: pure functions.
#pragma once

#include <string>

#include "app/compare/comparison.h"

namespace gilscope::app {

struct TableStyle {
  int width = 80;       ///< columns of the terminal; less than 60 counts as 60
  bool colour = false;  ///< ANSI; nothing is told by colour alone
  bool ascii = false;   ///< no character beyond ASCII
  bool full = false;    ///< of a sweep, every point's table, too
};

/// Lines that each end with a newline.
std::string comparison_text(const Comparison& comparison, const TableStyle& style);

/// What the comparison was made of: `countdown (M): Count down ...`, and on what.
std::string comparison_title(const Comparison& comparison);
std::string comparison_machine(const Comparison& comparison);

/// What the columns mean, and what lies in no column, a sentence each.
std::vector<std::string> table_notes(const Comparison& comparison, const Point& point);

/// Why patterns have no row: the pattern's title and the reason.
struct Absence {
  const PatternResult* result;
  std::string title;
  std::string reason;
};
std::vector<Absence> absences(const Point& point);

/// Where each pattern begins to pay off, a sentence each; none of one point alone.
std::vector<std::string> pay_off_sentences(const Comparison& comparison);

}  // namespace gilscope::app
