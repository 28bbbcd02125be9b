#include "app/report/gecko.h"

#include <array>
#include <string>
#include <unordered_set>

#include <fmt/format.h>

#include "app/report/block_output.h"
#include "app/report/gecko_lanes.h"
#include "app/report/gecko_schema.h"
#include "app/report/gecko_tables.h"
#include "app/report/json_text.h"
#include "app/report/processes.h"
#include "app/report/run_notes.h"

namespace gilscope::app {

namespace {

using probe::RecordKind;

constexpr std::string_view kOpenEnd = ",\"end\":\"open\"";

class GeckoWriter {
 public:
  GeckoWriter(const Report& report, const Trace& trace, const std::vector<TurnKind>& kinds,
              std::ostream& stream)
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
    for (const TurnKind& kind : kinds) kinds_.push_back(texts_of(kind));
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
    const ProcessReport* const process = process_of_thread(report_, thread.index);
    const bool is_child = process != nullptr && process != &report_.processes.front();
    const bool begins = is_child && thread.index == process->first_thread;
    const std::string name = is_child ? process_title(*process) : "gilscope";
    const std::int64_t pid = is_child ? process->process_id : facts_.run.process_id;
    text(
        fmt::format("\n{{\"name\":{},\"isMainThread\":{},\"processType\":\"default\",\"processName\":{},"
                    "\"pid\":\"{}\",\"tid\":{},\"processStartupTime\":0,\"processShutdownTime\":null,",
                    json_string(thread.name), is_main || begins, json_string(name), pid, tid));
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

  // A column of turns is written as a comma behind each value, and the last one is taken back.
  void begin_column(std::string_view name) { text(name); }
  void end_column(std::size_t rows, std::string_view end) {
    if (rows != 0) output_.take_back(1);
    text(end);
  }

  // `write(to, turn)` writes values, one at least, each with its comma, and returns their end.
  template <typename Write>
  void turn_rows(const GeckoLane& lane, Write&& write) {
    lane.turns.for_each([&](const KeptTurn& turn) { output_.written_until(write(output_.room(0), turn)); });
  }
  static char* write_ms(char* to, std::uint64_t ns) {
    to = write_fraction<6>(to, ns);
    *to = ',';
    return to + 1;
  }

  // A sample for each turn: where it was, when it began, and its hold as the weight.
  void write_samples(const GeckoLane& lane) {
    const std::size_t count = lane.turns.holds();
    const auto rows = [&](auto&& write) {
      lane.turns.for_each([&](const KeptTurn& turn) {
        if (turn.taken) output_.written_until(write(output_.room(0), turn));
      });
    };
    begin_column("\"samples\":{\"stack\":[");
    rows([&](char* to, const KeptTurn& turn) { return kinds_[turn.kind].stack.write(to); });
    end_column(count, "],\"time\":[");
    rows([](char* to, const KeptTurn& turn) { return write_ms(to, turn.wait_end_ns); });
    end_column(count, "],\"weight\":[");
    rows([](char* to, const KeptTurn& turn) { return write_ms(to, turn.drop_ns - turn.wait_end_ns); });
    end_column(count, fmt::format("],\"weightType\":\"tracing-ms\",\"length\":{}}},\n", count));
  }

  // A value of both markers of a turn, by whether it waited and whether it was taken.
  using TurnTexts = std::array<RepeatedText, 4>;
  static TurnTexts turn_texts(std::uint32_t wait, std::uint32_t hold) {
    return {RepeatedText(), RepeatedText(fmt::format("{},", hold)), RepeatedText(fmt::format("{},", wait)),
            RepeatedText(fmt::format("{},{},", wait, hold))};
  }
  static char* write_one_of(char* to, const TurnTexts& texts, const KeptTurn& turn) {
    return texts[std::size_t{turn.waited} * 2 + turn.taken].write(to);
  }

  // `span` and so on write the value of one.
  template <typename Span, typename Mark, typename Tile, typename Warning>
  void other_rows(const GeckoLane& lane, bool warn, Span&& span, Mark&& mark, Tile&& tile,
                  Warning&& warning) {
    const auto rows = [this](const auto& all, auto&& value) {
      for (const auto& one : all) {
        output_.begin_item();
        value(one);
        output_.push_back(',');
      }
    };
    rows(lane.spans, span);
    rows(lane.marks, mark);
    rows(lane.tiles, tile);
    if (warn) rows(warnings_, warning);
  }
  // The same value for a kind of markers.
  auto constant(std::string_view value) {
    return [this, value](const auto&) { text(value); };
  }

