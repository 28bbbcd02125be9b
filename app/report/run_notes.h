// What the views for other people's tools say about a run beside its lanes: what it was, and everything that
// one must know not to be misled. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/report/report.h"
#include "app/timeline/facts.h"

namespace gilscope::app {

struct RunNote {
  const char* name;
  std::string text;                     ///< valid UTF-8
  std::optional<std::uint64_t> number;  ///< if it is one; `text` says it likewise
};

std::vector<RunNote> run_notes(const Report& report, const TraceFacts& facts);

/// Sentences that a view must show where nobody overlooks them: no numbers, lost turns, a trace without an
/// end, broken laws. Empty when all is well.
std::vector<std::string> run_warnings(const Report& report);

/// `FILE:LINE FUNCTION`; empty for a place that is not known. Valid UTF-8.
std::string place_text(std::span<const probe::Place> places, std::uint32_t number);
/// The callers of a place, innermost first: `FILE:LINE FUNCTION < FILE:LINE FUNCTION`.
std::string callers_text(std::span<const probe::Place> places, std::uint32_t number);
/// The number of the place that called it; 0: not known. Below `number`, also in a damaged file.
std::uint32_t caller_of(std::span<const probe::Place> places, std::uint32_t number);

/// The name of a region, a mark or a kernel. Valid UTF-8.
std::string name_text(std::span<const std::string> names, std::uint32_t id);

/// `gave`, `asked` or `open`.
const char* end_text(probe::TurnEnd end);

}  // namespace gilscope::app
