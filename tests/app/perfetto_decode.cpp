#include "tests/app/perfetto_decode.h"

#include <stdexcept>

#include <fmt/format.h>
#include <protozero/pbf_reader.hpp>

namespace gilscope::app {

namespace {

using protozero::pbf_reader;
using Strings = std::map<std::uint64_t, std::string>;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

const std::string& text_of(const Strings& strings, std::uint64_t id, const char* what) {
  const auto found = strings.find(id);
  if (found == strings.end()) fail(fmt::format("{} {} is not interned", what, id));
  return found->second;
}

class Decoder {
 public:
  PerfettoFile file;

  void packet(pbf_reader message) {
    PerfettoEvent event;
    PerfettoTrack track;
    bool has_event = false, has_track = false, has_time = false;
    std::uint32_t flags = 0, sequence = 0;
    pbf_reader event_message, track_message;
    while (message.next()) {
      switch (message.tag()) {
        case 8:
          event.at_ns = message.get_uint64();
          has_time = true;
          break;
        case 10:
          sequence = message.get_uint32();
          break;
        case 11:
          event_message = message.get_message();
          has_event = true;
          break;
        case 12:
          if ((flags & 3u) == 0) fail("interned data without a sequence flag before it");
          interned(message.get_message());
          break;
        case 13:
          flags = message.get_uint32();
          if (flags == 1) cleared_ = true;
          break;
        case 60:
          track_message = message.get_message();
          has_track = true;
          break;
        default:
          fail(fmt::format("a packet has field {}", message.tag()));
      }
    }
    if (sequence != 1) fail("a packet of another sequence");
    if (has_track) add_track(track_message);
    if (!has_event) return;
    if (!has_time || flags != 2 || !cleared_) fail("an event without a time stamp, or without state");
    decode_event(event_message, event);
  }

 private:
  void interned(pbf_reader data) {
    while (data.next()) {
      Strings* strings = nullptr;
      switch (data.tag()) {
        case 1:
          strings = &categories_;
          break;
        case 2:
          strings = &names_;
          break;
        case 3:
          strings = &note_names_;
          break;
        case 29:
          strings = &values_;
          break;
        default:
          fail(fmt::format("interned data has field {}", data.tag()));
      }
      std::uint64_t id = 0;
      std::string text;
      pbf_reader entry = data.get_message();
      while (entry.next()) {
        if (entry.tag() == 1) {
          id = entry.get_uint64();
        } else if (entry.tag() == 2) {
          text = entry.get_string();
        } else {
          fail("an interned string has a third field");
        }
      }
      if (id == 0 || !strings->emplace(id, text).second) fail(fmt::format("'{}' is interned twice", text));
    }
  }

  void add_track(pbf_reader message) {
    PerfettoTrack track;
    while (message.next()) {
      switch (message.tag()) {
        case 1:
          track.id = message.get_uint64();
          break;
        case 2:
          track.name = message.get_string();
          break;
        case 3: {
          track.kind = "process";
          pbf_reader process = message.get_message();
          while (process.next()) {
            if (process.tag() == 1) {
              track.pid = process.get_int32();
            } else if (process.tag() == 2) {
              track.details += fmt::format(" cmdline='{}'", process.get_string());
            } else if (process.tag() == 6) {
              track.name = process.get_string();
            } else {
              fail("a process has an unknown field");
            }
          }
          break;
        }
        case 4: {
          track.kind = "thread";
          pbf_reader thread = message.get_message();
          while (thread.next()) {
            if (thread.tag() == 1) {
              track.pid = thread.get_int32();
            } else if (thread.tag() == 2) {
              track.tid = thread.get_int64();
            } else if (thread.tag() == 5) {
              track.name = thread.get_string();
            } else {
              fail("a thread has an unknown field");
            }
          }
          break;
        }
        case 5:
          track.parent = message.get_uint64();
          break;
        case 8: {
          track.kind = "counter";
          pbf_reader counter = message.get_message();
          while (counter.next()) {
            if (counter.tag() != 6) fail("a counter has an unknown field");
            track.details += fmt::format(" unit='{}'", counter.get_string());
          }
          break;
        }
        case 11:
          track.details += fmt::format(" child_ordering={}", message.get_enum());
          break;
        case 12:
          track.details += fmt::format(" rank={}", message.get_int32());
          break;
        default:
          fail(fmt::format("a track has field {}", message.tag()));
      }
    }
    if (track.parent != 0 && !file.tracks.contains(track.parent)) fail("a track's parent comes later");
    file.text += fmt::format("track {} {} '{}' parent={} pid={} tid={}{}\n", track.id, track.kind, track.name,
                             track.parent, track.pid, track.tid, track.details);
    if (track.id == 0 || !file.tracks.emplace(track.id, track).second) fail("two tracks have one number");
  }

