// Ctrl-C: the first becomes Python's KeyboardInterrupt, on every thread of the run; a second that comes while
// the first one has not had its effect, or within a second, ends the program at once. And what a long kernel
// asks to know whether it should stop. Thread rule: install and the scopes on the main thread; the rest
// anywhere.
#pragma once

namespace gilscope::py {

/// Puts a handler before Python's own for SIGINT, unless SIGINT is ignored or the script handles it
/// otherwise. A script that installs a handler of its own replaces this one too. Call after the interpreter
/// has started. GIL: held.
void install_interrupt_handler() noexcept;

/// The run is ending: from now on Ctrl-C ends the program at once.
void interrupt_ends_program() noexcept;

/// While set, Ctrl-C is a request to all threads from the moment it is pressed: one of them may be in a
/// kernel that keeps the GIL from the thread that would pass it on.
void interrupt_stops_all(bool value) noexcept;

/// True from when Ctrl-C was passed on to all threads of a run.
bool interrupt_requested() noexcept;
void request_interrupt() noexcept;

}  // namespace gilscope::py
