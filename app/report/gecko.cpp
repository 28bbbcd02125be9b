#include "app/report/gecko.h"

#include <array>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "app/report/block_output.h"
#include "app/report/gecko_lanes.h"
#include "app/report/gecko_tables.h"
#include "app/report/json_text.h"
#include "app/report/run_notes.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;

// Places in the list of categories. The default one is the first that is grey.
enum Category : std::uint32_t { kOther, kHold, kWait, kPython, kNative, kCollector };
constexpr std::string_view kCategories = R"([
{"name":"Other","color":"grey","subcategories":["Other"]},
{"name":"Has the GIL","color":"green","subcategories":["Other"]},
{"name":"Waiting for the GIL","color":"red","subcategories":["Other"]},
{"name":"Python","color":"yellow","subcategories":["Other"]},
{"name":"Native code","color":"blue","subcategories":["Other"]},
{"name":"Garbage collector","color":"purple","subcategories":["Other"]}])";

// A marker's "type" names its schema.
constexpr std::string_view kSchemas = R"([
{"name":"gil-hold","tooltipLabel":"{marker.name}","tableLabel":"{marker.data.place}","chartLabel":"{marker.data.place}",
"display":["marker-chart","marker-table","timeline-overview"],"fields":[
{"key":"place","label":"Dropped at","format":"unique-string"},
{"key":"end","label":"Ended","format":"string"},
{"key":"sequence","label":"Take","format":"integer"},
{"key":"gil","label":"GIL","format":"integer"},
{"key":"requests","label":"Drop requests","format":"integer"},
{"key":"obeyed","label":"Obeyed after","format":"nanoseconds"}]},
{"name":"gil-wait","tooltipLabel":"{marker.name}","display":["marker-chart","marker-table","timeline-overview"],"fields":[
{"key":"gil","label":"GIL","format":"integer"},
{"key":"end","label":"Ended","format":"string"}]},
{"name":"region","tooltipLabel":"region {marker.name}","display":["marker-chart","marker-table"],"fields":[
{"key":"end","label":"Ended","format":"string"}]},
{"name":"mark","tooltipLabel":"mark {marker.name}","display":["marker-chart","marker-table"],"fields":[]},
{"name":"kernel","tooltipLabel":"kernel {marker.name}","display":["marker-chart","marker-table"],"fields":[
{"key":"call","label":"Call","format":"integer"},
{"key":"bytes","label":"Read and written","format":"bytes"},
{"key":"holds_gil","label":"GIL","format":"string"},
{"key":"end","label":"Ended","format":"string"}]},
{"name":"tile","tooltipLabel":"tile of {marker.name}","display":["marker-chart","marker-table"],"fields":[
{"key":"tile","label":"Tile","format":"integer"},
{"key":"call","label":"Call","format":"integer"}]},
{"name":"collection","tooltipLabel":"{marker.name}","display":["marker-chart","marker-table"],"fields":[
{"key":"generation","label":"Generation","format":"integer"},
{"key":"objects","label":"Objects collected","format":"integer"},
{"key":"end","label":"Ended","format":"string"}]},
{"name":"warning","tooltipLabel":"{marker.name}","display":["marker-chart","marker-table","timeline-overview"],"fields":[]}])";

constexpr std::string_view kOpenEnd = ",\"end\":\"open\"";

class GeckoWriter {
 public:
  GeckoWriter(const Report& report, const Trace& trace, std::ostream& stream)
      : report_(report),
        facts_(trace.facts()),
        output_(stream),
        places_(facts_, kPython, strings_),
        hold_name_(strings_.id_of("has the GIL")),
        wait_name_(strings_.id_of("waiting for the GIL")),
        collection_name_(strings_.id_of("garbage collection")) {
    for (std::uint32_t place = 0; place < facts_.places.size(); ++place) {
      place_strings_.push_back(strings_.id_of(place_text(facts_.places, place)));
    }
    for (std::uint32_t name = 0; name < facts_.names.size(); ++name) {
      name_strings_.push_back(strings_.id_of(name_text(facts_.names, name)));
    }
    for (const std::string& warning : run_warnings(report_)) {
      warnings_.push_back(strings_.id_of("WARNING: " + warning));
    }
  }

