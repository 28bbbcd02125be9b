// Places in the code as people read them: `file.py:12 function`. Not for programs: those get the parts.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "app/report/report.h"

namespace gilscope::app {

/// The innermost line in at most `columns` (16 or more), shortened from the left: the path's last parts are
/// what tells it apart, "…/pool/worker.py:12 Worker.run". "" for a place that is not known.
std::string place_text(const PlaceReport& place, std::size_t columns, bool ascii);

/// Who called it, likewise: "from app.py:30 main", the last of its callers, which is not a library if any is
/// known that is not; empty where none is known.
std::string caller_text(const PlaceReport& place, std::size_t columns, bool ascii);

}  // namespace gilscope::app
