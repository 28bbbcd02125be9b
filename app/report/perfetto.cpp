#include "app/report/perfetto.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "app/report/drawn_run.h"
#include "app/report/json_text.h"
#include "app/report/perfetto_packets.h"
#include "app/report/processes.h"
#include "app/report/run_notes.h"

namespace gilscope::app {

namespace {

using namespace perfetto;
using probe::RecordKind;

constexpr TrackId kProcess = 1;

class PerfettoDrawing final : public Drawing {
 public:
  PerfettoDrawing(const Report& report, const Trace& trace, std::ostream& stream)
      : report_(report), facts_(trace.facts()), packets_(stream) {}

  void threads(const std::vector<DrawnThread>& threads) override {
    pid_ = facts_.run.process_id > 0 ? facts_.run.process_id : 1;
    const std::string command = valid_utf8(report_.command);
    packets_.process(kProcess, pid_, command.empty() ? "gilscope" : "gilscope: " + command, command);
    for (std::size_t i = 1; i < report_.processes.size(); ++i) new_process(report_.processes[i]);
    say_notes();
    for (const GilReport& gil : report_.gils) gil_of(gil.id);
    for (const DrawnThread& thread : threads) new_thread(thread);
  }

  void holder(const DrawnHolder& holder) override {
    const TrackId track = gil_of(holder.gil).holder;
    ThreadTracks& tracks = thread_of(holder.thread);
    if (tracks.name == 0) tracks.name = packets_.intern_name(tracks.text);
    annotations_.clear();
    annotations_.add_number(Note::kTurns, holder.turns);
    annotations_.add_number(Note::kHeldNs, holder.held_ns);
    packets_.begin(holder.begin_ns, track, Category::kGil, tracks.name, annotations_.bytes());
    packets_.end(holder.end_ns, track);
  }

  void waiting(std::uint16_t gil, std::uint64_t at_ns, std::uint32_t count) override {
    packets_.count(at_ns, gil_of(gil).waiting, std::int64_t{count});
  }

  void held_percent(std::uint16_t gil, std::uint64_t at_ns, double percent) override {
    packets_.count(at_ns, gil_of(gil).held, percent);
  }

  void turn(const DrawnTurn& turn) override {
    const TrackId track = thread_of(turn.thread).track;
    const std::uint64_t wait_end_ns = turn.taken ? turn.take_ns : turn.drop_ns;
    if (turn.want_ns < wait_end_ns) {
      annotations_.clear();
      if (!turn.taken) annotations_.add_value(Note::kEnd, Value::kOpen);
      if (turn.gil != 0) annotations_.add_number(Note::kGil, turn.gil);
      packets_.begin(turn.want_ns, track, Category::kGil, static_cast<Iid>(Name::kWait),
                     annotations_.bytes());
      packets_.end(wait_end_ns, track);
    }
    if (!turn.taken) return;
    annotations_.clear();
    annotations_.add_encoded(place_annotations(turn.place, turn.end));
    annotations_.add_number(Note::kSequence, turn.sequence);
    if (turn.gil != 0) annotations_.add_number(Note::kGil, turn.gil);
    if (turn.requests != 0) {
      annotations_.add_number(Note::kDropRequests, turn.requests);
      annotations_.add_number(Note::kObeyedAfterNs, turn.obeyed_ns);
    }
    // A hand-over is known by who takes.
    const std::uint64_t flow = (std::uint64_t{turn.gil} + 1) << 32 | turn.sequence;
    const std::uint64_t next = (std::uint64_t{turn.gil} + 1) << 32 | (turn.sequence + 1);
    packets_.begin(turn.take_ns, track, Category::kGil, static_cast<Iid>(Name::kHold), annotations_.bytes(),
                   {turn.hands_over ? next : 0, turn.handed_over ? flow : 0});
    packets_.end(turn.drop_ns, track);
  }

  void span_begin(const DrawnSpan& span) override {
    annotations_.clear();
    Category category = Category::kRegion;
    Iid name = 0;
    if (span.kind == RecordKind::kCollectBegin) {
      category = Category::kCollection;
      name = static_cast<Iid>(Name::kCollection);
      annotations_.add_number(Note::kGeneration, static_cast<std::uint64_t>(span.generation));
    } else {
      name = name_of(span.name);
    }
    if (span.kind == RecordKind::kKernelBegin) {
      category = Category::kKernel;
      annotations_.add_number(Note::kCall, span.number);
      annotations_.add_number(Note::kBytes, span.bytes);
      annotations_.add_value(Note::kHoldsGil, span.holds_gil ? Value::kYes : Value::kNo);
    }
    packets_.begin(span.begin_ns, span_track(span), category, name, annotations_.bytes());
  }

