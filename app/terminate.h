// SIGTERM ends python3 at once. Here what was recorded is finished first; then the signal does its work. Not
// for Ctrl-C, which Python handles. Thread rule: on the process's one thread, with the GIL held.
#pragma once

#include <functional>

#include "app/session.h"

namespace gilscope::app {

/// From now on SIGTERM calls `finish`, once, and then ends this process (a forked child has to ask anew):
/// from the collector's thread, or in a copy of the process that has no other thread, with `in_copy` set. A
/// script that handles the signal replaces this, as any does in python3; one that did so before keeps its
/// own. `session`, which is recording, and what `finish` needs live as long as the process.
void finish_on_terminate(Session& session, std::function<void(bool in_copy)> finish);

}  // namespace gilscope::app
