// Starts and ends the one CPython that this process embeds, so that it behaves as `python3` does: same
// environment variables, paths, virtual environment, standard streams and options. Thread rule: all on the
// main thread.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace gilscope::py {

/// Python could not start, or ended at once (as for a wrong -X option). Carries what to say and the exit
/// status.
class StartError : public std::runtime_error {
 public:
  StartError(const std::string& message, int status) : std::runtime_error(message), exit_status_(status) {}
  int exit_status() const noexcept { return exit_status_; }

 private:
  int exit_status_;
};

/// The python3 that this program was linked against: what sys.executable names unless a virtual environment
/// is given. Empty when it is no longer there.
std::string linked_executable();

/// The bin/python of a virtual environment made by the linked Python's version. Throws StartError, which says
/// what is wrong, when the folder is not one.
std::string venv_executable(const std::string& folder);

/// Starts Python. `executable` becomes sys.executable; from it Python finds its library and its virtual
/// environment. `arguments` are what would follow `python3` on the command line: options, then -c, -m or a
/// file, then the script's own. Throws StartError. GIL: not held before, held after.
void start_interpreter(const std::string& executable, const std::vector<std::string>& arguments);

/// Instead: with the command line of python itself, read by python's own code. Where that ends the process at
/// once (--version, a wrong option), so does this. GIL: not held before, held after.
void start_interpreter_as_python(int count, char** arguments);
/// Then: runs what the command line names, ends Python, and returns the exit status; or does not return, when
/// that calls exit(). GIL: held before, not held after.
int run_as_python();

/// Waits for the script's threads, runs atexit, and ends Python. Returns what python3 would: `exit_status`,
/// or 120 if the standard streams could not be flushed. GIL: held before, not held after.
int finish_interpreter(int exit_status);

}  // namespace gilscope::py
