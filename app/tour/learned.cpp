#include "app/tour/learned.h"

#include <fmt/format.h>

#include "app/report/units.h"

namespace gilscope::app {

namespace {

constexpr double kSlower = 1 / kFaster;
// What one thread can use of a core, and a little for the clock's sake.
constexpr double kOneCore = 1.1;
constexpr double kBusyCore = 0.85;

// How long somebody waited for the GIL, as the end of a sentence; empty where that is not known.
std::string waited(const RunFigures& run) {
  if (!run.gil_known) return "";
  return fmt::format("somebody waited for the GIL for {} of the time", whole_percent(run.gil_wait_share));
}

std::string cores_text(const RunFigures& run) { return fmt::format("{:.2f} cores", run.cores_used); }

// Why more threads without a common GIL were not faster.
std::string no_gain(const RunFigures& run, const StepFigures& figures) {
  if (figures.cores < 2) return "this machine lends one core only, so there was nothing to win";
  return fmt::format("that is not what is usually seen: {} of {} cores worked, so others may be using them",
                     fmt::format("{:.2f}", run.cores_used), figures.cores);
}

// What speaks against a comparison in which more than was possible was won.
std::string doubt(const RunFigures& base) {
  if (base.cores_used < kBusyCore) {
    return fmt::format("other programs disturbed the run on one thread, which got {:.2f} of a core",
                       base.cores_used);
  }
  return "was the run on one thread disturbed? Run this step again";
}

}  // namespace

std::string pace(std::string_view who, double times, std::string_view than) {
  if (times >= kFaster) {
    return fmt::format("{} ran {:.{}f} times as fast as {}", who, times, times < 10 ? 2 : 0, than);
  }
  if (times <= kSlower) return fmt::format("{} took {:.2f} times as long as {}", who, 1 / times, than);
  return fmt::format("{} took as long as {} ({:.2f} times as fast)", who, than, times);
}

std::string learned_of_countdown(const StepFigures& figures) {
  const RunFigures& run = figures.runs[0];
  const std::string took =
      fmt::format("One thread took {} and used {}", duration(run.wall_ns), cores_text(run));
  if (run.cores_used < kBusyCore) {
    return took + ": it did not get a whole core, so other programs disturb what is measured here.";
  }
  if (run.cores_used > kOneCore)
    return took + ", more than one thread can use: something else ran beside it.";
  return took + ": this is what the other ways are compared with.";
}

std::string learned_of_threads(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("Two threads", run.times, "one");
  if (!run.gil_known) return begin + ": this Python runs without a GIL, so nobody waited for one.";
  if (run.times >= kFaster) {
    return fmt::format("{}, which one GIL does not allow in pure Python: {}.", begin, doubt(figures.runs[0]));
  }
  if (run.gil_wait_share < 0.5) {
    return fmt::format("{}, though {}: it was a core that they lacked.", begin, waited(run));
  }
  return fmt::format("{}: they took turns with the GIL, and {}.", begin, waited(run));
}

std::string learned_of_io(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("The threads", run.times, "one");
  if (run.times >= kFaster) {
    return begin + ": who waits for an answer has let the GIL go, so the waits pass side by side.";
  }
  return begin + ": that is not what is usually seen, for waits need no GIL; is the machine busy?";
}

std::string learned_of_processes(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("Two processes", run.times, "one thread");
  if (run.times >= kFaster) {
    return fmt::format(
        "{} with {} at work: each has a GIL of its own; starting them and sending the work is in "
        "the time.",
        begin, cores_text(run));
  }
  return fmt::format("{}: each has a GIL of its own, but {}; starting them costs time, too.", begin,
                     no_gain(run, figures));
}

std::string learned_of_asyncio(const StepFigures& figures) {
  const double waits = figures.runs[1].times;
  const double counts = figures.runs[3].times;
  const std::string both = fmt::format("{}, and {}", pace("The waits in one event loop", waits, "one by one"),
                                       pace("the countdowns", counts, "without it"));
  if (waits >= kFaster && counts < kFaster) {
    return both + ": a loop puts waits side by side on one thread, and computes nothing faster.";
  }
  const std::string seen = both + ": that is not what is usually seen, for waits gain and computing does not";
  return counts >= kFaster ? fmt::format("{}; {}.", seen, doubt(figures.runs[2])) : seen + ".";
}

std::string learned_of_held(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("Two threads in native code", run.times, "one");
  if (!run.gil_known) return begin + ": this Python runs without a GIL, so there is none to hold.";
  if (run.times >= kFaster) {
    return fmt::format("{}, though the GIL was held throughout: {}.", begin, doubt(figures.runs[0]));
  }
  return fmt::format("{}: being native does not help while the GIL is held; {}.", begin, waited(run));
}

std::string learned_of_released(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("Two threads", run.times, "one that holds the GIL");
  if (run.times >= kFaster) {
    return begin + ": the same native code, and all that changed is that it lets the GIL go while it works.";
  }
  if (run.gil_known && run.gil_wait_share >= 0.5) {
    return fmt::format("{}, and {}: something else kept the GIL.", begin, waited(run));
  }
  return fmt::format("{}: the GIL was free, but {}.", begin, no_gain(run, figures));
}

std::string learned_of_prange(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("prange on all cores", run.times, "one thread without the GIL");
  const std::string end =
      "one word in the loop's head, and OpenMP shares it out; no Python object may be in it";
  if (run.times >= kFaster) return fmt::format("{}: {}.", begin, end);
  return fmt::format("{}: {}.", begin, no_gain(run, figures));
}

std::string learned_of_grayscale(const StepFigures& figures) {
  const RunFigures* best = nullptr;
  for (const RunFigures& run : figures.runs) {
    if (run.measured && run.times > 0 && (best == nullptr || run.times > best->times)) best = &run;
  }
  if (best == nullptr) return "Nothing but plain Python could run here.";
  const RunFigures& two = figures.runs[1];
  std::string threads = two.measured ? "; " + pace("threads", two.times, "plain Python") : "";
  if (two.measured && two.gil_known && two.times >= kFaster) {
    threads += fmt::format(", which one GIL does not allow: {}", doubt(figures.runs[0]));
  }
  return fmt::format("The fastest way was {}, {:.{}f} times as fast as plain Python{}.", best->label,
                     best->times, best->times < 10 ? 2 : 0, threads);
}

std::string learned_of_subinterpreters(const StepFigures& figures) {
  const RunFigures& run = figures.runs[1];
  const std::string begin = pace("Two interpreters in one process", run.times, "one");
  if (run.times >= kFaster) {
    return fmt::format("{}: each has a GIL of its own, so {} worked; they share no objects.", begin,
                       cores_text(run));
  }
  return fmt::format("{}: each has a GIL of its own, but {}.", begin, no_gain(run, figures));
}

std::string learned_of_free_threaded(const StepFigures& figures) {
  const RunFigures& one = figures.runs[1];
  const RunFigures& two = figures.runs[2];
  const std::string begin = pace("Two threads without a GIL", two.times, "one");
  const std::string price =
      fmt::format("One thread there takes {:.2f} times as long as one here", 1 / one.times);
  if (two.times >= kFaster) return fmt::format("{}. {}: that is the price.", begin, price);
  return fmt::format("{}; {}. {}.", begin, no_gain(two, figures), price);
}

}  // namespace gilscope::app
