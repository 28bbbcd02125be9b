// The processes of a run whose children were traced, as its report tells them.
#include "app/timeline/snapshot_lists.h"

namespace gilscope::app {

namespace {

ProcessReport::End end_of(ProcessFacts::End how) {
  switch (how) {
    case ProcessFacts::End::kExited:
      return ProcessReport::End::kExited;
    case ProcessFacts::End::kKilled:
      return ProcessReport::End::kKilled;
    case ProcessFacts::End::kRunning:
      return ProcessReport::End::kRunning;
    case ProcessFacts::End::kReplaced:
      break;
  }
  return ProcessReport::End::kReplaced;
}

}  // namespace

void fill_processes(const TraceFacts& facts, Report& report) {
  for (const ProcessFacts& process : facts.processes) {
    ProcessReport& told = report.processes.emplace_back();
    told.process_id = process.process_id;
    told.parent_id = process.parent_id;
    told.name = process.name;
    told.command = process.command;
    told.how = end_of(process.how);
    told.exit_status = process.exit_status;
    told.begin_ns = process.begin > facts.begin ? facts.scale.ns(process.begin - facts.begin) : 0;
    told.wall_ns = process.end > process.begin ? facts.scale.ns(process.end - process.begin) : 0;
    told.first_gil = process.first_gil;
    told.gil_count = report.gil_enabled ? process.gil_count : std::uint16_t{0};
    told.first_thread = process.first_thread;
    told.thread_count = process.thread_count;
    told.cpu_known = process.cpu_known;
    told.cpu_ns = process.cpu_ns;
    told.clock_error_ns = process.clock_error_ns;
    for (const GilReport& gil : report.gils) {
      if (gil.id < process.first_gil || gil.id - process.first_gil >= process.gil_count) continue;
      told.turns += gil.turns;
      told.held_ns += gil.held_ns;
      told.lost += gil.lost;
    }
  }
  for (const UntracedProcess& process : facts.untraced) {
    report.untraced.push_back({process.process_id, process.why});
  }
}

}  // namespace gilscope::app
