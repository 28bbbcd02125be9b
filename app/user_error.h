// What the user can mend: the message names the thing and the remedy. Thrown anywhere in app/, caught in main
// only.
#pragma once

#include <stdexcept>

namespace gilscope::app {

class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Exit statuses of the program's own; a script's own status passes through.
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInternal = 3;
inline constexpr int kExitBudget = 4;

}  // namespace gilscope::app