  void span_end(const DrawnSpan& span) override {
    annotations_.clear();
    if (span.open) annotations_.add_value(Note::kEnd, Value::kOpen);
    if (span.kind == RecordKind::kCollectBegin && !span.open) {
      annotations_.add_number(Note::kObjectsCollected, span.objects);
    }
    packets_.end(span.end_ns, span_track(span), annotations_.bytes());
  }

  void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) override {
    packets_.instant(at_ns, thread_of(thread).track, Category::kMark, name_of(name));
  }

  void tile(const DrawnTile& tile) override {
    // A thread that takes no GIL has its lane free for them.
    ThreadTracks& tracks = thread_of(tile.thread);
    const TrackId track = tracks.has_turns ? child_of(tracks, 3, "tiles") : tracks.track;
    annotations_.clear();
    annotations_.add_number(Note::kTile, tile.index);
    annotations_.add_number(Note::kCall, tile.call);
    packets_.begin(tile.begin_ns, track, Category::kTile, name_of(tile.name), annotations_.bytes());
    packets_.end(tile.end_ns, track);
  }

 private:
  struct GilTracks {
    TrackId holder = 0;
    TrackId waiting = 0;
    TrackId held = 0;
  };
  struct ThreadTracks {
    TrackId track = 0;
    bool has_turns = false;
    std::array<TrackId, 4> children{};  // regions, kernels, collections, tiles; 0: not used yet
    std::vector<TrackId> region_rows;   // from the second on
    std::string text;
    Iid name = 0;  // 0: not interned yet
  };

  void new_process(const ProcessReport& process) {
    const TrackId track = ++last_track_;
    process_tracks_[&process] = track;
    packets_.process(track, process.process_id, valid_utf8(process_title(process)),
                     valid_utf8(process.command));
    packets_.instant(process.begin_ns, track, Category::kRun, packets_.intern_name("begins"));
    packets_.instant(process.begin_ns + process.wall_ns, track, Category::kRun,
                     packets_.intern_name(end_text(process)));
  }

  // The first process's where they are not told apart.
  TrackId track_of(const ProcessReport* process) const {
    const auto known = process_tracks_.find(process);
    return known != process_tracks_.end() ? known->second : kProcess;
  }

  void say_notes() {
    Annotations notes;
    for (const RunNote& note : run_notes(report_, facts_)) {
      if (note.number) {
        notes.add_number(note.name, *note.number);
      } else {
        notes.add_text(note.name, note.text);
      }
    }
    packets_.instant(0, kProcess, Category::kRun, packets_.intern_name("about this run"), notes.bytes());
    for (const std::string& warning : run_warnings(report_)) {
      packets_.instant(0, kProcess, Category::kRun, packets_.intern_name("WARNING: " + warning));
    }
  }

  GilTracks& gil_of(std::uint16_t id) {
    GilTracks& tracks = gils_[id];
    if (tracks.holder != 0) return tracks;
    const int rank = 3 * id;
    const TrackId parent = track_of(process_of_gil(report_, id));
    tracks.holder = ++last_track_;
    packets_.track(tracks.holder, parent, fmt::format("GIL {}: who holds it", id), rank);
    tracks.waiting = ++last_track_;
    packets_.counter(tracks.waiting, parent, fmt::format("GIL {} waiting threads", id), "threads", rank + 1);
    tracks.held = ++last_track_;
    const double bucket_ms = static_cast<double>(held_bucket_ns(report_.wall_ns)) / 1e6;
    packets_.counter(tracks.held, parent, fmt::format("GIL {} held %", id),
                     fmt::format("% of each {:.4g} ms", bucket_ms), rank + 2);
    return tracks;
  }

