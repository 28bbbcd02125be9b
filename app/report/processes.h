// Which process of a run a GIL or a thread is of, and what views say of processes. Not for how they are
// drawn. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// Null in a run whose processes are not told apart.
const ProcessReport* process_of_gil(const Report& report, std::uint16_t gil);
const ProcessReport* process_of_thread(const Report& report, std::uint32_t thread);

/// The time that shares of this GIL are of: its process's, or the run's where that is not known.
std::uint64_t wall_of(const Report& report, const GilReport& gil);

/// "python3 42", "ForkPoolWorker-1 43": what a process is called, by its name or its command.
std::string process_title(const std::string& name, const std::string& command, std::int64_t process_id);
inline std::string process_title(const ProcessReport& process) {
  return process_title(process.name, process.command, process.process_id);
}
/// "GIL 3 of ForkPoolWorker-1 43"; "GIL 3" where processes are not told apart.
std::string gil_title(const Report& report, std::uint16_t gil);
/// "GIL 3, 43", with the process's number.
std::string gil_short_title(const Report& report, std::uint16_t gil);
/// "exited with 0", "was killed": a clause.
std::string end_text(const ProcessReport& process);
/// Likewise in one word: exited, killed, running, replaced.
const char* end_word(ProcessReport::End how);

/// The greatest difference between the clocks of any process and those of the first; 0: none is known.
std::uint64_t greatest_clock_error_ns(const Report& report);

}  // namespace gilscope::app
