// Calls a function in every child that Python code forks, as soon as Python is whole again there. Not for
// children that C code forks behind Python's back, nor for what is done then. Thread rule: GIL held.
#pragma once

#include <functional>

namespace gilscope::py {

/// From now on `begin` is called in each child of os.fork() and what is made of it (multiprocessing), on its
/// one thread, before anything that os.register_at_fork() was given later. Call before the script's first
/// line, in the main interpreter. Throws PyError. GIL: held, in `begin` too.
void call_in_forked_children(std::function<void()> begin);

}  // namespace gilscope::py
