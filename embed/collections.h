// Tells the recorder when the garbage collector of the main interpreter works: each collection is a span on
// the lane of the thread that it happens on. Sub-interpreters are left alone: `gc.callbacks` is each
// interpreter's own, and there is no moment at which one that is made can be given another entry unseen.
// Thread rule: GIL held.
#pragma once

namespace gilscope::py {

/// From now on collections are recorded. Appends to gc.callbacks; a script that takes that entry out again
/// ends the spans and nothing else. Call with a recording that has begun. Never throws: no spans are no
/// reason to fail.
void watch_collections() noexcept;

}  // namespace gilscope::py
