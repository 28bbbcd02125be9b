// Where in Python a turn ended: the registry of places, each a line of a function and who called it, known by
// a small number that a Turn carries. Not for reading frames: embed/code_location.h does that, and is the
// only writer. Thread rule: intern() by threads that hold some GIL, places_from() by any; both take a lock,
// which is not needed again for a place that is known.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gilscope::probe {

/// One line of a function.
struct Place {
  std::string file;
  std::string function;      ///< its qualified name
  std::uint32_t line = 0;    ///< 0: not known
  std::uint32_t caller = 0;  ///< number of the place that called it; 0: not known, or not asked for
};

namespace places {

/// The number of a place; the same for the same place. 0, which means "not known", when there is no memory,
/// in a forked child that is asleep, and when there are kMaxPlaces already.
std::uint32_t intern(std::string_view file, std::string_view function, std::uint32_t line,
                     std::uint32_t caller) noexcept;
inline constexpr std::uint32_t kMaxPlaces = 1u << 20;

/// The places from number `first` on (1 is the first that there is), in order.
std::vector<Place> places_from(std::uint32_t first);

/// Forgets all places, and a lock that a thread may hold which this forked child does not have.
void begin_anew();

/// Reads where the thread that drops the GIL at `mutex` is in Python: a place's number, or 0. Called in the
/// hook of signal(C), with the GIL's M locked and the GIL still this thread's.
using Reader = std::uint32_t (*)(const void* mutex) noexcept;
/// From now on every turn carries what `reader` says; null: 0.
void set_reader(Reader reader) noexcept;

#pragma GCC visibility push(hidden)
namespace detail {
extern std::atomic<Reader> reader;
}
#pragma GCC visibility pop
/// Read by the hooks, at every drop.
inline Reader reader() noexcept { return detail::reader.load(std::memory_order_relaxed); }

}  // namespace places
}  // namespace gilscope::probe