  ThreadTracks& new_thread(const DrawnThread& thread) {
    if (thread.index >= threads_.size()) threads_.resize(thread.index + std::size_t{1});
    ThreadTracks& tracks = threads_[thread.index];
    tracks.track = ++last_track_;
    tracks.has_turns = thread.has_turns;
    tracks.text = valid_utf8(thread.name);
    const ProcessReport* const process = process_of_thread(report_, thread.index);
    const std::int64_t pid = process != nullptr ? process->process_id : pid_;
    // Of two threads with one number only the first can be told as the system's; so of one without.
    if (thread.native_id > 0 && native_ids_.insert(thread.native_id).second) {
      packets_.thread(tracks.track, pid, thread.native_id, tracks.text);
    } else {
      const int after_gils = 3 * 0x1'0000;
      packets_.track(tracks.track, track_of(process), tracks.text, after_gils);
    }
    return tracks;
  }

  ThreadTracks& thread_of(std::uint32_t thread) {
    if (thread < threads_.size() && threads_[thread].track != 0) [[likely]]
      return threads_[thread];
    return new_thread(unknown_thread(thread));
  }

  TrackId child_of(ThreadTracks& tracks, std::size_t which, const char* name) {
    TrackId& child = tracks.children[which];
    if (child == 0) {
      child = ++last_track_;
      packets_.track(child, tracks.track, name);
    }
    return child;
  }

  TrackId span_track(const DrawnSpan& span) {
    ThreadTracks& tracks = thread_of(span.thread);
    if (span.kind == RecordKind::kKernelBegin) return child_of(tracks, 1, "kernels");
    if (span.kind == RecordKind::kCollectBegin) return child_of(tracks, 2, "collections");
    if (span.row == 0) return child_of(tracks, 0, "regions");
    // Tracks of one name and parent are shown as one, of as many rows as it takes.
    while (tracks.region_rows.size() < span.row) {
      tracks.region_rows.push_back(++last_track_);
      packets_.track(tracks.region_rows.back(), tracks.track, "regions");
    }
    return tracks.region_rows[span.row - 1];
  }

  Iid name_of(std::uint32_t id) {
    Iid& name = names_[id];
    if (name == 0) name = packets_.intern_name(name_text(facts_.names, id));
    return name;
  }

  // Place, callers and end of a turn, encoded once for all turns that end there so.
  std::string_view place_annotations(std::uint32_t place, probe::TurnEnd end) {
    constexpr std::size_t kEnds = 3;
    const std::size_t slot = std::size_t{place} * kEnds + static_cast<std::size_t>(end) % kEnds;
    if (slot < known_places_.size() && !known_places_[slot].bytes().empty()) [[likely]]
      return known_places_[slot].bytes();
    Annotations annotations;
    if (place != 0) {
      annotations.add_value(Note::kPlace, value_of(place_text(facts_.places, place)));
      const std::string callers = callers_text(facts_.places, place);
      if (!callers.empty()) annotations.add_value(Note::kCallers, value_of(callers));
    }
    constexpr std::array<Value, kEnds> kValues = {Value::kGave, Value::kAsked, Value::kOpen};
    annotations.add_value(Note::kEnd, kValues[static_cast<std::size_t>(end) % kEnds]);
    // A number beyond the table is a damaged file's, and not worth a large table.
    if (place >= std::max<std::size_t>(facts_.places.size(), 1)) return (other_place_ = annotations).bytes();
    if (slot >= known_places_.size()) known_places_.resize(slot + kEnds);
    return (known_places_[slot] = std::move(annotations)).bytes();
  }

  Iid value_of(const std::string& text) {
    Iid& value = values_[text];
    if (value == 0) value = packets_.intern_value(text);
    return value;
  }

  const Report& report_;
  const TraceFacts& facts_;
  Packets packets_;
  std::int64_t pid_ = 1;
  TrackId last_track_ = kProcess;
  std::map<const ProcessReport*, TrackId> process_tracks_;  // of all but the first
  std::map<std::uint16_t, GilTracks> gils_;
  std::vector<ThreadTracks> threads_;  // by index; track 0: none
  std::unordered_set<std::int64_t> native_ids_;
  std::unordered_map<std::uint32_t, Iid> names_;
  std::unordered_map<std::string, Iid> values_;
  std::vector<Annotations> known_places_;  // by place, then by end
  Annotations other_place_;
  Annotations annotations_;  // of the event at hand; kept to allocate once
};

}  // namespace

void write_perfetto(const Report& report, const Trace& trace, std::ostream& stream) {
  PerfettoDrawing drawing(report, trace, stream);
  draw_run(report, trace, drawing);
}

}  // namespace gilscope::app
