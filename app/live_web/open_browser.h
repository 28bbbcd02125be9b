// Opens an address in the user's browser: $BROWSER, or xdg-open. No shell sees the address. Thread rule: any
// thread; before the script starts, so that nothing of the script's is inherited.
#pragma once

#include <string>

namespace gilscope::app {

/// Starts it, and does not wait for its end. Why it could not be started: a clause; empty: it was.
std::string open_browser(const std::string& address);

}  // namespace gilscope::app
