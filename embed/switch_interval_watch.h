// Who sets another switch interval while a script runs: sys.setswitchinterval does what it did, and remembers
// who called it. Not for reading or setting it from outside: switch_interval.h. Thread rule: GIL held.
#pragma once

#include <string>
#include <vector>

namespace gilscope::py {

/// Python cuts the interval down to whole microseconds, and what it says again may be a trifle less than a
/// whole one (1e-6 * 100 is 9.999999999999999e-05). This added, it stays what it was.
inline constexpr double kHalfMicrosecond = 0.5e-6;

/// A call of sys.setswitchinterval: the line of Python that made it.
struct IntervalCall {
  double seconds = 0;
  std::string file;  ///< empty: not known
  int line = 0;
  std::string function;
};

/// Puts the function that remembers in the place of the interpreter's. Calls after the first do nothing.
/// Throws PyError. GIL: held.
void watch_switch_interval();

/// The calls so far, oldest first: of a script that goes on for ever the first hundred, and the last one.
/// GIL: held.
std::vector<IntervalCall> switch_interval_calls();

/// Sets it, and is not remembered. Throws PyError. GIL: held.
void set_switch_interval(double seconds);

/// What sys.getswitchinterval says. Throws PyError. GIL: held.
double get_switch_interval();

/// For as long as it lives, calls are gilscope's own and are not remembered: no Python code may run
/// meanwhile. GIL: held.
class OwnIntervalCall {
 public:
  OwnIntervalCall() noexcept;
  ~OwnIntervalCall();
  OwnIntervalCall(const OwnIntervalCall&) = delete;
  OwnIntervalCall& operator=(const OwnIntervalCall&) = delete;
};

}  // namespace gilscope::py
