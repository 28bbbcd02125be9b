// A file that a view is written to: all of it, or none. Not for streams that others write to at the same
// time.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace gilscope::app {

/// Throws UserError when `path` cannot be written later on (its folder is missing or not writable): to be
/// asked before the work begins. "-" is standard output.
void check_writable(const std::string& path);

/// Writes what `write` puts into its stream to a file beside `path`, and renames it to `path` when it is
/// complete; a pipe or device is written to directly, "-" is standard output. It goes there as it comes, none
/// of it is kept. Throws UserError, and what `write` throws; nothing is left half-written then.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace gilscope::app
