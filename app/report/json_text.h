// Text for files that others read: valid UTF-8, and as a JSON string. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace gilscope::app {

/// `text` with U+FFFD for each byte that is not part of valid UTF-8.
std::string valid_utf8(std::string_view text);

/// Likewise, quoted and escaped.
std::string json_string(std::string_view text);

}  // namespace gilscope::app