  void write(std::deque<GeckoLane>& lanes) {
    // A profile without threads cannot be opened; its warnings need one.
    if (lanes.empty()) lanes.emplace_back().thread.name = "no threads";
    text("{");
    write_meta();
    text("\"libs\":[],\"pages\":[],\n\"threads\":[");
    for (bool is_first = true; !lanes.empty(); is_first = false) {
      if (!is_first) text(",");
      write_thread(lanes.front(), is_first);
      lanes.pop_front();  // its memory is wanted no more
    }
    text("],\n\"shared\":{");
    places_.write(output_);
    strings_.write(output_);
    text("}}\n");
  }

 private:
  void text(std::string_view piece) { output_.append(piece); }
  void number(std::uint64_t value) { output_.append_number(value); }
  void milliseconds(std::uint64_t ns) { output_.append_fraction<6>(ns); }

  void write_meta() {
    text(
        fmt::format("\"meta\":{{\"version\":27,\"preprocessedProfileVersion\":60,\"product\":{},"
                    "\"importedFrom\":{},",
                    json_string(report_.command.empty() ? "gilscope" : "gilscope: " + report_.command),
                    json_string("gilscope " + report_.gilscope_version)));
    text(fmt::format("\"interval\":1,\"startTime\":{},\"profilingStartTime\":0,\"profilingEndTime\":",
                     facts_.run.started_unix_ns / 1'000'000));
    milliseconds(report_.wall_ns);
    text(fmt::format(
        ",\"processType\":0,\"stackwalk\":0,\"debug\":false,\"symbolicated\":true,"
        "\"symbolicationNotSupported\":true,\"usesOnlyOneStackType\":true,"
        "\"sourceCodeIsNotOnSearchfox\":true,\"keepProfileThreadOrder\":true,"
        "\"logicalCPUs\":{},\"extensions\":{{\"id\":[],\"name\":[],\"baseURL\":[],\"length\":0}},",
        report_.cores));
    text("\"extra\":[{\"label\":\"gilscope\",\"entries\":[");
    const char* separator = "";
    for (const RunNote& note : run_notes(report_, facts_)) {
      text(fmt::format("{}{{\"label\":{},\"format\":\"{}\",\"value\":{}}}", separator, json_string(note.name),
                       note.number ? "integer" : "string", note.number ? note.text : json_string(note.text)));
      separator = ",";
    }
    text("]}],\n\"categories\":");
    text(kCategories);
    text(",\n\"markerSchema\":");
    text(kSchemas);
    text("},\n");
  }

  void write_thread(const GeckoLane& lane, bool is_main) {
    const DrawnThread& thread = lane.thread;
    // Of two threads with one number only the first can be told as the system's.
    const bool own = thread.native_id > 0 && native_ids_.insert(thread.native_id).second;
    const std::string tid =
        own ? std::to_string(thread.native_id) : fmt::format("\"thread {}\"", thread.index);
    text(fmt::format(
        "\n{{\"name\":{},\"isMainThread\":{},\"processType\":\"default\",\"processName\":\"gilscope\","
        "\"pid\":\"{}\",\"tid\":{},\"processStartupTime\":0,\"processShutdownTime\":null,",
        json_string(thread.name), is_main, facts_.run.process_id, tid));
    text("\"registerTime\":");
    milliseconds(thread.begin_ns);
    text(",\"unregisterTime\":");
    if (thread.ended) {
      milliseconds(thread.end_ns);
    } else {
      text("null");
    }
    text(",\"pausedRanges\":[],\"showMarkersInTimeline\":true,\n");
    write_samples(lane);
    write_markers(lane, is_main);
    text("}");
  }

  // Calls `row` for each with the output ready for it.
  template <typename Rows, typename Row>
  void rows(const Rows& all, bool& first, Row&& row) {
    for (const auto& one : all) {
      output_.begin_item();
      if (!first) output_.push_back(',');
      first = false;
      row(one);
    }
  }

