// What the user asked to run, and running it as python3 does: what __main__, sys.argv and sys.path look like,
// and what its end means for the exit status. Thread rule: GIL held everywhere.
#pragma once

#include <string>

#include "embed/py_ref.h"

namespace gilscope::py {

struct ScriptSource {
  enum class Kind { kFile, kModule, kCommand, kStdin } kind = Kind::kFile;
  std::string text;  ///< path, module name or code; nothing for kStdin
};

/// How a script, or a thread of it, ended.
struct ScriptEnd {
  int exit_status = 0;       ///< 0; SystemExit's; 1 after an uncaught exception; 130 after KeyboardInterrupt
  bool interrupted = false;  ///< it was a KeyboardInterrupt
};

/// A script, compiled once, to be run in the real __main__ or in any number of namespaces.
class Script {
 public:
  /// Finds and compiles it, and sets sys.path[0] as python3 does. Throws PyError: a SyntaxError, a module
  /// that is not there, a file that cannot be read.
  explicit Script(const ScriptSource& source);

  /// Runs it in the real __main__. Throws PyError with whatever it raised.
  void run_in_main() const;
  /// Runs it in a namespace of its own, whose __name__ is "__main__". Throws PyError.
  void run_in_own_namespace() const;

 private:
  void fill(PyObject* names) const;

  PyRef code_;
  PyRef attributes_;  // what the namespace begins with, beside __name__ and __builtins__
};

/// Ends an error as python3 does at the end of a script: tells SystemExit's message, prints another
/// exception's traceback to sys.stderr. `thread_name` (may be null) is shown above the traceback. Consumes
/// the thread's Python error.
ScriptEnd end_of_error(const char* thread_name);

/// An object of __main__ by name, dots allowed ("app.work"). Throws PyError (AttributeError) when it is not
/// there.
PyRef find_in_main(const std::string& dotted_name);

}  // namespace gilscope::py
