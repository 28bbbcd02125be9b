// This process as a traced child of a run: it records itself into a file of its own, from its begin to
// whatever end it comes to. Not for the processes that it makes: child_programs.h and the hook that begin()
// of a run registers. Thread rule: begin on the process's one thread; the end comes on any.
#pragma once

#include "app/children/process_board.h"
#include "app/session.h"

namespace gilscope::app {

/// The children of this process are traced from now on: those that are forked, and those that execute this
/// Python. `board` and `session`, which records this process, live as long as the process does. GIL: held.
void trace_children(ProcessBoard& board, Session& session);

/// `session` is to record this process, which was just made by executing a Python. False: it cannot, and the
/// board says why.
bool keep_as_child(ProcessBoard& board, Session& session);
/// It does so now: to be called after trace_children(). GIL: held.
void child_begun(Session& session, bool is_of_multiprocessing);

}  // namespace gilscope::app
