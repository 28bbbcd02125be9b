#include "app/compare/pattern.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/user_error.h"

namespace gilscope::app {

namespace {

// Those without a GIL are run close to the threads, which they are compared with: a machine is not equally
// fast all the time.
constexpr Pattern kPatterns[] = {
    {"sequential", "sequential", "sequential", "", false, false, "one after the other, on one thread"},
    {kThreadsId, "threads", "threads", "", true, false, "native threads that run Python"},
    {kFreeThreadedSequentialId, "free-threaded, seq.", "sequential", "", false, true,
     "the sequential function on a Python without GIL"},
    {kFreeThreadedId, "free-threaded, threads", "threads", "", true, true,
     "the threads function on a Python without GIL"},
    {"asyncio", "asyncio", "asyncio_tasks", "", false, false, "one thread, an event loop"},
    {"processes-fork", "processes, fork", "processes", "fork", true, false, "copies of this process"},
    {"processes-spawn", "processes, spawn", "processes", "spawn", true, false, "new processes"},
    {"processes-forkserver", "processes, forkserver", "processes", "forkserver", true, false,
     "copies of a process that was started for that"},
    {"subinterpreters", "sub-interpreters", "subinterpreters", "", true, false,
     "one on each thread, each with a GIL of its own; CPython 3.12"},
    {"interpreter-pool", "interpreter pool", "interpreter_pool", "", true, false,
     "InterpreterPoolExecutor; CPython 3.14"},
    {"native-held", "native, GIL held", "native_held", "", true, false,
     "threads that call C++, which keeps the GIL"},
    {"native-released", "native, GIL released", "native_released", "", true, false,
     "threads that call C++, which lets the GIL go"},
    {"native-parallel", "native, all cores", "native_parallel", "", true, false,
     "one call of C++ that uses all threads itself"},
    {"cython-nogil", "Cython, nogil", "cython_nogil", "", true, false,
     "threads that call Cython's nogil code"},
    {"cython-prange", "Cython, prange", "cython_prange", "", true, false, "one call of a loop with prange"},
    {"numpy", "NumPy", "with_numpy", "", false, false, "whole arrays at a time"},
    {"numba", "Numba", "with_numba", "", true, false, "compiled when first called; parallel, nogil"},
};

bool means(const std::string& name, std::string_view id) {
  return id == name || (id.starts_with(name) && id.substr(name.size()).starts_with('-'));
}

}  // namespace

std::span<const Pattern> patterns() { return kPatterns; }

std::vector<const Pattern*> chosen_patterns(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::ranges::any_of(kPatterns, [&](const Pattern& one) { return means(name, one.id); })) continue;
    std::string all;
    for (const Pattern& one : kPatterns) all += fmt::format("{}{}", all.empty() ? "" : ", ", one.id);
    throw UserError(fmt::format("there is no pattern '{}'; there are: {}", name, all));
  }
  std::vector<const Pattern*> chosen;
  for (const Pattern& one : kPatterns) {
    const bool wanted = names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
                          return means(name, one.id);
                        });
    if (wanted || &one == &kPatterns[0]) chosen.push_back(&one);
  }
  return chosen;
}

}  // namespace gilscope::app
