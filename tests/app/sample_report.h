// A report with round numbers, as a run of two computing threads beside one that mostly sleeps: the literal
// that the views' golden texts are made from.
#pragma once

#include "app/report/report.h"

namespace gilscope::app {

inline Report sample_report() {
  Report report;
  report.gilscope_version = "0.1.0";
  report.python_version = "3.11.2";
  report.command = "demo.py -t 2";
  report.cores = 2;
  report.wall_ns = 4'120'000'000;
  report.verified = true;
  report.pair_cost_ns = 32.5;
  report.own_cost_share = 0.0001;

  GilReport gil;
  gil.turns = 1'240;
  gil.takes_counted = 1'240;
  gil.held_ns = 4'110'000'000;
  gil.contended_ns = 4'000'000'000;
  gil.hand_overs = 812;
  gil.drop_requests = 815;
  gil.requested_turns = 811;
  gil.obeyed_p99_ns = 5'020'000;
  gil.obeyed_max_ns = 7'310'000;
  gil.gave = 428;
  gil.asked = 812;
  report.gils = {gil};

  const auto thread = [](std::uint32_t index, const char* name, std::uint64_t turns, std::uint64_t asked,
                         std::uint64_t hold_ns, std::uint64_t wait_ns) {
    ThreadReport row;
    row.index = index;
    row.native_id = 4711 + index;
    row.name = name;
    row.turns = turns;
    row.life_ns = 4'100'000'000;
    row.hold_ns = hold_ns;
    row.wait_ns = wait_ns;
    row.outside_ns = row.life_ns - hold_ns - wait_ns;
    row.longest_wait_ns = 15'100'000;
    row.wait_p50_ns = 5'060'000;
    row.wait_p99_ns = 10'200'000;
    row.hold_p50_ns = 5'050'000;
    row.hold_p99_ns = 5'500'000;
    row.longest_hold_ns = 12'400'000;
    row.gave = turns - asked;
    row.asked = asked;
    return row;
  };
  report.threads = {thread(0, "MainThread", 28, 0, 10'000'000, 5'000'000),
                    thread(1, "worker 0", 406, 406, 2'050'000'000, 2'010'000'000),
                    thread(2, "ThreadPoolExecutor-0_0", 806, 406, 2'050'000'000, 2'000'000'000)};
  constexpr std::uint32_t kNobody = WaitedForReport::kNobody;
  report.waited_for = {{0, 0, 1, 3'000'000},     {0, 0, 2, 1'900'000},       {0, 0, kNobody, 100'000},
                       {0, 1, 0, 4'000'000},     {0, 1, 2, 2'000'000'000},   {0, 1, kNobody, 6'000'000},
                       {0, 2, 1, 1'990'000'000}, {0, 2, kNobody, 10'000'000}};
  report.regions = {{"load", 3, 1'200'000'000, 400'000'000, 700'000'000}};
  report.marks = {{"checkpoint", 2}};
  return report;
}

}  // namespace gilscope::app
