#include "app/tour/tour_step.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/nearest_name.h"
#include "app/tour/learned.h"
#include "app/user_error.h"

namespace gilscope::app {

namespace {

constexpr std::string_view kCount = "countdown";
constexpr std::string_view kAsk = "io";
constexpr std::string_view kGray = "grayscale";
constexpr int kAllCores = 0;

const std::vector<TourStep>& table() {
  static const std::vector<TourStep> steps = {
      {.name = "countdown",
       .title = "Count down, once",
       .question =
           "How long does one thread take to count down in pure Python, and how much of the machine does "
           "it use?",
       .guess = "One core, all of the time.",
       .runs = {{"one thread", kCount, "sequential", 1, "sequential"}},
       .key = 0,
       .lanes = 0,
       .share = 1,
       .learned = learned_of_countdown},
      {.name = "threads",
       .title = "The same work on two threads",
       .question = "Two threads share the counting. How much faster is that?",
       .guess = "Twice as fast: there are two of them.",
       .runs = {{"one thread", kCount, "sequential", 1, "sequential"},
                {"two threads", kCount, "threads", 2, "sequential"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_threads},
      {.name = "io",
       .title = "Threads that wait",
       .question = "A server takes 5 ms for each answer. Do threads help to ask it hundreds of questions?",
       .guess = "No: we have just seen that threads take turns.",
       .runs = {{"one by one", kAsk, "sequential", 1, "wait"}, {"32 threads", kAsk, "threads", 2, "wait"}},
       .key = 1,
       .lanes = 1,
       .share = 0.75,
       .learned = learned_of_io},
      {.name = "processes",
       .title = "Two processes",
       .question = "Two processes share the counting. How much faster is that?",
       .guess = "Twice as fast, and starting them costs nothing.",
       .runs = {{"one thread", kCount, "sequential", 1, "sequential"},
                {"two processes", kCount, "processes-spawn", 2, "sequential"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_processes},
      {.name = "asyncio",
       .title = "An event loop",
       .question = "asyncio runs tasks concurrently on one thread. Does it speed up waiting? And counting?",
       .guess = "Both: asynchronous is fast.",
       .runs = {{"waits, one by one", kAsk, "sequential", 1, "wait"},
                {"waits, asyncio", kAsk, "asyncio", 1, "wait"},
                {"counting", kCount, "sequential", 1, "sequential", 2},
                {"counting, asyncio", kCount, "asyncio", 1, "sequential", 2}},
       .key = 3,
       .lanes = 3,
       .share = 0.6,
       .learned = learned_of_asyncio},
      {.name = "native-held",
       .title = "Native code that holds the GIL",
       .question = "The counting is C++ now, called by two threads. How much faster are two than one?",
       .guess = "Twice as fast: C++ needs no GIL.",
       .runs = {{"one thread", kCount, "native-held", 1, "native-held"},
                {"two threads", kCount, "native-held", 2, "native-held"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_held},
      {.name = "native-released",
       .title = "Native code that releases the GIL",
       .question = "The same C++, but between Py_BEGIN_ALLOW_THREADS and Py_END_ALLOW_THREADS. And now?",
       .guess = "No difference: the last step was native, too.",
       .runs = {{"one, holding", kCount, "native-held", 1, "native-held"},
                {"two, releasing", kCount, "native-released", 2, "native-held"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_released},
      {.name = "prange",
       .title = "A parallel loop in Cython",
       .question = "One call from one thread, and the loop says prange. How many cores does it use?",
       .guess = "One: only one thread calls it.",
       .runs = {{"nogil, one thread", kCount, "cython-nogil", 1, "cython-nogil"},
                {"prange, all cores", kCount, "cython-prange", kAllCores, "cython-nogil"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_prange},
      {.name = "grayscale",
       .title = "The case study: an image in gray",
       .question = "A picture is made gray in every way there is. Which one is the fastest, and by how much?",
       .guess = "Processes, on all cores.",
       .runs = {{"plain Python", kGray, "sequential", 1, "sequential"},
                {"threads", kGray, "threads", kAllCores, "sequential", 0, true},
                {"processes", kGray, "processes-spawn", kAllCores, "sequential", 0, true},
                {"sub-interpreters", kGray, "subinterpreters", kAllCores, "sequential", 0, true},
                {"native, GIL held", kGray, "native-held", kAllCores, "sequential", 0, true},
                {"native, released", kGray, "native-released", kAllCores, "sequential", 0, true},
                {"native, all cores", kGray, "native-parallel", kAllCores, "sequential", 0, true},
                {"Cython, prange", kGray, "cython-prange", kAllCores, "sequential", 0, true},
                {"NumPy", kGray, "numpy", 1, "sequential", 0, true},
                {"Numba", kGray, "numba", kAllCores, "sequential", 0, true},
                {"free-threaded", kGray, "free-threaded", kAllCores, "sequential", 0, true}},
       .key = kFastest,
       .lanes = 1,
       .share = 0.35,
       .learned = learned_of_grayscale},
      {.name = "sub-interpreters",
       .title = "Interpreters with a GIL each",
       .question = "Two threads again, but each with an interpreter of its own. How much faster is that?",
       .guess = "No faster: it is one process.",
       .runs = {{"one thread", kCount, "sequential", 1, "sequential"},
                {"two interpreters", kCount, "subinterpreters", 2, "sequential"}},
       .key = 1,
       .lanes = 1,
       .share = 1,
       .learned = learned_of_subinterpreters},
      {.name = "free-threaded",
       .title = "Python without the GIL",
       .question =
           "The two threads of the second step on a free-threaded Python. How fast are they, and what does "
           "one thread pay?",
       .guess = "Twice as fast, for nothing.",
       .runs = {{"one, with the GIL", kCount, "sequential", 1, "sequential"},
                {"one, without", kCount, "free-threaded-sequential", 1, "sequential", 0},
                {"two, without", kCount, "free-threaded", 2, "sequential", 1}},
       .key = 2,
       .lanes = 2,
       .share = 1,
       .learned = learned_of_free_threaded},
  };
  return steps;
}

void require_known(const std::string& name) {
  std::vector<std::string> names;
  for (const TourStep& step : table()) names.emplace_back(step.name);
  if (std::ranges::find(names, name) != names.end()) return;
  const std::string nearest = nearest_name(name, names);
  throw UserError(nearest.empty()
                      ? fmt::format("the tour has no step '{}'; it has: {}", name, fmt::join(names, ", "))
                      : fmt::format("the tour has no step '{}'; did you mean '{}'?", name, nearest));
}

}  // namespace

std::span<const TourStep> tour_steps() { return table(); }

std::vector<const TourStep*> chosen_steps(const std::vector<std::string>& only,
                                          const std::vector<std::string>& skip) {
  for (const std::string& name : only) require_known(name);
  for (const std::string& name : skip) require_known(name);
  std::vector<const TourStep*> chosen;
  for (const TourStep& step : table()) {
    const bool wanted = only.empty() || std::ranges::find(only, step.name) != only.end();
    if (wanted && std::ranges::find(skip, step.name) == skip.end()) chosen.push_back(&step);
  }
  if (chosen.empty()) throw UserError("all steps are skipped; gilscope tour --list shows them");
  return chosen;
}

}  // namespace gilscope::app
