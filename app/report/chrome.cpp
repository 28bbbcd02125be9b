#include "app/report/chrome.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "app/report/block_output.h"
#include "app/report/drawn_run.h"
#include "app/report/json_text.h"
#include "app/report/run_notes.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;

// Linux gives no thread a number above this (PID_MAX_LIMIT).
constexpr std::int64_t kOwnTids = std::int64_t{1} << 22;

class ChromeDrawing final : public Drawing {
 public:
  ChromeDrawing(const Report& report, const Trace& trace, std::ostream& stream)
      : report_(report), facts_(trace.facts()), output_(stream) {
    const std::int64_t pid = facts_.run.process_id > 0 ? facts_.run.process_id : 1;
    pid_ = std::to_string(pid);
  }

  void begin_file() {
    text("{\"displayTimeUnit\":\"ns\",\"otherData\":{");
    const char* separator = "";
    int laws = 0;
    for (const RunNote& note : run_notes(report_, facts_)) {
      // A key may come once.
      const bool again = std::string_view(note.name) == "broken_law" && ++laws > 1;
      const std::string name = again ? fmt::format("{}_{}", note.name, laws) : note.name;
      text(fmt::format("{}{}:{}", separator, json_string(name),
                       note.number ? note.text : json_string(note.text)));
      separator = ",";
    }
    text("},\n\"traceEvents\":[");
    meta("process_name", 0, report_.command.empty() ? "gilscope" : "gilscope: " + report_.command);
    for (const std::string& warning : run_warnings(report_)) {
      event();
      text(fmt::format(R"({{"ph":"i","pid":{},"tid":0,"ts":0.000,"s":"g","cat":"run","name":{}}})", pid_,
                       json_string("WARNING: " + warning)));
    }
  }
  void end_file() { text("\n]}\n"); }

  void threads(const std::vector<DrawnThread>& threads) override {
    for (const GilReport& gil : report_.gils) gil_of(gil.id);
    for (const DrawnThread& thread : threads) new_thread(thread);
  }

  void holder(const DrawnHolder& holder) override {
    const GilLane& lane = gil_of(holder.gil);
    const std::string& name = thread_of(holder.thread).quoted_name;
    event();
    text(lane.holder);
    text(name);
    times(holder.begin_ns, holder.end_ns);
    text(",\"args\":{\"turns\":");
    output_.append_number(holder.turns);
    text(",\"held_ns\":");
    output_.append_number(holder.held_ns);
    text("}}");
  }

  void waiting(std::uint16_t gil, std::uint64_t at_ns, std::uint32_t count) override {
    const GilLane& lane = gil_of(gil);
    event();
    text(lane.waiting);
    output_.append_fraction<3>(at_ns);
    text(",\"args\":{\"threads\":");
    output_.append_number(count);
    text("}}");
  }

  void held_percent(std::uint16_t gil, std::uint64_t at_ns, double percent) override {
    const GilLane& lane = gil_of(gil);
    event();
    text(lane.held);
    output_.append_fraction<3>(at_ns);
    text(fmt::format(",\"args\":{{\"percent\":{:.6g}}}}}", percent));
  }

  void turn(const DrawnTurn& turn) override {
    const ThreadLane& lane = thread_of(turn.thread);
    const std::uint64_t wait_end_ns = turn.taken ? turn.take_ns : turn.drop_ns;
    if (turn.want_ns < wait_end_ns) {
      event();
      text(lane.wait);
      edges(turn.want_ns, wait_end_ns);
      text(turn.taken ? ",\"args\":{" : ",\"args\":{\"end\":\"open\"");
      if (turn.gil != 0) gil_number(turn.taken ? "\"gil\":" : ",\"gil\":", turn.gil);
      text("}}");
    }
    if (!turn.taken) return;
    event();
    text(lane.hold);
    edges(turn.take_ns, turn.drop_ns);
    text(place_arguments(turn.place, turn.end));
    output_.append_number(turn.sequence);
    if (turn.gil != 0) gil_number(",\"gil\":", turn.gil);
    if (turn.requests != 0) {
      text(",\"drop_requests\":");
      output_.append_number(turn.requests);
      text(",\"obeyed_after_ns\":");
      output_.append_number(turn.obeyed_ns);
    }
    text("}}");
    // A flow begins at the drop of the hold that it leaves, and ends at the take of the one that follows:
    // each is bound to the slice that its time stamp lies in.
    if (turn.handed_over) flow(lane.flow_in, turn.take_ns, turn.gil, turn.sequence);
    if (turn.hands_over) flow(lane.flow_out, turn.drop_ns, turn.gil, turn.sequence + 1);
  }