  // For each turn its wait and its hold, then spans, marks, tiles, and the run's warnings.
  void write_markers(const GeckoLane& lane, bool warn) {
    const std::size_t count = lane.turns.waits() + lane.turns.holds() + lane.spans.size() +
                              lane.marks.size() + lane.tiles.size() + (warn ? warnings_.size() : 0);
    const auto turn_constant = [&](std::uint32_t wait, std::uint32_t hold) {
      turn_rows(lane, [texts = turn_texts(wait, hold)](char* to, const KeptTurn& turn) {
        return write_one_of(to, texts, turn);
      });
    };
    begin_column("\"markers\":{\"name\":[");
    turn_constant(wait_name_, hold_name_);
    other_rows(
        lane, warn,
        [&](const DrawnSpan& span) {
          number(span.kind == RecordKind::kCollectBegin ? collection_name_ : name_string(span.name));
        },
        [&](const KeptMark& mark) { number(name_string(mark.name)); },
        [&](const DrawnTile& tile) { number(name_string(tile.name)); },
        [&](std::uint32_t warning) { number(warning); });
    end_column(count, "],\n\"startTime\":[");
    turn_rows(lane, [](char* to, const KeptTurn& turn) {
      if (turn.waited) to = write_ms(to, turn.want_ns);
      return turn.taken ? write_ms(to, turn.wait_end_ns) : to;
    });
    other_rows(
        lane, warn, [&](const DrawnSpan& span) { milliseconds(span.begin_ns); },
        [&](const KeptMark& mark) { milliseconds(mark.at_ns); },
        [&](const DrawnTile& tile) { milliseconds(tile.begin_ns); }, constant("0"));
    end_column(count, "],\n\"endTime\":[");
    turn_rows(lane, [](char* to, const KeptTurn& turn) {
      if (turn.waited) to = write_ms(to, turn.wait_end_ns);
      return turn.taken ? write_ms(to, turn.drop_ns) : to;
    });
    other_rows(
        lane, warn, [&](const DrawnSpan& span) { milliseconds(span.end_ns); }, constant("null"),
        [&](const DrawnTile& tile) { milliseconds(tile.end_ns); }, constant("null"));
    end_column(count, "],\n\"phase\":[");
    constexpr std::uint32_t kInstant = 0, kInterval = 1;
    const auto phase = [&](std::uint32_t is) { return [this, is](const auto&) { number(is); }; };
    for (std::size_t i = lane.turns.waits() + lane.turns.holds(); i > 0; --i) {
      output_.written_until(write_text(output_.room(0), "1,"));  // each is an interval
    }
    other_rows(lane, warn, phase(kInterval), phase(kInstant), phase(kInterval), phase(kInstant));
    end_column(count, "],\n\"category\":[");
    turn_constant(kWait, kHold);
    other_rows(
        lane, warn,
        [&](const DrawnSpan& span) {
          number(span.kind == RecordKind::kKernelBegin    ? kNative
                 : span.kind == RecordKind::kCollectBegin ? kCollector
                                                          : kPython);
        },
        [&](const KeptMark&) { number(kPython); }, [&](const DrawnTile&) { number(kNative); },
        [&](std::uint32_t) { number(kOther); });
    end_column(count, "],\n\"data\":[");
    turn_rows(lane, [&](char* to, const KeptTurn& turn) { return write_data(to, turn); });
    other_rows(
        lane, warn, [&](const DrawnSpan& span) { span_data(span); }, constant("{\"type\":\"mark\"}"),
        [&](const DrawnTile& tile) {
          text(fmt::format("{{\"type\":\"tile\",\"tile\":{},\"call\":{}}}", tile.index, tile.call));
        },
        constant("{\"type\":\"warning\"}"));
    end_column(count, fmt::format("],\"length\":{}}}", count));
  }

  // What turns of a kind say, each with its comma; of a hold, all but its drop requests and the end.
  struct KindTexts {
    RepeatedText stack, wait, open_wait, hold;
  };
  KindTexts texts_of(const TurnKind& kind) const {
    constexpr std::array<std::string_view, 3> kEnds = {"gave", "asked", "open"};
    // As in the other formats, GIL 0 goes without saying.
    const std::string gil = kind.gil == 0 ? "" : fmt::format(",\"gil\":{}", kind.gil);
    const bool has_stack = places_.has_stack(kind.place);
    // The marker's stack is as it was when the turn ended.
    const std::string place = has_stack ? fmt::format(",\"place\":{},\"cause\":{{\"stack\":{}}}",
                                                      place_strings_[kind.place], kind.place - 1)
                                        : "";
    KindTexts texts;
    texts.stack = RepeatedText(has_stack ? fmt::format("{},", kind.place - 1) : "null,");
    texts.wait = RepeatedText(fmt::format("{{\"type\":\"gil-wait\"{}}},", gil));
    texts.open_wait = RepeatedText(fmt::format("{{\"type\":\"gil-wait\"{}{}}},", gil, kOpenEnd));
    texts.hold =
        RepeatedText(fmt::format("{{\"type\":\"gil-hold\",\"end\":\"{}\"{}{}",
                                 kEnds[static_cast<std::size_t>(kind.end) % kEnds.size()], gil, place));
    return texts;
  }
  char* write_data(char* to, const KeptTurn& turn) const {
    const KindTexts& texts = kinds_[turn.kind];
    if (turn.waited) to = (turn.taken ? texts.wait : texts.open_wait).write(to);
    if (!turn.taken) return to;
    to = texts.hold.write(to);
    if (turn.requests != 0) {
      to = write_decimal(write_text(to, ",\"requests\":"), turn.requests);
      to = write_decimal(write_text(to, ",\"obeyed\":"), turn.obeyed_ns);
    }
    return write_text(to, "},");
  }

  void span_data(const DrawnSpan& span) {
    if (span.kind == RecordKind::kCollectBegin) {
      text(fmt::format("{{\"type\":\"collection\",\"generation\":{},\"objects\":{}", span.generation,
                       span.objects));
    } else if (span.kind == RecordKind::kKernelBegin) {
      text(fmt::format("{{\"type\":\"kernel\",\"call\":{},\"bytes\":{},\"holds_gil\":\"{}\"", span.number,
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
  std::vector<KindTexts> kinds_;
  std::unordered_set<std::int64_t> native_ids_;
};

}  // namespace

void write_gecko(const Report& report, const Trace& trace, std::ostream& stream) {
  GeckoLanes lanes;
  draw_run(report, trace, lanes);
  GeckoWriter(report, trace, lanes.kinds(), stream).write(lanes.lanes());
}

}  // namespace gilscope::app
