// The words of the picture: what the run was, what came of it, and whether to believe it.
#include <algorithm>

#include <fmt/format.h>

#include "app/report/conclusion.h"
#include "app/report/laws.h"
#include "app/report/parallel_text.h"
#include "app/report/picture_layout.h"
#include "app/report/processes.h"
#include "app/report/summary.h"
#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kMargin = 60;
constexpr double kTextWidth = kPageWidth - 2 * kMargin;
constexpr Font kTitle{48, true};
constexpr Font kSentence{34, false};
constexpr Font kAlert{34, true};
constexpr Font kFigure{54, true};
constexpr Font kBody{28, false};

struct Figure {
  std::string value;
  std::string name;
  bool alarming = false;
};

std::vector<Figure> figures_of(const Report& report) {
  const GilReport& gil = most_contended(report);
  std::uint64_t turns = 0, lost = 0, hand_overs = 0, longest = 0;
  for (const GilReport& one : report.gils) {
    turns += one.turns;
    lost += one.lost;
    hand_overs += one.hand_overs;
  }
  for (const ThreadReport& thread : report.threads) longest = std::max(longest, thread.longest_wait_ns);
  const std::string which = report.gils.size() > 1 ? fmt::format("GIL {}", gil.id) : "GIL";
  return {{percent(share_of(gil.held_ns, wall_of(report, gil))), which + " held"},
          {percent(share_of(gil.contended_ns, wall_of(report, gil))), "somebody waiting"},
          {count(hand_overs, 999'999), "hand-overs"},
          {duration(longest), "longest wait"},
          {count(turns, 999'999), "turns"},
          {count(lost, 999'999), "lost", lost > 0}};
}

// What must not be overlooked, most important first.
std::vector<std::string> alerts_of(const Report& report) {
  std::vector<std::string> alerts;
  const std::vector<std::string> broken = check_laws(report);
  if (!broken.empty()) alerts.push_back("LAW BROKEN, do not trust the numbers: " + broken.front());
  std::uint64_t lost = 0, turns = 0;
  for (const GilReport& gil : report.gils) {
    lost += gil.lost;
    turns += gil.turns;
  }
  if (lost > 0) {
    alerts.push_back(
        fmt::format("{} LOST ({} of all): {}", counted(lost, "turn"), percent(share_of(lost, turns + lost)),
                    report.lost_reason.empty() ? "there was no room to record them" : report.lost_reason));
  }
  if (!report.ends_early.empty()) alerts.push_back("THE RECORDING ENDS EARLY: " + report.ends_early);
  return alerts;
}

double lay_out_alert(const std::string& text, double y, const Measure& measure, Scene& scene) {
  constexpr double kHeight = 54;
  scene.boxes.push_back({0, y, kPageWidth, kHeight, colours::kVermillion});
  scene.labels.push_back(
      {kMargin, y + 39, fitted(text, kTextWidth, kAlert, measure), kAlert, colours::kPaper});
  return y + kHeight + 6;
}

double lay_out_figures(const Report& report, double y, const Measure& measure, Scene& scene) {
  const std::vector<Figure> figures = figures_of(report);
  const double width = kTextWidth / static_cast<double>(figures.size());
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const Figure& figure = figures[i];
    const double x = kMargin + width * static_cast<double>(i);
    scene.labels.push_back({x, y + 48, fitted(figure.value, width - 20, kFigure, measure), kFigure,
                            figure.alarming ? colours::kVermillion : colours::kInk});
    scene.labels.push_back(
        {x, y + 86, fitted(figure.name, width - 20, kBody, measure), kBody, colours::kFaintInk});
  }
  return y + 100;
}

}  // namespace

double lay_out_head(const Report& report, const Measure& measure, Scene& scene) {
  const std::string title = report.command.empty() ? "gilscope" : report.command;
  scene.labels.push_back({kMargin, 82, fitted(title, kTextWidth, kTitle, measure), kTitle});
  double y = 106;
  if (!report.verified) {
    y = lay_out_alert("NO NUMBERS", y, measure, scene) + 50;
    const std::string why = report.unverified_reason.empty()
                                ? "The probe could not prove that it sees this Python's GIL."
                                : report.unverified_reason;
    for (const std::string& line : wrapped(why, kTextWidth, kSentence, 6, measure)) {
      scene.labels.push_back({kMargin, y, line, kSentence});
      y += 48;
    }
    return y;
  }
  for (const std::string& alert : alerts_of(report)) y = lay_out_alert(alert, y, measure, scene);
  for (const std::string& line : wrapped(report.gil_enabled ? conclusion(report) : cores_sentence(report),
                                         kTextWidth, kSentence, 2, measure)) {
    scene.labels.push_back({kMargin, y + 34, line, kSentence});
    y += 46;
  }
  if (report.gils.empty()) return y;
  return lay_out_figures(report, y + 18, measure, scene) + 16;
}

void lay_out_foot(const Report& report, const Measure& measure, Scene& scene) {
  const bool proven = report.verified && check_laws(report).empty();
  scene.labels.push_back({kMargin, kPageHeight - 24, fitted(proof(report), kTextWidth, kBody, measure), kBody,
                          proven ? colours::kFaintInk : colours::kVermillion});
}

}  // namespace gilscope::app
