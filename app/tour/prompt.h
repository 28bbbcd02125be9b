// Asks the speaker at the terminal: one key, without Enter behind it. Thread rule: the one thread that made
// the SignalWatch.
#pragma once

#include <termios.h>

#include "app/compare/child_process.h"

namespace gilscope::app {

enum class Wish { kGo, kSkip, kQuit };

/// Waits for Enter, a space, 's' or 'q'. A signal that ends us, and a terminal that is gone, mean kQuit.
/// The terminal is as before when it returns.
Wish ask_for_wish(int terminal, SignalWatch& signals);

}  // namespace gilscope::app
