// Reads a Perfetto trace back, field by field: whatever the writer has no business to write is an error. For
// tests. The field numbers are written down here a second time, from Perfetto's public definitions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gilscope::app {

struct PerfettoTrack {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string kind = "track";  // process, thread, counter
  std::string name;
  std::string details;
  std::int64_t pid = 0;
  std::int64_t tid = 0;
};

struct PerfettoEvent {
  enum Type { kBegin = 1, kEnd = 2, kInstant = 3, kCount = 4 };
  std::uint64_t at_ns = 0;
  int type = 0;
  std::uint64_t track = 0;
  std::string category;
  std::string name;
  std::vector<std::pair<std::string, std::string>> notes;
  std::vector<std::uint64_t> flows_out;
  std::vector<std::uint64_t> flows_in;
  double count = 0;

  std::string note(const std::string& wanted) const {
    for (const auto& [key, value] : notes) {
      if (key == wanted) return value;
    }
    return {};
  }
};

struct PerfettoFile {
  std::map<std::uint64_t, PerfettoTrack> tracks;
  std::vector<PerfettoEvent> events;  // as in the file
  std::string text;                   // a line for each packet that is not only strings
};

/// Throws std::runtime_error.
PerfettoFile decode_perfetto(const std::string& bytes);

}  // namespace gilscope::app
