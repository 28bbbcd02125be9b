#include "app/report/perfetto_packets.h"

#include <algorithm>
#include <array>

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

namespace gilscope::app::perfetto {

namespace {

constexpr std::uint32_t kTracePacket = 1;

namespace packet {
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequenceId = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kInternedData = 12;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
constexpr std::uint32_t kStateCleared = 1;
constexpr std::uint32_t kNeedsState = 2;
}  // namespace packet

namespace track {
constexpr std::uint32_t kUuid = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kProcess = 3;
constexpr std::uint32_t kThread = 4;
constexpr std::uint32_t kParentUuid = 5;
constexpr std::uint32_t kCounter = 8;
constexpr std::uint32_t kChildOrdering = 11;
constexpr std::uint32_t kSiblingRank = 12;
constexpr int kExplicit = 3;
}  // namespace track

namespace process {
constexpr std::uint32_t kPid = 1;
constexpr std::uint32_t kCommandLine = 2;
constexpr std::uint32_t kName = 6;
}  // namespace process

namespace thread {
constexpr std::uint32_t kPid = 1;
constexpr std::uint32_t kTid = 2;
constexpr std::uint32_t kName = 5;
}  // namespace thread

namespace counter {
constexpr std::uint32_t kUnitName = 6;
}  // namespace counter

namespace event {
constexpr std::uint32_t kCategoryIids = 3;
constexpr std::uint32_t kAnnotations = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kNameIid = 10;
constexpr std::uint32_t kTrackUuid = 11;
constexpr std::uint32_t kCounterValue = 30;
constexpr std::uint32_t kDoubleCounterValue = 44;
constexpr std::uint32_t kFlowIds = 47;
constexpr std::uint32_t kTerminatingFlowIds = 48;
constexpr int kSliceBegin = 1;
constexpr int kSliceEnd = 2;
constexpr int kInstant = 3;
constexpr int kCounter = 4;
}  // namespace event

namespace annotation {
constexpr std::uint32_t kNameIid = 1;
constexpr std::uint32_t kUint = 3;
constexpr std::uint32_t kString = 6;
constexpr std::uint32_t kName = 10;
constexpr std::uint32_t kStringIid = 17;
}  // namespace annotation

namespace interned_data {
constexpr std::uint32_t kCategories = 1;
constexpr std::uint32_t kEventNames = 2;
constexpr std::uint32_t kAnnotationNames = 3;
constexpr std::uint32_t kAnnotationStrings = 29;
constexpr std::uint32_t kIid = 1;
constexpr std::uint32_t kText = 2;
}  // namespace interned_data

constexpr std::uint32_t kSequence = 1;

constexpr std::array<std::string_view, static_cast<std::size_t>(Category::kCount) - 1> kCategories = {
    "gil", "region", "kernel", "collection", "mark", "tile", "run"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Name::kCount) - 1> kNames = {
    "hold", "wait", "garbage collection"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Note::kCount) - 1> kNotes = {
    "place",  "callers", "end",       "sequence", "gil",        "drop_requests",     "obeyed_after_ns",
    "call",   "bytes",   "holds_gil", "tile",     "generation", "objects_collected", "turns",
    "held_ns"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Value::kCount) - 1> kValues = {
    "gave", "asked", "open", "yes", "no"};

// The lengths of nested messages are worked out beforehand: then nothing has to be moved.
std::size_t varint_length(std::uint64_t value) {
  return static_cast<std::size_t>(protozero::length_of_varint(value));
}

constexpr std::size_t kPacketHead = 2 + 2;  // of the sequence: its number, its flags

using Writer = protozero::pbf_writer;
using EventWriter = protozero::basic_pbf_writer<Cursor>;

// A packet with an event that has `body` bytes after its type and track, which `write` writes.
template <typename Write>
void write_event(BlockOutput& output, std::uint64_t at_ns, TrackId track, int type, std::size_t body,
                 Write&& write) {
  const std::size_t event_length = 2 + 1 + varint_length(track) + body;
  const std::size_t packet_length =
      1 + varint_length(at_ns) + kPacketHead + 1 + varint_length(event_length) + event_length;
  output.begin_item();
  Cursor cursor{};
  cursor.begin = cursor.end = output.room(1 + varint_length(packet_length) + packet_length);
  {
    EventWriter file(cursor);
    EventWriter packet(file, kTracePacket, packet_length);
    packet.add_uint64(packet::kTimestamp, at_ns);
    packet.add_uint32(packet::kSequenceId, kSequence);
    packet.add_uint32(packet::kSequenceFlags, packet::kNeedsState);
    EventWriter event(packet, packet::kTrackEvent, event_length);
    event.add_enum(event::kType, type);
    event.add_uint64(event::kTrackUuid, track);
    write(cursor, event);
  }
  output.written_until(cursor.end);
}

void append(Cursor& cursor, std::string_view annotations) {
  cursor.end = std::copy(annotations.begin(), annotations.end(), cursor.end);
}

std::size_t head_length(Iid name, std::string_view annotations) {
  return 2 + 1 + varint_length(name) + annotations.size();
}

void write_head(EventWriter& event, Category category, Iid name) {
  event.add_uint64(event::kCategoryIids, static_cast<std::uint64_t>(category));
  event.add_uint64(event::kNameIid, name);
}

}  // namespace

void Annotations::add(Note name, std::uint32_t field, std::uint64_t value) {
  const auto name_iid = static_cast<std::uint64_t>(name);
  const std::size_t length = 1 + varint_length(name_iid) + varint_length(field << 3) + varint_length(value);
  std::array<char, 32> bytes;
  Cursor cursor{bytes.data(), bytes.data()};
  {
    EventWriter event(cursor);
    EventWriter annotation(event, event::kAnnotations, length);
    annotation.add_uint64(annotation::kNameIid, name_iid);
    annotation.add_uint64(field, value);
  }
  bytes_.append(cursor.begin, cursor.end);
}

void Annotations::add_number(Note name, std::uint64_t value) { add(name, annotation::kUint, value); }

void Annotations::add_value(Note name, Iid value) { add(name, annotation::kStringIid, value); }

void Annotations::add_text(std::string_view name, std::string_view value) {
  Writer event(bytes_);
  Writer annotation(event, event::kAnnotations);
  annotation.add_string(annotation::kName, name.data(), name.size());
  annotation.add_string(annotation::kString, value.data(), value.size());
}

void Annotations::add_number(std::string_view name, std::uint64_t value) {
  Writer event(bytes_);
  Writer annotation(event, event::kAnnotations);
  annotation.add_string(annotation::kName, name.data(), name.size());
  annotation.add_uint64(annotation::kUint, value);
}

void Packets::write_packet(const std::string& content) {
  std::string packet;
  Writer(packet).add_message(kTracePacket, content);
  output_.begin_item();
  output_.append(packet);
}

Packets::Packets(std::ostream& stream) : output_(stream) { fixed_strings(); }

void Packets::fixed_strings() {
  std::string bytes;
  {
    Writer packet(bytes);
    packet.add_uint32(packet::kSequenceId, kSequence);
    packet.add_uint32(packet::kSequenceFlags, packet::kStateCleared);
    Writer data(packet, packet::kInternedData);
    const auto all = [&](std::uint32_t field, const auto& texts) {
      Iid id = 0;
      for (const std::string_view text : texts) {
        Writer entry(data, field);
        entry.add_uint64(interned_data::kIid, ++id);
        entry.add_string(interned_data::kText, text.data(), text.size());
      }
    };
    all(interned_data::kCategories, kCategories);
    all(interned_data::kEventNames, kNames);
    all(interned_data::kAnnotationNames, kNotes);
    all(interned_data::kAnnotationStrings, kValues);
  }
  write_packet(bytes);
}

void Packets::interned(std::uint32_t field, Iid id, std::string_view text) {
  std::string bytes;
  {
    Writer packet(bytes);
    packet.add_uint32(packet::kSequenceId, kSequence);
    packet.add_uint32(packet::kSequenceFlags, packet::kNeedsState);
    Writer data(packet, packet::kInternedData);
    Writer entry(data, field);
    entry.add_uint64(interned_data::kIid, id);
    entry.add_string(interned_data::kText, text.data(), text.size());
  }
  write_packet(bytes);
}

Iid Packets::intern_name(std::string_view text) {
  interned(interned_data::kEventNames, ++last_name_, text);
  return last_name_;
}

Iid Packets::intern_value(std::string_view text) {
  interned(interned_data::kAnnotationStrings, ++last_value_, text);
  return last_value_;
}

// A packet with a track descriptor, which `write` goes on with.
template <typename Write>
void Packets::write_track(TrackId id, Write&& write) {
  std::string bytes;
  {
    Writer packet(bytes);
    packet.add_uint32(packet::kSequenceId, kSequence);
    Writer track(packet, packet::kTrackDescriptor);
    track.add_uint64(track::kUuid, id);
    write(track);
  }
  write_packet(bytes);
}

void Packets::process(TrackId id, std::int64_t pid, std::string_view name, std::string_view command) {
  write_track(id, [&](Writer& track) {
    track.add_enum(track::kChildOrdering, track::kExplicit);
    Writer process(track, track::kProcess);
    process.add_int32(process::kPid, static_cast<std::int32_t>(pid));
    if (!command.empty()) process.add_string(process::kCommandLine, command.data(), command.size());
    process.add_string(process::kName, name.data(), name.size());
  });
}

void Packets::thread(TrackId id, std::int64_t pid, std::int64_t tid, std::string_view name) {
  write_track(id, [&](Writer& track) {
    Writer thread(track, track::kThread);
    thread.add_int32(thread::kPid, static_cast<std::int32_t>(pid));
    thread.add_int64(thread::kTid, tid);
    thread.add_string(thread::kName, name.data(), name.size());
  });
}

namespace {

void add_place_among_siblings(Writer& track, TrackId parent, std::string_view name, int rank) {
  track.add_string(track::kName, name.data(), name.size());
  track.add_uint64(track::kParentUuid, parent);
  track.add_int32(track::kSiblingRank, rank);
}

}  // namespace

void Packets::track(TrackId id, TrackId parent, std::string_view name, int rank) {
  write_track(id, [&](Writer& track) { add_place_among_siblings(track, parent, name, rank); });
}

void Packets::counter(TrackId id, TrackId parent, std::string_view name, std::string_view unit, int rank) {
  write_track(id, [&](Writer& track) {
    add_place_among_siblings(track, parent, name, rank);
    Writer counter(track, track::kCounter);
    counter.add_string(counter::kUnitName, unit.data(), unit.size());
  });
}

void Packets::begin(std::uint64_t at_ns, TrackId track, Category category, Iid name,
                    std::string_view annotations, const Flows& flows) {
  constexpr std::size_t kFlow = 2 + sizeof(std::uint64_t);
  const std::size_t body =
      head_length(name, annotations) + (flows.begins != 0 ? kFlow : 0) + (flows.ends != 0 ? kFlow : 0);
  write_event(output_, at_ns, track, event::kSliceBegin, body, [&](Cursor& cursor, EventWriter& event) {
    write_head(event, category, name);
    append(cursor, annotations);
    if (flows.begins != 0) event.add_fixed64(event::kFlowIds, flows.begins);
    if (flows.ends != 0) event.add_fixed64(event::kTerminatingFlowIds, flows.ends);
  });
}

void Packets::end(std::uint64_t at_ns, TrackId track, std::string_view annotations) {
  write_event(output_, at_ns, track, event::kSliceEnd, annotations.size(),
              [&](Cursor& cursor, EventWriter&) { append(cursor, annotations); });
}

void Packets::instant(std::uint64_t at_ns, TrackId track, Category category, Iid name,
                      std::string_view annotations) {
  write_event(output_, at_ns, track, event::kInstant, head_length(name, annotations),
              [&](Cursor& cursor, EventWriter& event) {
                write_head(event, category, name);
                append(cursor, annotations);
              });
}

void Packets::count(std::uint64_t at_ns, TrackId track, std::int64_t value) {
  const std::size_t body = 2 + varint_length(static_cast<std::uint64_t>(value));
  write_event(output_, at_ns, track, event::kCounter, body,
              [&](Cursor&, EventWriter& event) { event.add_int64(event::kCounterValue, value); });
}

void Packets::count(std::uint64_t at_ns, TrackId track, double value) {
  write_event(output_, at_ns, track, event::kCounter, 2 + sizeof value,
              [&](Cursor&, EventWriter& event) { event.add_double(event::kDoubleCounterValue, value); });
}

}  // namespace gilscope::app::perfetto
