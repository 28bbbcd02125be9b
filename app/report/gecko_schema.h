// What a Gecko profile says of its markers: their categories, and which data each type has. Not for the
// markers themselves. Thread rule: constants.
#pragma once

#include <cstdint>
#include <string_view>

namespace gilscope::app {

// Places in the list of categories. The default one is the first that is grey.
enum GeckoCategory : std::uint32_t { kOther, kHold, kWait, kPython, kNative, kCollector };
inline constexpr std::string_view kCategories = R"([
{"name":"Other","color":"grey","subcategories":["Other"]},
{"name":"Has the GIL","color":"green","subcategories":["Other"]},
{"name":"Waiting for the GIL","color":"red","subcategories":["Other"]},
{"name":"Python","color":"yellow","subcategories":["Other"]},
{"name":"Native code","color":"blue","subcategories":["Other"]},
{"name":"Garbage collector","color":"purple","subcategories":["Other"]}])";

// A marker's "type" names its schema.
inline constexpr std::string_view kSchemas = R"([
{"name":"gil-hold","tooltipLabel":"{marker.name}","tableLabel":"{marker.data.place}","chartLabel":"{marker.data.place}",
"display":["marker-chart","marker-table","timeline-overview"],"fields":[
{"key":"place","label":"Dropped at","format":"unique-string"},
{"key":"end","label":"Ended","format":"string"},
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

}  // namespace gilscope::app
