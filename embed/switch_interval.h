// The switch interval of the main interpreter: how long a thread waits for the GIL before it asks for it.
// Read, and asked to change, without the GIL, for views that look on from outside. Thread rule: as each
// function says.
#pragma once

#include <cstddef>
#include <optional>

namespace gilscope::py {

/// Finds where the GIL keeps its interval, and proves it. `last_holder_offset`: as GilLocation says. False:
/// it cannot be read. On the main thread. GIL: held.
bool learn_switch_interval(std::optional<std::ptrdiff_t> last_holder_offset) noexcept;

/// The interval that is in force, in seconds; 0: not known. While a request is not carried out yet, its call
/// is repeated: who waits for it asks again and again. Any thread. GIL: any.
double switch_interval() noexcept;

/// The one that will be in force when all requests have been carried out; else switch_interval(). Any thread.
/// GIL: any.
double requested_switch_interval() noexcept;

/// The main thread sets another one as soon as it can: within its Python code, or where it waits for a lock
/// or for gilscope's threads. Any thread. GIL: any; not taken.
void request_switch_interval(double seconds) noexcept;

/// While it lives, switch_interval() says `seconds`, the script's, or what was requested since: gilscope
/// itself has set another one for a moment. One at a time.
class IntervalAside {
 public:
  explicit IntervalAside(double seconds) noexcept;
  ~IntervalAside();
  IntervalAside(const IntervalAside&) = delete;
  IntervalAside& operator=(const IntervalAside&) = delete;
};

}  // namespace gilscope::py
