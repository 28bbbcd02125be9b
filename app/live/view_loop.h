// What the view process does: it passes text from the pty to the terminal, draws the frames that come over
// the socket below it, and sends back what is typed. Until the run is over and nobody has the pty any more.
// Thread rule: a process of its own, with one thread.
#pragma once

#include <atomic>
#include <cstdint>

#include <sys/types.h>

#include "app/live/tty_device.h"

namespace gilscope::app {

/// Messages between the run and the view process: a kind, then what belongs to it.
enum class ViewMessage : char {
  kFrame = 'F',   ///< to the view: flags:u8, a part of the frame's lines
  kType = 'T',    ///< keys go to the script, until Escape
  kQuit = 'Q',    ///< the last frame stays, no more come
  kFinish = 'E',  ///< likewise, and the run is over
  kKeys = 'K',    ///< from the view: bytes
  kSize = 'S',    ///< rows:u16 columns:u16
  kTyped = 'U',   ///< Escape was pressed
  kDone = 'D',    ///< all that was written is on the terminal
};
inline constexpr std::uint8_t kFirstPart = 1;
inline constexpr std::uint8_t kLastPart = 2;
/// A frame that is longer goes in several messages: a socket takes no message of any length.
inline constexpr std::size_t kMostPart = 32 * 1024;

/// Memory that the run and its view process share.
struct ViewShared {
  std::atomic<bool> run_stops{false};     ///< the run is being stopped (Ctrl-Z): no frames
  std::atomic<bool> is_suspended{false};  ///< the view process has given the terminal back
};

struct ViewEnds {
  TtyDevice tty;
  int pty;  ///< the master's side
  int socket;
  pid_t run;         ///< the process whose run it is
  bool takes_input;  ///< the script's standard input is the pty, too
  ViewShared* shared;
};

[[noreturn]] void run_view_loop(ViewEnds ends);

}  // namespace gilscope::app
