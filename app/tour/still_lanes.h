// The lanes of a run that a trace file holds, standing still: all of a part of it in one picture. Not for
// how they move (live/). Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/live/lane_picture.h"
#include "app/report/paint.h"
#include "app/trace_file/trace_reader.h"

namespace gilscope::app {

/// Columns that a lane has in lines so wide.
std::size_t still_columns(std::size_t width);

/// What is between two moments, in nanoseconds from the begin of the recording. Nothing: nobody took the GIL.
std::optional<Picture> still_picture(const TraceReader& trace, std::uint64_t from_ns, std::uint64_t until_ns,
                                     std::size_t columns, std::size_t most_lanes);

/// A line that says what it is, one for each thread, and one that says what the characters mean.
std::vector<std::string> still_lines(const Picture& picture, std::string_view title, std::size_t width,
                                     const Paint& paint);

}  // namespace gilscope::app