  // A sample for each turn: where it was, when it began, and its hold as the weight.
  void write_samples(const GeckoLane& lane) {
    std::size_t count = 0;
    const auto column = [&](std::string_view name, auto&& value) {
      text(name);
      count = 0;
      lane.turns.for_each([&](const KeptTurn& turn) {
        if (!turn.taken) return;
        output_.begin_item();
        if (count++ != 0) output_.push_back(',');
        value(turn);
      });
      text("],");
    };
    column("\"samples\":{\"stack\":[", [&](const KeptTurn& turn) {
      if (places_.has_stack(turn.place)) {
        number(turn.place - 1);
      } else {
        text("null");
      }
    });
    column("\"time\":[", [&](const KeptTurn& turn) { milliseconds(turn.take_ns); });
    column("\"weight\":[", [&](const KeptTurn& turn) { milliseconds(turn.drop_ns - turn.take_ns); });
    text(fmt::format("\"weightType\":\"tracing-ms\",\"length\":{}}},\n", count));
  }

  // One column of the markers: waits and holds, spans, marks, tiles, and the run's warnings.
  template <typename Wait, typename Hold, typename Span, typename Mark, typename Tile, typename Warning>
  void marker_column(std::string_view name, const GeckoLane& lane, bool warn, Wait&& wait, Hold&& hold,
                     Span&& span, Mark&& mark, Tile&& tile, Warning&& warning) {
    text(name);
    bool first = true;
    lane.turns.for_each([&](const KeptTurn& turn) {
      output_.begin_item();
      if (turn.waited()) {
        if (!first) output_.push_back(',');
        first = false;
        wait(turn);
      }
      if (turn.taken) {
        if (!first) output_.push_back(',');
        first = false;
        hold(turn);
      }
    });
    rows(lane.spans, first, span);
    rows(lane.marks, first, mark);
    rows(lane.tiles, first, tile);
    if (warn) rows(warnings_, first, warning);
    text("],");
  }

  // The same text for a kind of markers.
  auto constant(std::string_view value) {
    return [this, value](const auto&) { text(value); };
  }

  void write_markers(const GeckoLane& lane, bool warn) {
    text("\"markers\":{");
    marker_column(
        "\"name\":[", lane, warn, [&](const KeptTurn&) { number(wait_name_); },
        [&](const KeptTurn&) { number(hold_name_); },
        [&](const DrawnSpan& span) {
          number(span.kind == RecordKind::kCollectBegin ? collection_name_ : name_string(span.name));
        },
        [&](const KeptMark& mark) { number(name_string(mark.name)); },
        [&](const DrawnTile& tile) { number(name_string(tile.name)); },
        [&](std::uint32_t warning) { number(warning); });
    marker_column(
        "\n\"startTime\":[", lane, warn, [&](const KeptTurn& turn) { milliseconds(turn.want_ns); },
        [&](const KeptTurn& turn) { milliseconds(turn.take_ns); },
        [&](const DrawnSpan& span) { milliseconds(span.begin_ns); },
        [&](const KeptMark& mark) { milliseconds(mark.at_ns); },
        [&](const DrawnTile& tile) { milliseconds(tile.begin_ns); }, constant("0"));
    marker_column(
        "\n\"endTime\":[", lane, warn, [&](const KeptTurn& turn) { milliseconds(turn.wait_end_ns()); },
        [&](const KeptTurn& turn) { milliseconds(turn.drop_ns); },
        [&](const DrawnSpan& span) { milliseconds(span.end_ns); }, constant("null"),
        [&](const DrawnTile& tile) { milliseconds(tile.end_ns); }, constant("null"));
    constexpr std::string_view kInstant = "0", kInterval = "1";
    marker_column("\n\"phase\":[", lane, warn, constant(kInterval), constant(kInterval), constant(kInterval),
                  constant(kInstant), constant(kInterval), constant(kInstant));
    marker_column(
        "\n\"category\":[", lane, warn, [&](const KeptTurn&) { number(kWait); },
        [&](const KeptTurn&) { number(kHold); },
        [&](const DrawnSpan& span) {
          number(span.kind == RecordKind::kKernelBegin    ? kNative
                 : span.kind == RecordKind::kCollectBegin ? kCollector
                                                          : kPython);
        },
        [&](const KeptMark&) { number(kPython); }, [&](const DrawnTile&) { number(kNative); },
        [&](std::uint32_t) { number(kOther); });
    marker_column(
        "\n\"data\":[", lane, warn, [&](const KeptTurn& turn) { wait_data(turn); },
        [&](const KeptTurn& turn) { hold_data(turn); }, [&](const DrawnSpan& span) { span_data(span); },
        constant("{\"type\":\"mark\"}"),
        [&](const DrawnTile& tile) {
          text(fmt::format("{{\"type\":\"tile\",\"tile\":{},\"call\":{}}}", tile.index, tile.call));
        },
        constant("{\"type\":\"warning\"}"));
    std::size_t count = lane.spans.size() + lane.marks.size() + lane.tiles.size();
    if (warn) count += warnings_.size();
    lane.turns.for_each([&](const KeptTurn& turn) { count += std::size_t{turn.waited()} + turn.taken; });
    text(fmt::format("\"length\":{}}}", count));
  }