  void span_end(const DrawnSpan& span) override {
    ThreadLane& lane = thread_of(span.thread);
    std::string arguments;
    if (span.kind == RecordKind::kCollectBegin) {
      slice(child_of(lane, 2, "collections"), "collection", "\"garbage collection\"");
      arguments = fmt::format("\"generation\":{},\"objects_collected\":{}", span.generation, span.objects);
    } else if (span.kind == RecordKind::kKernelBegin) {
      slice(child_of(lane, 1, "kernels"), "kernel", name_of(span.name));
      arguments =
          fmt::format("\"call\":{},\"bytes\":{},\"holds_gil\":{}", span.call, span.bytes, span.holds_gil);
    } else {
      slice(child_of(lane, 0, "regions"), "region", name_of(span.name));
    }
    times(span.begin_ns, span.end_ns);
    if (span.open) arguments += arguments.empty() ? "\"end\":\"open\"" : ",\"end\":\"open\"";
    text(",\"args\":{");
    text(arguments);
    text("}}");
  }

  void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) override {
    const std::string head =
        fmt::format(R"({{"ph":"i","pid":{},"tid":{},"s":"t","cat":"mark","name":{},"ts":)", pid_,
                    thread_of(thread).tid, name_of(name));
    event();
    text(head);
    output_.append_fraction<3>(at_ns);
    text("}");
  }

  void tile(const DrawnTile& tile) override {
    ThreadLane& lane = thread_of(tile.thread);
    slice(lane.has_turns ? child_of(lane, 3, "tiles") : lane.tid, "tile", name_of(tile.name));
    times(tile.begin_ns, tile.end_ns);
    text(",\"args\":{\"tile\":");
    output_.append_number(tile.index);
    text(",\"call\":");
    output_.append_number(tile.call);
    text("}}");
  }

 private:
  // The begin of each kind of event, ready to be written.
  struct GilLane {
    std::string holder, waiting, held;
  };
  struct ThreadLane {
    std::int64_t tid = 0;  // 0: none yet
    std::uint32_t index = 0;
    bool has_turns = false;
    std::array<std::int64_t, 4> children{};  // regions, kernels, collections, tiles; 0: not used yet
    std::string name, quoted_name, hold, wait, flow_in, flow_out;
  };

  void text(std::string_view piece) { output_.append(piece); }
  void event() {
    output_.begin_item();
    text(first_ ? "\n" : ",\n");
    first_ = false;
  }
  void times(std::uint64_t begin_ns, std::uint64_t end_ns) {
    text(",\"ts\":");
    edges(begin_ns, end_ns);
  }
  void edges(std::uint64_t begin_ns, std::uint64_t end_ns) {
    output_.append_fraction<3>(begin_ns);
    text(",\"dur\":");
    output_.append_fraction<3>(end_ns - begin_ns);
  }
  void gil_number(std::string_view name, std::uint16_t gil) {
    text(name);
    output_.append_number(gil);
  }
  void slice(std::int64_t tid, const char* category, std::string_view quoted_name) {
    event();
    text(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"cat":"{}","name":{})", pid_, tid, category,
                     quoted_name));
  }
  void flow(const std::string& head, std::uint64_t at_ns, std::uint16_t gil, std::uint32_t sequence) {
    event();
    text(head);
    output_.append_number(gil);
    output_.push_back('.');
    output_.append_number(sequence);
    text("\",\"ts\":");
    output_.append_fraction<3>(at_ns);
    output_.push_back('}');
  }
  void meta(const char* what, std::int64_t tid, std::string_view name) {
    event();
    text(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"name":{}}}}})", pid_, tid, what,
                     json_string(name)));
  }
  void sort_index(std::int64_t tid, std::int64_t index) {
    event();
    text(
        fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
                    pid_, tid, index));
  }

  const GilLane& gil_of(std::uint16_t id) {
    GilLane& lane = gils_[id];
    if (!lane.holder.empty()) return lane;
    const std::int64_t tid = ++last_own_tid_;
    meta("thread_name", tid, fmt::format("GIL {}: who holds it", id));
    sort_index(tid, id - 0x1'0000);  // above the threads
    lane.holder = fmt::format(R"({{"ph":"X","pid":{},"tid":{},"cat":"gil","name":)", pid_, tid);
    lane.waiting = fmt::format(R"({{"ph":"C","pid":{},"name":"GIL {} waiting threads","ts":)", pid_, id);
    const double bucket_ms = static_cast<double>(held_bucket_ns(report_.wall_ns)) / 1e6;
    lane.held = fmt::format(R"({{"ph":"C","pid":{},"name":"GIL {} held % of each {:.4g} ms","ts":)", pid_, id,
                            bucket_ms);
    return lane;
  }

  ThreadLane& new_thread(const DrawnThread& thread) {
    if (thread.index >= threads_.size()) threads_.resize(thread.index + std::size_t{1});
    ThreadLane& lane = threads_[thread.index];
    // Of two threads with one number only the first can be told as the system's; so of one without.
    const bool has_own =
        thread.native_id > 0 && thread.native_id <= kOwnTids && native_ids_.insert(thread.native_id).second;
    lane.tid = has_own ? thread.native_id : ++last_own_tid_;
    lane.index = thread.index;
    lane.has_turns = thread.has_turns;
    lane.name = thread.name;
    lane.quoted_name = json_string(thread.name);
    const auto head = [&](const char* phase, const char* more) {
      return fmt::format(R"({{"ph":"{}","pid":{},"tid":{},"cat":"gil","name":"{})", phase, pid_, lane.tid,
                         more);
    };
    lane.hold = head("X", R"(hold","ts":)");
    lane.wait = head("X", R"(wait","ts":)");
    lane.flow_out = head("s", R"(hand-over","id":")");
    lane.flow_in = head("f", R"(hand-over","bp":"e","id":")");
    meta("thread_name", lane.tid, lane.name);
    sort_index(lane.tid, sort_of(thread.index, 0));
    return lane;
  }
  static std::int64_t sort_of(std::uint32_t thread, std::size_t child) {
    return std::int64_t{thread} * 8 + static_cast<std::int64_t>(child);
  }

  ThreadLane& thread_of(std::uint32_t thread) {
    if (thread < threads_.size() && threads_[thread].tid != 0) [[likely]]
      return threads_[thread];
    return new_thread(unknown_thread(thread));
  }

  // The thread's lane for what need not nest with its turns.
  std::int64_t child_of(ThreadLane& lane, std::size_t which, const char* what) {
    std::int64_t& child = lane.children[which];
    if (child == 0) {
      child = ++last_own_tid_;
      meta("thread_name", child, lane.name + ": " + what);
      sort_index(child, sort_of(lane.index, which + 1));
    }
    return child;
  }

  const std::string& name_of(std::uint32_t id) {
    std::string& name = names_[id];
    if (name.empty()) name = json_string(name_text(facts_.names, id));
    return name;
  }

  // The arguments of a hold up to its sequence number, made once for all turns that end there so.
  std::string_view place_arguments(std::uint32_t place, probe::TurnEnd end) {
    constexpr std::size_t kEnds = 3;
    const std::size_t slot = std::size_t{place} * kEnds + static_cast<std::size_t>(end) % kEnds;
    if (slot < known_places_.size() && !known_places_[slot].empty()) [[likely]]
      return known_places_[slot];
    std::string arguments = ",\"args\":{";
    if (place != 0) {
      arguments += "\"place\":" + json_string(place_text(facts_.places, place)) + ",";
      const std::string callers = callers_text(facts_.places, place);
      if (!callers.empty()) arguments += "\"callers\":" + json_string(callers) + ",";
    }
    arguments += fmt::format("\"end\":\"{}\",\"sequence\":", end_text(end));
    // A number beyond the table is a damaged file's, and not worth a large table.
    if (place >= std::max<std::size_t>(facts_.places.size(), 1)) return other_place_ = arguments;
    if (slot >= known_places_.size()) known_places_.resize(slot + kEnds);
    return known_places_[slot] = std::move(arguments);
  }

  const Report& report_;
  const TraceFacts& facts_;
  BlockOutput output_;
  bool first_ = true;
  std::string pid_;
  std::int64_t last_own_tid_ = kOwnTids;
  std::map<std::uint16_t, GilLane> gils_;
  std::vector<ThreadLane> threads_;  // by index
  std::unordered_set<std::int64_t> native_ids_;
  std::unordered_map<std::uint32_t, std::string> names_;
  std::vector<std::string> known_places_;  // by place, then by end
  std::string other_place_;
};

}  // namespace

void write_chrome(const Report& report, const Trace& trace, std::ostream& stream) {
  ChromeDrawing drawing(report, trace, stream);
  drawing.begin_file();
  draw_run(report, trace, drawing);
  drawing.end_file();
}

}  // namespace gilscope::app
