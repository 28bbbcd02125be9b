#include "app/report/processes.h"

#include <algorithm>

#include <fmt/format.h>

namespace gilscope::app {

const ProcessReport* process_of_gil(const Report& report, std::uint16_t gil) {
  const auto found = std::ranges::find_if(report.processes, [gil](const ProcessReport& process) {
    return gil >= process.first_gil && gil - process.first_gil < process.gil_count;
  });
  return found != report.processes.end() ? &*found : nullptr;
}

const ProcessReport* process_of_thread(const Report& report, std::uint32_t thread) {
  const auto found = std::ranges::find_if(report.processes, [thread](const ProcessReport& process) {
    return thread >= process.first_thread && thread - process.first_thread < process.thread_count;
  });
  return found != report.processes.end() ? &*found : nullptr;
}

std::uint64_t wall_of(const Report& report, const GilReport& gil) {
  const ProcessReport* const process = process_of_gil(report, gil.id);
  return process != nullptr ? process->wall_ns : report.wall_ns;
}

std::string process_title(const std::string& name, const std::string& command, std::int64_t process_id) {
  std::string text = name;
  if (text.empty()) {
    text = command.substr(0, command.find(' '));
    text = text.substr(text.rfind('/') + 1);
  }
  return fmt::format("{} {}", text.empty() ? "process" : text, process_id);
}

std::string gil_title(const Report& report, std::uint16_t gil) {
  const ProcessReport* const process = process_of_gil(report, gil);
  return process != nullptr ? fmt::format("GIL {} of {}", gil, process_title(*process))
                            : fmt::format("GIL {}", gil);
}

std::string gil_short_title(const Report& report, std::uint16_t gil) {
  const ProcessReport* const process = process_of_gil(report, gil);
  return process != nullptr ? fmt::format("GIL {}, {}", gil, process->process_id)
                            : fmt::format("GIL {}", gil);
}

const char* end_word(ProcessReport::End how) {
  switch (how) {
    case ProcessReport::End::kExited:
      return "exited";
    case ProcessReport::End::kKilled:
      return "killed";
    case ProcessReport::End::kRunning:
      return "running";
    case ProcessReport::End::kReplaced:
      break;
  }
  return "replaced";
}

std::string end_text(const ProcessReport& process) {
  switch (process.how) {
    case ProcessReport::End::kExited:
      return fmt::format("exit status {}", process.exit_status);
    case ProcessReport::End::kKilled:
      return "ended early: killed, or crashed";
    case ProcessReport::End::kRunning:
      return "still running when the run ended";
    case ProcessReport::End::kReplaced:
      break;
  }
  return "became another program";
}

std::uint64_t greatest_clock_error_ns(const Report& report) {
  std::uint64_t greatest = 0;
  for (const ProcessReport& process : report.processes) {
    const std::int64_t error = process.clock_error_ns;
    greatest = std::max(greatest, error < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(error)
                                            : static_cast<std::uint64_t>(error));
  }
  return greatest;
}

}  // namespace gilscope::app
