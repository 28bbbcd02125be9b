#include "app/report/gecko_tables.h"

#include <span>

#include "app/report/json_text.h"
#include "app/report/run_notes.h"

namespace gilscope::app {

namespace {

// `"name":[...],` with what `value` writes for each of `count` rows.
template <typename Value>
void column(BlockOutput& output, std::string_view name, std::size_t count, Value&& value) {
  output.begin_item();
  output.push_back('"');
  output.append(name);
  output.append("\":[");
  for (std::size_t row = 0; row < count; ++row) {
    output.begin_item();
    if (row != 0) output.push_back(',');
    value(row);
  }
  output.append("],");
}

void same(BlockOutput& output, std::string_view name, std::size_t count, std::string_view value) {
  column(output, name, count, [&](std::size_t) { output.append(value); });
}

void length(BlockOutput& output, std::size_t count) {
  output.append("\"length\":");
  output.append_number(count);
  output.append("},\n");
}

}  // namespace

void GeckoStrings::write(BlockOutput& output) const {
  output.append("\"stringArray\":[");
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    output.begin_item();
    if (i != 0) output.append(",\n");
    output.append(json_string(*texts_[i]));
  }
  output.append("]");
}

GeckoPlaces::GeckoPlaces(const TraceFacts& facts, std::uint32_t category, GeckoStrings& strings)
    : facts_(facts), category_(category) {
  std::map<std::uint32_t, std::uint32_t> sources;                              // by name
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> functions;  // by name and source
  for (std::size_t place = 1; place < facts.places.size(); ++place) {
    const probe::Place& its = facts.places[place];
    const std::uint32_t file = strings.id_of(valid_utf8(its.file));
    const auto [source, new_source] = sources.emplace(file, static_cast<std::uint32_t>(source_names_.size()));
    if (new_source) source_names_.push_back(file);
    const std::uint32_t name = strings.id_of(valid_utf8(its.function));
    const auto [function, new_function] =
        functions.emplace(std::pair(name, source->second), static_cast<std::uint32_t>(functions_.size()));
    if (new_function) functions_.push_back({name, source->second});
    frame_function_.push_back(function->second);
  }
}

void GeckoPlaces::write(BlockOutput& output) const {
  const auto number = [&](std::uint64_t value) { output.append_number(value); };
  const std::size_t places = frame_function_.size();
  const std::size_t functions = functions_.size();

  output.append("\"stackTable\":{");
  column(output, "frame", places, number);
  column(output, "prefix", places, [&](std::size_t row) {
    const std::uint32_t caller = caller_of(facts_.places, static_cast<std::uint32_t>(row + 1));
    if (caller == 0) {
      output.append("null");
    } else {
      number(caller - 1);
    }
  });
  length(output, places);

  output.append("\"frameTable\":{");
  same(output, "address", places, "-1");
  same(output, "inlineDepth", places, "0");
  column(output, "category", places, [&](std::size_t) { number(category_); });
  same(output, "subcategory", places, "0");
  column(output, "func", places, [&](std::size_t row) { number(frame_function_[row]); });
  same(output, "nativeSymbol", places, "null");
  same(output, "innerWindowID", places, "null");
  column(output, "line", places, [&](std::size_t row) {
    const std::uint32_t line = facts_.places[row + 1].line;
    if (line == 0) {
      output.append("null");
    } else {
      number(line);
    }
  });
  same(output, "column", places, "null");
  length(output, places);

  output.append("\"funcTable\":{");
  column(output, "name", functions, [&](std::size_t row) { number(functions_[row].name); });
  same(output, "isJS", functions, "false");
  same(output, "relevantForJS", functions, "false");
  same(output, "resource", functions, "-1");
  column(output, "source", functions, [&](std::size_t row) { number(functions_[row].source); });
  same(output, "lineNumber", functions, "null");
  same(output, "columnNumber", functions, "null");
  length(output, functions);

  output.append("\"resourceTable\":{");
  for (const char* name : {"lib", "name", "host", "type"}) same(output, name, 0, "");
  length(output, 0);
  output.append("\"nativeSymbols\":{");
  for (const char* name : {"libIndex", "address", "name", "functionSize"}) same(output, name, 0, "");
  length(output, 0);

  output.append("\"sources\":{");
  same(output, "uuid", source_names_.size(), "null");
  column(output, "filename", source_names_.size(), [&](std::size_t row) { number(source_names_[row]); });
  length(output, source_names_.size());
}

}  // namespace gilscope::app