  void annotation(pbf_reader message, PerfettoEvent& event) {
    std::string name, value;
    int names = 0, values = 0;
    while (message.next()) {
      switch (message.tag()) {
        case 1:
          name = text_of(note_names_, message.get_uint64(), "annotation name");
          ++names;
          break;
        case 3:
          value = std::to_string(message.get_uint64());
          ++values;
          break;
        case 6:
          value = "'" + message.get_string() + "'";
          ++values;
          break;
        case 10:
          name = message.get_string();
          ++names;
          break;
        case 17:
          value = "'" + text_of(values_, message.get_uint64(), "annotation value") + "'";
          ++values;
          break;
        default:
          fail(fmt::format("an annotation has field {}", message.tag()));
      }
    }
    if (names != 1 || values != 1) fail("an annotation without its name or its value");
    event.notes.emplace_back(name, value);
  }

  void decode_event(pbf_reader message, PerfettoEvent& event) {
    bool has_count = false;
    while (message.next()) {
      switch (message.tag()) {
        case 3:
          event.category = text_of(categories_, message.get_uint64(), "category");
          break;
        case 4:
          annotation(message.get_message(), event);
          break;
        case 9:
          event.type = message.get_enum();
          break;
        case 10:
          event.name = text_of(names_, message.get_uint64(), "event name");
          break;
        case 11:
          event.track = message.get_uint64();
          break;
        case 30:
          event.count = static_cast<double>(message.get_int64());
          has_count = true;
          break;
        case 44:
          event.count = message.get_double();
          has_count = true;
          break;
        case 47:
          event.flows_out.push_back(message.get_fixed64());
          break;
        case 48:
          event.flows_in.push_back(message.get_fixed64());
          break;
        default:
          fail(fmt::format("an event has field {}", message.tag()));
      }
    }
    if (event.type < 1 || event.type > 4) fail("an event of no known type");
    if (has_count != (event.type == PerfettoEvent::kCount)) fail("a counter without a value, or the reverse");
    if (!file.tracks.contains(event.track)) fail("an event's track comes later");
    static constexpr const char* kTypes[] = {"", "begin", "end", "instant", "count"};
    file.text += fmt::format("{} {} track={}", event.at_ns, kTypes[event.type], event.track);
    if (has_count) file.text += fmt::format(" {}", event.count);
    if (!event.category.empty()) file.text += fmt::format(" {} '{}'", event.category, event.name);
    for (const auto& [name, value] : event.notes) file.text += fmt::format(" {}={}", name, value);
    for (const std::uint64_t flow : event.flows_out) file.text += fmt::format(" flow_out={:x}", flow);
    for (const std::uint64_t flow : event.flows_in) file.text += fmt::format(" flow_in={:x}", flow);
    file.text += '\n';
    file.events.push_back(std::move(event));
  }

  Strings categories_, names_, note_names_, values_;
  bool cleared_ = false;
};

}  // namespace

PerfettoFile decode_perfetto(const std::string& bytes) {
  Decoder decoder;
  pbf_reader trace(bytes);
  while (trace.next()) {
    if (trace.tag() != 1) fail("what is no packet");
    decoder.packet(trace.get_message());
  }
  return std::move(decoder.file);
}

}  // namespace gilscope::app
