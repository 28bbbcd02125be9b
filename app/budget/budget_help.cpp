#include "app/budget/budget_help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "app/budget/number.h"
#include "app/report/text_layout.h"

namespace gilscope::app {

namespace {

constexpr const char kHead[] =
    R"help(A budget bounds the numbers of a run: gilscope run --budget BUDGET app.py ends with status 4 when a bound is
broken, and says which, in a line each: what was measured, of which thread, and where.

  longest_hold < 50ms                 no thread held the GIL for longer at once
  wait_share < 20%, lost == 0         several bounds, with ',' ';' or a line end between them
  gives(resize) >= 1                  resize released the GIL, or what it called did
  thread(worker-*).wait_p99 < 5ms     of each of these threads
  sum(threads.wait) < 2s              of all of them together
  probe.own_cost_share < 1%           any number of --json, by its name there

Comparisons are < <= > >= == !=. Times need a unit, ns us ms s, unless the name ends in _ns; shares are 20% or
0.2; true counts as 1. A bound on a list holds for each of its entries, unless it is on their sum; the worst is
told. In round brackets stands which entries, '*' for any text, quotes where it has brackets of its own:

  THREAD   its name: thread(main), thread("worker (2)"); threads[0] is the first of the list
  PLACE    a function (resize, Image.resize), a file (app.py), a line (app.py:12) or app.py:resize: that of the
           place where the GIL was dropped, or of one of its callers that are known
  others   regions, marks and kernels have names, gils and collections numbers: gil(0).held_share

What did not occur has a count of 0; a bound on its time or share is broken. (A place that gave the GIL away has
0 ns of what it did not do.) The budget is broken, too, when turns were lost, unless it bounds 'lost' itself,
when the trace has no end, and when gilscope has no numbers.

Short names; all may be followed by which: wait_share(worker-1)
)help";

constexpr std::size_t kWidth = 100;

std::string short_names() {
  std::string text;
  for (const NumberAlias& alias : number_aliases()) {
    const std::string name =
        alias.needs_argument ? fmt::format("{}({})", alias.name, alias.argument) : std::string(alias.name);
    const std::string path = alias.sum ? fmt::format("sum({})", alias.path) : std::string(alias.path);
    text += fmt::format("  {:<17} {:<28} {}\n", name, path, alias.meaning);
  }
  return text;
}

// A line for each list, in the order in which they appear.
std::string all_names() {
  std::vector<std::pair<std::string, std::string>> lists;
  for (const std::string& path : number_paths()) {
    const std::size_t dot = path.find('.');
    const std::string list = dot == std::string::npos ? "" : path.substr(0, dot + 1);
    auto row = std::ranges::find(lists, list, &std::pair<std::string, std::string>::first);
    if (row == lists.end()) row = lists.insert(row, {list, ""});
    row->second += fmt::format("{}{}", row->second.empty() ? "" : " ", path.substr(list.size()));
  }
  std::string text;
  for (auto& [list, names] : lists) {
    if (list.empty()) list = "of the run:";
    for (const std::string& line : wrap(names, kWidth - 18)) {
      text += fmt::format("  {:<15} {}\n", list, line);
      list.clear();
    }
  }
  return text;
}

}  // namespace

std::string budget_help() {
  return fmt::format(
      "{}{}\nAll names, as --json has them; the _ns may be left out. X_share is X_ns as a part of the life "
      "of a "
      "thread,\nof the wall time of a region, kernel or collection, or, of a GIL and the run, of the "
      "run's:\n\n{}"
      "\nExit status: the script's own if that is not 0; 4 when a bound is broken; 0. --junit FILE.xml tells "
      "Jenkins,\nGitLab and others: a test case for each bound.\n",
      kHead, short_names(), all_names());
}

}  // namespace gilscope::app
