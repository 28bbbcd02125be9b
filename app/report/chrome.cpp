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
#include "app/report/processes.h"
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
    meta("process_name", pid_, 0, report_.command.empty() ? "gilscope" : "gilscope: " + report_.command);
    for (std::size_t i = 1; i < report_.processes.size(); ++i) {
      const ProcessReport& process = report_.processes[i];
      meta("process_name", std::to_string(process.process_id), 0, process_title(process));
    }
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
    const RepeatedText& head = gil_of(holder.gil).holder;
    const RepeatedText& name = thread_of(holder.thread).holder_name;
    char* to = room(head, name);
    to = name.write(head.write(to));
    to = write_edges(to, holder.begin_ns, holder.end_ns);
    to = write_decimal(write_text(to, R"(,"args":{"turns":)"), holder.turns);
    to = write_decimal(write_text(to, R"(,"held_ns":)"), holder.held_ns);
    output_.written_until(write_text(to, "}}"));
  }

  void waiting(std::uint16_t gil, std::uint64_t at_ns, std::uint32_t count) override {
    const RepeatedText& head = gil_of(gil).waiting;
    char* to = write_fraction<3>(head.write(room(head)), at_ns);
    to = write_decimal(write_text(to, R"(,"args":{"threads":)"), count);
    output_.written_until(write_text(to, "}}"));
  }

  void held_percent(std::uint16_t gil, std::uint64_t at_ns, double percent) override {
    const RepeatedText& head = gil_of(gil).held;
    output_.written_until(write_fraction<3>(head.write(room(head)), at_ns));
    text(fmt::format(",\"args\":{{\"percent\":{:.6g}}}}}", percent));
  }

  void turn(const DrawnTurn& turn) override {
    const ThreadLane& lane = thread_of(turn.thread);
    const std::uint64_t wait_end_ns = turn.taken ? turn.take_ns : turn.drop_ns;
    if (turn.want_ns < wait_end_ns) {
      char* to = write_edges(lane.wait.write(room(lane.wait)), turn.want_ns, wait_end_ns);
      if (!turn.taken || turn.gil != 0) to = write_wait_arguments(to, turn);
      output_.written_until(write_text(to, "}"));
    }
    if (!turn.taken) return;
    const RepeatedText& arguments = place_arguments(turn.place, turn.end);
    char* to = room(lane.hold, arguments);
    to = write_edges(lane.hold.write(to), turn.take_ns, turn.drop_ns);
    to = write_decimal(arguments.write(to), turn.sequence);
    if (turn.gil != 0) to = write_decimal(write_text(to, R"(,"gil":)"), turn.gil);
    if (turn.requests != 0) {
      to = write_decimal(write_text(to, R"(,"drop_requests":)"), turn.requests);
      to = write_decimal(write_text(to, R"(,"obeyed_after_ns":)"), turn.obeyed_ns);
    }
    output_.written_until(write_text(to, "}}"));
    // A flow begins at the drop of the hold that it leaves, and ends at the take of the one that follows:
    // each is bound to the slice that its time stamp lies in.
    if (turn.handed_over) flow(lane.flow_in, turn.take_ns, turn.gil, turn.sequence);
    if (turn.hands_over) flow(lane.flow_out, turn.drop_ns, turn.gil, turn.sequence + 1);
  }

  void span_end(const DrawnSpan& span) override {
    ThreadLane& lane = thread_of(span.thread);
    std::string arguments;
    if (span.kind == RecordKind::kCollectBegin) {
      slice(lane.pid, child_of(lane, 2, "collections"), "collection", "\"garbage collection\"");
      arguments = fmt::format("\"generation\":{},\"objects_collected\":{}", span.generation, span.objects);
    } else if (span.kind == RecordKind::kKernelBegin) {
      slice(lane.pid, child_of(lane, 1, "kernels"), "kernel", name_of(span.name));
      arguments =
          fmt::format("\"call\":{},\"bytes\":{},\"holds_gil\":{}", span.number, span.bytes, span.holds_gil);
    } else {
      slice(lane.pid, region_row(lane, span.row), "region", name_of(span.name));
    }
    times(span.begin_ns, span.end_ns);
    if (span.open) arguments += arguments.empty() ? "\"end\":\"open\"" : ",\"end\":\"open\"";
    text(",\"args\":{");
    text(arguments);
    text("}}");
  }

  void mark(std::uint32_t thread, std::uint64_t at_ns, std::uint32_t name) override {
    const std::string head =
        fmt::format(R"({{"ph":"i","pid":{},"tid":{},"s":"t","cat":"mark","name":{},"ts":)",
                    thread_of(thread).pid, thread_of(thread).tid, name_of(name));
    event();
    text(head);
    output_.append_fraction<3>(at_ns);
    text("}");
  }

  void tile(const DrawnTile& tile) override {
    ThreadLane& lane = thread_of(tile.thread);
    slice(lane.pid, lane.has_turns ? child_of(lane, 3, "tiles") : lane.tid, "tile", name_of(tile.name));
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
    RepeatedText holder, waiting, held;
  };
  struct ThreadLane {
    std::int64_t tid = 0;  // 0: none yet
    std::uint32_t index = 0;
    bool has_turns = false;
    std::array<std::int64_t, 4> children{};  // regions, kernels, collections, tiles; 0: not used yet
    std::vector<std::int64_t> region_rows;   // from the second on
    std::string name, pid;
    RepeatedText holder_name, hold, wait, flow_in, flow_out;
  };

  void text(std::string_view piece) { output_.append(piece); }
  void event() {
    output_.begin_item();
    text(first_ ? "\n" : ",\n");
    first_ = false;
  }
  // Where an event that is made of these and of numbers may be written: not the first one of the file, and
  // what separates it from the one before is a part of its begin.
  template <typename... Texts>
  [[gnu::always_inline]] char* room(const Texts&... texts) {
    return output_.room((texts.size() + ...));
  }
  void times(std::uint64_t begin_ns, std::uint64_t end_ns) {
    char* const to = write_text(output_.room(0), R"(,"ts":)");
    output_.written_until(write_edges(to, begin_ns, end_ns));
  }
  [[gnu::always_inline]] static char* write_edges(char* to, std::uint64_t begin_ns, std::uint64_t end_ns) {
    to = write_text(write_fraction<3>(to, begin_ns), R"(,"dur":)");
    return write_fraction<3>(to, end_ns - begin_ns);
  }
  static char* write_wait_arguments(char* to, const DrawnTurn& turn) {
    to = write_text(to, R"(,"args":{)");
    if (!turn.taken) to = write_text(to, R"("end":"open")");
    if (!turn.taken && turn.gil != 0) to = write_text(to, ",");
    if (turn.gil != 0) to = write_decimal(write_text(to, R"("gil":)"), turn.gil);
    return write_text(to, "}");
  }
  void slice(std::string_view pid, std::int64_t tid, const char* category, std::string_view quoted_name) {
    event();
    text(
        fmt::format(R"({{"ph":"X","pid":{},"tid":{},"cat":"{}","name":{})", pid, tid, category, quoted_name));
  }
  // Its number is that of the take that it leads to, among those of all GILs.
  void flow(const RepeatedText& head, std::uint64_t at_ns, std::uint16_t gil, std::uint32_t sequence) {
    char* to = write_decimal(head.write(room(head)), std::uint64_t{gil} << 32 | sequence);
    to = write_fraction<3>(write_text(to, R"(,"ts":)"), at_ns);
    output_.written_until(write_text(to, "}"));
  }
  void meta(const char* what, std::string_view pid, std::int64_t tid, std::string_view name) {
    event();
    text(fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"{}","args":{{"name":{}}}}})", pid, tid, what,
                     json_string(name)));
  }
  void sort_index(std::string_view pid, std::int64_t tid, std::int64_t index) {
    event();
    text(
        fmt::format(R"({{"ph":"M","pid":{},"tid":{},"name":"thread_sort_index","args":{{"sort_index":{}}}}})",
                    pid, tid, index));
  }

  // The first process's where they are not told apart.
  std::string pid_of(const ProcessReport* process) const {
    return process != nullptr ? std::to_string(process->process_id) : pid_;
  }

  static RepeatedText head(const std::string& rest) {
    return RepeatedText(R"(,
{"ph":)" + rest);
  }

  const GilLane& gil_of(std::uint16_t id) {
    GilLane& lane = gils_[id];
    if (!lane.holder.empty()) return lane;
    const std::int64_t tid = ++last_own_tid_;
    const std::string pid = pid_of(process_of_gil(report_, id));
    meta("thread_name", pid, tid, fmt::format("GIL {}: who holds it", id));
    sort_index(pid, tid, id - 0x1'0000);  // above the threads
    lane.holder = head(fmt::format(R"("X","pid":{},"tid":{},"name":)", pid, tid));
    lane.waiting = head(fmt::format(R"("C","pid":{},"name":"GIL {} waiting threads","ts":)", pid, id));
    const double bucket_ms = static_cast<double>(held_bucket_ns(report_.wall_ns)) / 1e6;
    lane.held = head(
        fmt::format(R"("C","pid":{},"name":"GIL {} held % of each {:.4g} ms","ts":)", pid, id, bucket_ms));
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
    lane.pid = pid_of(process_of_thread(report_, thread.index));
    const auto event_head = [&](const char* phase, const char* more) {
      return head(fmt::format(R"("{}","pid":{},"tid":{},{})", phase, lane.pid, lane.tid, more));
    };
    lane.holder_name = RepeatedText(json_string(thread.name) + R"(,"ts":)");
    lane.hold = event_head("X", R"("name":"hold","ts":)");
    lane.wait = event_head("X", R"("name":"wait","ts":)");
    lane.flow_out = event_head("s", R"("cat":"gil","name":"hand-over","id":)");
    lane.flow_in = event_head("f", R"("cat":"gil","name":"hand-over","bp":"e","id":)");
    meta("thread_name", lane.pid, lane.tid, lane.name);
    sort_index(lane.pid, lane.tid, sort_of(thread.index, 0));
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

  std::int64_t new_child(const ThreadLane& lane, std::size_t which, const std::string& what) {
    const std::int64_t child = ++last_own_tid_;
    meta("thread_name", lane.pid, child, lane.name + ": " + what);
    sort_index(lane.pid, child, sort_of(lane.index, which + 1));
    return child;
  }
  // The thread's lane for what need not nest with its turns.
  std::int64_t child_of(ThreadLane& lane, std::size_t which, const char* what) {
    std::int64_t& child = lane.children[which];
    if (child == 0) child = new_child(lane, which, what);
    return child;
  }
  std::int64_t region_row(ThreadLane& lane, std::uint32_t row) {
    if (row == 0) return child_of(lane, 0, "regions");
    while (lane.region_rows.size() < row) {
      lane.region_rows.push_back(new_child(lane, 0, fmt::format("regions {}", lane.region_rows.size() + 2)));
    }
    return lane.region_rows[row - 1];
  }

  const std::string& name_of(std::uint32_t id) {
    std::string& name = names_[id];
    if (name.empty()) name = json_string(name_text(facts_.names, id));
    return name;
  }

  static constexpr std::size_t kEnds = 3;
  // The arguments of a hold up to its sequence number, made once for all turns that end there so.
  const RepeatedText& place_arguments(std::uint32_t place, probe::TurnEnd end) {
    const std::size_t slot = std::size_t{place} * kEnds + static_cast<std::size_t>(end) % kEnds;
    if (slot < known_places_.size() && !known_places_[slot].empty()) [[likely]]
      return known_places_[slot];
    return make_place_arguments(place, end, slot);
  }
  [[gnu::noinline]] const RepeatedText& make_place_arguments(std::uint32_t place, probe::TurnEnd end,
                                                             std::size_t slot) {
    std::string arguments = ",\"args\":{";
    if (place != 0) {
      arguments += "\"place\":" + json_string(place_text(facts_.places, place)) + ",";
      const std::string callers = callers_text(facts_.places, place);
      if (!callers.empty()) arguments += "\"callers\":" + json_string(callers) + ",";
    }
    arguments += fmt::format("\"end\":\"{}\",\"sequence\":", end_text(end));
    // A number beyond the table is a damaged file's, and not worth a large table.
    RepeatedText made(std::move(arguments));
    if (place >= std::max<std::size_t>(facts_.places.size(), 1)) return other_place_ = std::move(made);
    if (slot >= known_places_.size()) known_places_.resize(slot + kEnds);
    return known_places_[slot] = std::move(made);
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
  std::vector<RepeatedText> known_places_;  // by place, then by end
  RepeatedText other_place_;
};

}  // namespace

void write_chrome(const Report& report, const Trace& trace, std::ostream& stream) {
  ChromeDrawing drawing(report, trace, stream);
  drawing.begin_file();
  draw_run(report, trace, drawing);
  drawing.end_file();
}

}  // namespace gilscope::app
