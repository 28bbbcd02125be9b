// What a comparison found, as plain data: the one thing that its writers (text, JSON, page, picture) are
// given. Not for measuring: comparer.h. Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/compare/pattern.h"

namespace gilscope::app {

/// What the recorder saw between the clock's start and its stop, in the pattern's first process. Sums over
/// its GILs and threads.
struct GilUse {
  std::string unknown_reason;   ///< empty: the numbers are known
  std::uint64_t begin_ns = 0;   ///< when it began to look, from the begin of the recording
  std::uint64_t window_ns = 0;  ///< how long it looked
  std::uint64_t turns = 0;
  std::uint64_t lost = 0;
  std::uint64_t hand_overs = 0;
  std::uint64_t held_ns = 0;
  std::uint64_t contended_ns = 0;  ///< at least one thread was waiting; of several GILs, for the busiest one
  std::uint64_t wait_ns = 0;       ///< the sum over all threads
  std::uint64_t hold_ns = 0;       ///< likewise
  std::uint64_t life_ns = 0;       ///< likewise
};

/// One run of one pattern, in a process of its own.
struct Measurement {
  std::uint64_t wall_ns = 0;
  std::uint64_t cpu_ns = 0;        ///< of the process and its children, while the clock ran
  std::uint64_t peak_bytes = 0;    ///< of memory: the process and its children
  std::uint64_t preparing_ns = 0;  ///< before the clock started: imports, compilation
  std::uint64_t pickling_ns = 0;   ///< by the first process, for its children
  std::uint64_t pickled_bytes = 0;
  GilUse gil;
  std::map<std::string, double> extra;  ///< seconds, by the workload's own names
};

enum class Outcome {
  kMeasured,
  kNotRun,       ///< the comparison was interrupted before
  kUnavailable,  ///< what it needs is not here
  kWrong,        ///< its result is not the sequential one's
  kFailed,       ///< an exception, a signal, no end
};

/// One pattern at one point of the sweep.
struct PatternResult {
  const Pattern* pattern = nullptr;
  Outcome outcome = Outcome::kNotRun;
  std::string message;    ///< why there is no measurement: a clause
  std::string traceback;  ///< of an exception
  int lines = 0;          ///< of code that the pattern needs, shared helpers included
  std::vector<Measurement> runs;
  std::vector<std::uint64_t> start_ns;  ///< as many processes that do nothing, started and ended
};

/// What the threads would take without the GIL, worked out from the turns of their runs with it.
struct WithoutGil {
  std::string unknown_reason = {};  ///< empty: the numbers are known
  std::uint64_t wall_ns = 0;        ///< the median over the runs
  std::uint64_t least_ns = 0;       ///< likewise, with the shortest of what the turns allow
  double price = 1;                 ///< that one thread pays, as a factor; it is in wall_ns
  bool price_is_measured = false;
  double cores = 0;  ///< that wall_ns is for
  bool cores_are_measured = false;
};

/// One size and one number of threads.
struct Point {
  std::string size;
  int threads = 0;
  std::vector<PatternResult> results;  ///< in the order of patterns(); the first is the sequential one
  /// Nothing: no run of the threads was recorded.
  std::optional<WithoutGil> without_gil = std::nullopt;
  /// What the sequential work takes, round by round, where as many processes do it at once as there are
  /// threads and cores for.
  std::vector<std::uint64_t> crowd_ns = {};
};

/// What a module that the workload's patterns import does to a free-threaded Python.
struct ModuleVerdict {
  enum class Verdict { kStaysFree, kSwitchesGilOn, kNotThere, kFails };
  std::string module;
  Verdict verdict = Verdict::kStaysFree;
};

struct Comparison {
  std::string workload;  ///< its name
  std::string title;     ///< what it does, in a line; may be empty
  std::string gilscope_version;
  std::string python_version;
  std::string free_threaded_version;  ///< empty: there is no free-threaded gilscope
  std::string machine;                ///< the processor's name
  int cores = 0;                      ///< that may be used
  int rounds = 0;                     ///< that were completed
  int rounds_wanted = 0;
  bool interrupted = false;
  std::vector<std::string> notes;
  std::vector<ModuleVerdict> modules;  ///< tried on the free-threaded Python
  std::vector<Point> points;
};

/// What is shown of one pattern at one point. Medians over its runs.
struct Figures {
  std::uint64_t wall_ns = 0;
  std::uint64_t least_wall_ns = 0;
  std::uint64_t most_wall_ns = 0;
  double speed_up = 0;    ///< the sequential wall / this one
  double cores_used = 0;  ///< cpu_ns / wall_ns
  bool gil_known = false;
  double gil_wait_share = 0;  ///< of the wall: at least one thread waited for a GIL
  std::uint64_t peak_bytes = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t pickling_ns = 0;
  std::uint64_t pickled_bytes = 0;
  std::uint64_t preparing_ns = 0;
  std::map<std::string, double> extra;

  /// Half of the way from the fastest run to the slowest, as a share of the median.
  double spread() const;
};

/// Of a result that has been measured.
Figures figures_of(const PatternResult& result, const Point& point);

/// The result of a pattern where it was measured, else null.
const PatternResult* measured_result(const Point& point, std::string_view id);

/// Of its runs.
double median_cpu_ns(const PatternResult& result);

/// The processor time of one thread's work on the free-threaded Python over that on this one: of each round,
/// and then the median, as a machine is not equally fast all the time. Nothing: one of them was not measured.
std::optional<double> free_threaded_price(const Point& point);

/// How many times as much work as one process as many get done at once as there are threads, at most `cores`:
/// what the machine gave meanwhile. Of each round, likewise. Nothing: it was not measured.
std::optional<double> cores_given(const Point& point, int cores);

/// Those that were measured, fastest first.
std::vector<const PatternResult*> sorted_by_wall(const Point& point);

/// The most of a list's middle; of an even number the mean of the two.
std::uint64_t median(std::vector<std::uint64_t> values);
double median(std::vector<double> values);

/// Whether a pattern broke: a wrong result, or a failure.
bool has_errors(const Point& point);
bool has_errors(const Comparison& comparison);

/// A pattern pays off where it is at least this many times as fast as the sequential one.
inline constexpr double kPaysOff = 1.1;

/// Where on the way of a sweep each pattern begins to pay off, and stays so.
struct PayOff {
  const Pattern* pattern = nullptr;
  const Point* point = nullptr;  ///< null: nowhere
};
/// Over `points`, in their order.
std::vector<PayOff> pay_offs(const std::vector<const Point*>& points);

}  // namespace gilscope::app
