// Starts and ends the one CPython that this process embeds, so that it behaves as `python3` does: same
// environment variables, paths, virtual environment, standard streams and options. Also the home of what one
// CPython does differently from another, but for the GIL (gil_location.h) and frames (code_location.h).
// Thread rule: the start and the end on the main thread, the rest on any.
#pragma once

#include <Python.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "embed/py_ref.h"

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

/// Makes a state for the calling thread, such that another thread may fork meanwhile. Null: no memory. GIL:
/// not needed.
PyThreadState* new_thread_state(PyInterpreterState* interpreter) noexcept;

/// Whether a signal has come that the calling thread, whose state this is, is to handle and has not yet. True
/// on the main thread only; false for null. GIL: any.
bool has_unhandled_signal(PyThreadState* state) noexcept;

/// The thread's error as one exception object with its traceback; empty if there is none. GIL: held.
PyRef take_raised_exception() noexcept;

/// Makes an exception, or none, the thread's error again. GIL: held.
void set_raised_exception(PyRef exception) noexcept;

/// Sets sys.last_type and those that belong to it, as this Python has them. GIL: held.
void remember_last_exception(PyObject* type, PyObject* value, PyObject* traceback) noexcept;

/// Removes from the names of a module what this Python does not set any more: `__cached__`, from 3.15 on.
/// GIL: held.
void drop_former_attributes(PyObject* names) noexcept;

/// Tracebacks show the lines of what -c was given, as they do from CPython 3.13 on; nothing before. GIL:
/// held.
void remember_command(PyObject* code, const std::string& source);

/// Waits for the script's threads, runs atexit, and ends Python. Returns what python3 would: `exit_status`,
/// or 120 if the standard streams could not be flushed. GIL: held before, not held after.
int finish_interpreter(int exit_status);

/// In a forked child whose only thread is not the one that started Python: the same as well as it goes, and
/// then the child's end. GIL: held.
[[noreturn]] void end_forked_child(int exit_status);

}  // namespace gilscope::py
