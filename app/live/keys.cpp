#include "app/live/keys.h"

#include <algorithm>
#include <iterator>

namespace gilscope::app {

namespace {

struct Sequence {
  std::string_view bytes;
  Key key;
};

constexpr Sequence kSequences[] = {
    {" ", Key::kPause},
    {"-", Key::kSlower},
    {",", Key::kSlower},
    {"+", Key::kFaster},
    {"=", Key::kFaster},
    {".", Key::kFaster},
    {"[", Key::kShorterInterval},
    {"]", Key::kLongerInterval},
    {"n", Key::kNext},
    {"\r", Key::kNext},
    {"\n", Key::kNext},
    {"p", Key::kPrevious},
    {"\x1b[D", Key::kLeft},
    {"\x1bOD", Key::kLeft},
    {"\x1b[C", Key::kRight},
    {"\x1bOC", Key::kRight},
    {"\x1b[H", Key::kBegin},
    {"\x1bOH", Key::kBegin},
    {"\x1b[1~", Key::kBegin},
    {"\x1b[F", Key::kEnd},
    {"\x1bOF", Key::kEnd},
    {"\x1b[4~", Key::kEnd},
    {"i", Key::kType},
    {"g", Key::kGo},
    {"?", Key::kHelp},
    {"h", Key::kHelp},
    {"q", Key::kQuit},
    {"Q", Key::kQuit},
};

// Those that no sequence above begins with, arrows with Shift and function keys among them, end likewise.
bool is_complete(std::string_view bytes) {
  if (bytes[0] != '\x1b') return true;
  if (bytes.size() < 2) return false;
  if (bytes[1] != '[' && bytes[1] != 'O') return true;
  return bytes.size() > 2 && bytes.back() >= 0x40 && bytes.back() <= 0x7e;
}

}  // namespace

std::vector<Key> KeyReader::read(std::string_view bytes) {
  std::vector<Key> keys;
  for (const char byte : bytes) {
    open_ += byte;
    if (!is_complete(open_)) continue;
    const auto found = std::ranges::find(kSequences, std::string_view(open_), &Sequence::bytes);
    if (found != std::end(kSequences)) keys.push_back(found->key);
    open_.clear();
  }
  return keys;
}

}  // namespace gilscope::app
