// What a person types at a moving view. Not for what a key does. Thread rule: a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::app {

enum class Key : std::uint8_t {
  kPause,
  kSlower,
  kFaster,
  kShorterInterval,
  kLongerInterval,
  kNext,
  kPrevious,
  kLeft,
  kRight,
  kBegin,
  kEnd,
  kType,
  kGo,
  kHelp,
  kQuit,
};

/// Turns the bytes that a terminal sends into keys; what means nothing is passed over. A key may come in
/// several bytes, and in several reads.
class KeyReader {
 public:
  std::vector<Key> read(std::string_view bytes);

 private:
  std::string open_;  // the first bytes of a sequence
};

}  // namespace gilscope::app
