#include "app/tour/tour_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/report/text_layout.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr std::size_t kLabel = 18;
constexpr std::size_t kNumber = 9;
constexpr std::size_t kNumbers = 4;
constexpr std::size_t kLeastBar = 3;
constexpr std::size_t kLines = 5;

struct Glyph {
  char character;
  std::array<std::string_view, kLines> rows;
};
constexpr Glyph kGlyphs[] = {
    {'0', {"###", "# #", "# #", "# #", "###"}}, {'1', {"## ", " # ", " # ", " # ", "###"}},
    {'2', {"###", "  #", "###", "#  ", "###"}}, {'3', {"###", "  #", " ##", "  #", "###"}},
    {'4', {"# #", "# #", "###", "  #", "  #"}}, {'5', {"###", "#  ", "###", "  #", "###"}},
    {'6', {"###", "#  ", "###", "# #", "###"}}, {'7', {"###", "  #", "  #", "  #", "  #"}},
    {'8', {"###", "# #", "###", "# #", "###"}}, {'9', {"###", "# #", "###", "  #", "###"}},
    {'.', {" ", " ", " ", " ", "#"}},           {'x', {"   ", "# #", " # ", "# #", "   "}},
    {'s', {"   ", "###", "## ", " ##", "###"}}, {'m', {"     ", "#####", "# # #", "# # #", "# # #"}},
    {',', {" ", " ", " ", "#", "#"}},           {' ', {" ", " ", " ", " ", " "}},
};

std::string paragraph(std::string_view text, const TourLook& look, std::string_view begin = "") {
  std::string lines;
  const std::size_t indent = columns_of(begin);
  bool is_first = true;
  for (const std::string& line : wrap(printable(text, look.ascii), look.width - indent)) {
    lines += fmt::format("{}{}\n", is_first ? std::string(begin) : std::string(indent, ' '), line);
    is_first = false;
  }
  return lines;
}

std::string head_line(const TourStep& step, const StepPlace& place, const TourLook& look) {
  const std::string head =
      elided(fmt::format("{} of {}  {}: {} ", place.number, place.count, step.name, step.title), look.width,
             look.ascii);
  std::string rule;
  for (std::size_t i = columns_of(head); i < look.width; ++i) rule += look.ascii ? "-" : "─";
  return look.paint().strong(head) + rule;
}

std::size_t key_of(const TourStep& step, const StepFigures& figures) {
  if (step.key != kFastest) return step.key;
  std::size_t best = 0;
  for (std::size_t i = 1; i < figures.runs.size(); ++i) {
    if (figures.runs[i].measured && figures.runs[i].times > figures.runs[best].times) best = i;
  }
  return best;
}

std::string times_text(double times) {
  return times >= 100 ? count(static_cast<std::uint64_t>(times + 0.5), 9'999)
                      : fmt::format("{:.{}f}", times, times < 10 ? 2 : 1);
}

// One line beside each of the large digits' lines.
std::vector<std::string> beside(const TourStep& step, const StepFigures& figures) {
  const std::size_t key = key_of(step, figures);
  const RunFigures& run = figures.runs[key];
  std::vector<std::string> lines = {std::string(run.label)};
  if (run.times > 0) {
    const RunFigures& base = figures.runs[step.runs[key].base];
    lines.push_back(fmt::format("times as fast as: {}", base.label));
    lines.push_back(fmt::format("{} instead of {}", duration(run.wall_ns), duration(base.wall_ns)));
  }
  lines.push_back(fmt::format("{:.2f} cores used", run.cores_used));
  if (run.gil_known) {
    lines.push_back(fmt::format("somebody waited for the GIL: {}", whole_percent(run.gil_wait_share)));
  }
  return lines;
}

std::string large_figure(const TourStep& step, const StepFigures& figures, const TourLook& look) {
  const std::vector<std::string> digits = large(key_figure(step, figures), look.ascii);
  std::vector<std::string> words = beside(step, figures);
  words.resize(kLines);
  std::string text;
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::size_t used = 2 + columns_of(digits[i]) + 3;
    std::string line = fmt::format("  {}", look.paint().strong(digits[i]));
    if (words[i].empty()) line.erase(line.find_last_not_of(' ') + 1);
    if (!words[i].empty() && used < look.width) {
      line += "   " + elided(words[i], look.width - used, look.ascii);
    }
    text += line + "\n";
  }
  return text;
}

