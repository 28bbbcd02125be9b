// Where a thread is in Python when it drops the GIL: the only file that reads a frame. It gives each place (a
// line of a function and, for code of libraries, who called it) the number that a Turn carries. Reads
// Python's own structs in the hook of signal(C), where no thread state is current: no call that needs one, no
// reference counted down to zero, no allocation for a place that is known. Not for the places' registry:
// embed/probe/places.h. Thread rule: begin and end with the GIL held, while no other thread runs Python.
#pragma once

#include <Python.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gilscope::py {

/// From now on turns carry their places. `last_holder_offset`: where, in bytes from its mutex, a GIL keeps
/// the thread state that took it last (from locate_gil()). False when this Python's frames cannot be read:
/// turns then carry 0. GIL: held.
bool begin_code_locations(std::optional<std::ptrdiff_t> last_holder_offset);

/// Likewise where there is no GIL: place_of() says where threads are. Attached.
bool begin_places();

/// Where in Python the calling thread is, whose state this is: a place's number, or 0. Also while it is not
/// attached: no reference is taken.
std::uint32_t place_of(PyThreadState* state) noexcept;

/// Whether the calling thread's state may have been deleted: while Python ends, threads that still wanted the
/// GIL take it only to give it back. No other function here may be asked about such a state. GIL: any.
bool may_be_gone() noexcept;

/// Whether a thread, whose state this is, found the world stopped and waits until it goes on. Never so where
/// there is a GIL.
bool is_suspended(PyThreadState* state) noexcept;

/// Forgets which places are known, in a forked child that is about to be recorded. GIL: held.
void begin_code_locations_anew();

/// Turns carry no places any more. GIL: any.
void end_code_locations() noexcept;

}  // namespace gilscope::py
