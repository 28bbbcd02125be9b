// Runs something on N native threads at once, each with a Python thread state of its own, while the main
// thread waits and passes Ctrl-C on to all of them. Thread rule: run_on_threads on the main thread, GIL held.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>

#include "embed/module_host.h"
#include "embed/script.h"

namespace gilscope::py {

/// Not all of the threads could be started; none ran.
class ThreadStartError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The calling thread's place among the workers; empty elsewhere.
std::optional<ThreadPlace> worker_place() noexcept;

/// Starts `count` std::threads behind a barrier, lets them go together, and waits for all. On each,
/// `body(index)` is called with the GIL held; what it throws as PyError is shown under the thread's name. The
/// result is Ctrl-C's (130), else 1 if any thread ended with an uncaught exception, else the first SystemExit
/// status that is not 0, in the order of the threads. Throws ThreadStartError, and PyError before any ran.
/// GIL: held before and after.
ScriptEnd run_on_threads(int count, const std::function<void(int index)>& body);

/// The main thread, if it waits in run_on_threads, carries out Python's pending calls. Any thread. GIL: any.
void wake_main_thread() noexcept;

}  // namespace gilscope::py