std::string rows_text(const StepFigures& figures, const TourLook& look) {
  std::uint64_t most = 1;
  for (const RunFigures& run : figures.runs) most = std::max(most, run.wall_ns);
  const std::size_t fixed = 2 + kLabel + 1 + kNumbers * kNumber;
  const std::size_t bar = std::max(kLeastBar, look.width > fixed ? look.width - fixed : 0);
  std::string text = fmt::format("  {} {}{}{}{}{}\n", left("", kLabel), left("", bar), right("took", kNumber),
                                 right("times", kNumber), right("cores", kNumber), right("waits", kNumber));
  std::string missing;
  for (const RunFigures& run : figures.runs) {
    if (!run.measured) {
      missing += fmt::format("{}{}", missing.empty() ? "" : ", ", run.label);
      continue;
    }
    const double share = static_cast<double>(run.wall_ns) / static_cast<double>(most);
    const auto filled =
        std::clamp<std::size_t>(static_cast<std::size_t>(share * static_cast<double>(bar) + 0.5), 1, bar);
    text += fmt::format("  {} {}{}{}{}{}{}\n", left(elided(run.label, kLabel, look.ascii), kLabel),
                        look.paint().hold(filled), std::string(bar - filled, ' '),
                        right(duration(run.wall_ns), kNumber),
                        right(run.times > 0 ? times_text(run.times) + " x" : "", kNumber),
                        right(fmt::format("{:.2f}", run.cores_used), kNumber),
                        right(run.gil_known ? whole_percent(run.gil_wait_share) : "-", kNumber));
  }
  if (!missing.empty()) text += paragraph(missing + " (why: at the end)", look, "  without: ");
  return text;
}

}  // namespace

std::vector<std::string> large(std::string_view text, bool ascii) {
  std::vector<std::string> lines(kLines);
  for (const char character : text) {
    const auto* const glyph = std::ranges::find(kGlyphs, character, &Glyph::character);
    if (glyph == std::end(kGlyphs)) continue;
    for (std::size_t i = 0; i < kLines; ++i) {
      // A character of a terminal is about twice as high as wide.
      for (const char dot : glyph->rows[i]) lines[i] += dot == ' ' ? "  " : ascii ? "##" : "██";
      lines[i] += ' ';
    }
  }
  return lines;
}

std::string key_figure(const TourStep& step, const StepFigures& figures) {
  const RunFigures& run = figures.runs[key_of(step, figures)];
  if (!run.measured) return "";
  return run.times > 0 ? times_text(run.times) + " x" : duration(run.wall_ns);
}

std::string calibrated_text(double took_s, double pace, double step_s, const TourLook& look) {
  return paragraph(
      fmt::format(
          "Calibrated in {}: one thread counts down {} numbers a second in pure Python, and gets work "
          "for {} in each step.",
          duration(static_cast<std::uint64_t>(took_s * 1e9)), count(static_cast<std::uint64_t>(pace), 999),
          duration(static_cast<std::uint64_t>(step_s * 1e9))),
      look);
}

std::string steps_text() {
  std::string text;
  for (const TourStep& step : tour_steps()) text += fmt::format("  {:18}{}\n", step.name, step.title);
  return text;
}

std::string question_text(const TourStep& step, const StepPlace& place, const TourLook& look) {
  return fmt::format("\n{}\n{}{}", head_line(step, place, look), paragraph(step.question, look),
                     paragraph(step.guess, look, "The likely guess: "));
}

std::string skipped_text(const TourStep& step, const StepPlace& place, const std::string& reason,
                         const TourLook& look) {
  return fmt::format("\n{}\n{}", head_line(step, place, look), paragraph(reason, look, "Skipped: "));
}

std::string result_text(const TourStep& step, const StepFigures& figures,
                        const std::vector<std::string>& lanes, std::string_view why_no_lanes,
                        const TourLook& look) {
  std::string text;
  for (const std::string& line : lanes) text += line + "\n";
  if (lanes.empty()) text += paragraph(why_no_lanes, look, "No lanes: ");
  text += "\n";
  text += large_figure(step, figures, look);
  text += rows_text(figures, look);
  text += paragraph(step.learned(figures), look, "=> ");
  return text;
}

std::string closing_text(const std::vector<TourRow>& rows, const TourLook& look) {
  std::string text;
  for (const TourRow& row : rows) {
    text += paragraph(row.learned, look,
                      fmt::format("  {} {}  ", left(row.step->name, kLabel), right(row.figure, kNumber)));
  }
  return text;
}

}  // namespace gilscope::app
