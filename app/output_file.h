// A file that a view is written to: all of it, or none. Not for streams that others write to at the same
// time.
#pragma once

#include <string>

namespace gilscope::app {

/// Throws UserError when `path` cannot be written later on (its folder is missing or not writable): to be
/// asked before the work begins. "-" is standard output.
void check_writable(const std::string& path);

/// Writes `content` to a file beside `path`, and renames it to `path` when it is complete; a pipe or device
/// is written to directly, "-" is standard output. Throws UserError; nothing is left half-written then.
void write_file(const std::string& path, const std::string& content);

}  // namespace gilscope::app