  // As in the other formats, GIL 0 goes without saying.
  void say_gil(const KeptTurn& turn) {
    if (turn.gil == 0) return;
    text(",\"gil\":");
    number(turn.gil);
  }

  void wait_data(const KeptTurn& turn) {
    text("{\"type\":\"gil-wait\"");
    say_gil(turn);
    if (!turn.taken) text(kOpenEnd);
    output_.push_back('}');
  }

  void hold_data(const KeptTurn& turn) {
    constexpr std::array<std::string_view, 3> kHeads = {R"({"type":"gil-hold","end":"gave","sequence":)",
                                                        R"({"type":"gil-hold","end":"asked","sequence":)",
                                                        R"({"type":"gil-hold","end":"open","sequence":)"};
    text(kHeads[static_cast<std::size_t>(turn.end) % kHeads.size()]);
    number(turn.sequence);
    say_gil(turn);
    if (places_.has_stack(turn.place)) {
      text(",\"place\":");
      number(place_strings_[turn.place]);
      // The marker's stack, as it was when the turn ended.
      text(",\"cause\":{\"stack\":");
      number(turn.place - 1);
      output_.push_back('}');
    }
    if (turn.requests != 0) {
      text(",\"requests\":");
      number(turn.requests);
      text(",\"obeyed\":");
      number(turn.obeyed_ns);
    }
    output_.push_back('}');
  }

  void span_data(const DrawnSpan& span) {
    if (span.kind == RecordKind::kCollectBegin) {
      text(fmt::format("{{\"type\":\"collection\",\"generation\":{},\"objects\":{}", span.generation,
                       span.objects));
    } else if (span.kind == RecordKind::kKernelBegin) {
      text(fmt::format("{{\"type\":\"kernel\",\"call\":{},\"bytes\":{},\"holds_gil\":\"{}\"", span.call,
                       span.bytes, span.holds_gil ? "held" : "released"));
    } else {
      text("{\"type\":\"region\"");
    }
    if (span.open) text(kOpenEnd);
    output_.push_back('}');
  }

  std::uint32_t name_string(std::uint32_t id) {
    return id < name_strings_.size() ? name_strings_[id] : strings_.id_of(name_text(facts_.names, id));
  }

  const Report& report_;
  const TraceFacts& facts_;
  BlockOutput output_;
  GeckoStrings strings_;
  GeckoPlaces places_;
  std::uint32_t hold_name_, wait_name_, collection_name_;
  std::vector<std::uint32_t> place_strings_;  // by place
  std::vector<std::uint32_t> name_strings_;   // by name
  std::vector<std::uint32_t> warnings_;
  std::unordered_set<std::int64_t> native_ids_;
};

}  // namespace

void write_gecko(const Report& report, const Trace& trace, std::ostream& stream) {
  GeckoLanes lanes;
  draw_run(report, trace, lanes);
  GeckoWriter(report, trace, stream).write(lanes.lanes());
}

}  // namespace gilscope::app
