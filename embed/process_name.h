// What multiprocessing calls this process: it says so once it has begun its work. Not for processes of other
// kinds, which have no name. Thread rule: GIL held.
#pragma once

#include <functional>
#include <string>

namespace gilscope::py {

/// In a forked child: `tell` is called with the name, with the GIL held, in this process and its own forks,
/// once they work for multiprocessing, if that is loaded. Never throws: names are no reason to fail.
void hear_name_after_fork(std::function<void(const std::string&)> tell) noexcept;

/// Likewise in a process that multiprocessing has spawned, before its script's first line. To be called once.
void hear_name_of_spawned(std::function<void(const std::string&)> tell) noexcept;

}  // namespace gilscope::py
