// The report as text for a person: large facts first, then one row per thread, the proof last. It decides on
// nothing but the layout; the sentence that draws the conclusion is conclusion.h's.
// Thread rule: pure function.
#pragma once

#include <string>

#include "app/report/report.h"

namespace gilscope::app {

struct SummaryStyle {
  int width = 80;       ///< columns of the terminal; less than 80 counts as 80
  bool colour = false;  ///< ANSI, the 16 basic colours only; nothing is told by colour alone
  bool ascii = false;   ///< no character beyond ASCII (a terminal without UTF-8)
  int max_threads = 0;  ///< rows before the rest is folded into one; 0: a number that suits a screen
  bool full = false;    ///< every entry of each list
};

/// Lines of at most `width` columns, each ended by a newline; only the last, the proof, is never broken in
/// two. Names are shown without control characters.
std::string summary(const Report& report, const SummaryStyle& style);

/// The line that says whether the laws held: `verified on CPython 3.11.2: 1,240 turns, 0 lost, ...`.
std::string proof(const Report& report);

}  // namespace gilscope::app
