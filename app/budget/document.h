// The document of --json, as a value: what a budget's names are looked up in. Thread rule: pure functions.
#pragma once

#include <nlohmann/json.hpp>

#include "app/report/report.h"

namespace gilscope::app {

using Json = nlohmann::ordered_json;

/// An object of waited_for, whose keys are the indices of threads.
inline constexpr const char* kHolders = "holder_ns";

/// Exactly what --json writes.
Json document_of(const Report& report);

/// That of a run in which everything happened once: which keys there are.
const Json& example_document();

}  // namespace gilscope::app
