// What a moving view shows at one moment: plain data between the window that works it out and the frame that
// is made of it. Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gilscope::app {

/// What a column of a lane is drawn as: what the thread did for most of it. What is left over is carried on
/// to the next, so that the characters of a kind are as many as its share, to about one; and in no column two
/// threads hold one GIL.
enum class LaneCell : std::uint8_t { kNone, kHold, kWait, kOutside };

enum class LaneState : std::uint8_t { kOutside, kWaits, kHolds, kEnded };

struct LanePicture {
  std::uint32_t thread = 0;
  std::string name;
  LaneState state = LaneState::kOutside;
  std::vector<LaneCell> cells;  ///< oldest first
  double hold_share = 0;        ///< of its life in the columns shown
  double wait_share = 0;
  std::uint32_t place = 0;  ///< where its last turn ended
  std::uint16_t gil = 0;
};

struct GilPicture {
  std::uint16_t id = 0;
  double held_share = 0;  ///< of the time shown
  double contended_share = 0;
  double hand_overs_per_second = 0;
  std::string holder;  ///< its thread's name; empty: nobody holds it
};

/// Threads for which there is no room.
struct MorePicture {
  std::uint64_t threads = 0;
  std::uint64_t waiting = 0;
  std::uint64_t ended = 0;
  double hold_share = 0;  ///< all together, of the time shown
};

struct Picture {
  std::uint64_t at_ns = 0;  ///< the moment, from the begin of the recording
  std::uint64_t column_ns = 0;
  std::uint64_t shown_ns = 0;  ///< the time that the columns span
  std::vector<GilPicture> gils;
  std::vector<LanePicture> lanes;
  MorePicture more;
};

}  // namespace gilscope::app
