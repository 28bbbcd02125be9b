#include "embed/probe/places.h"

#include <mutex>
#include <new>
#include <unordered_map>

#include "embed/probe/recorder.h"

namespace gilscope::probe::places {

namespace {

struct Hash {
  std::size_t operator()(const Place& place) const noexcept {
    const std::hash<std::string> hash;
    return hash(place.file) * 31 + hash(place.function) * 17 + place.line * std::size_t{2654435761u} +
           place.caller;
  }
};
struct Equal {
  bool operator()(const Place& a, const Place& b) const noexcept {
    return a.line == b.line && a.caller == b.caller && a.function == b.function && a.file == b.file;
  }
};

struct Registry {
  std::mutex mutex;
  std::unordered_map<Place, std::uint32_t, Hash, Equal> numbers;
  std::vector<const Place*> in_order;  // the map's nodes stay where they are
};
Registry*& registry_pointer() {
  static Registry* the_registry = new Registry;  // never destroyed: threads may outlive main
  return the_registry;
}
Registry& registry() { return *registry_pointer(); }

}  // namespace

constinit std::atomic<Reader> detail::reader{nullptr};

std::uint32_t intern(std::string_view file, std::string_view function, std::uint32_t line,
                     std::uint32_t caller) noexcept {
  if (recorder::is_asleep()) return 0;  // the mutex may have been locked at the fork
  try {
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    Place place{std::string(file), std::string(function), line, caller};
    if (const auto found = all.numbers.find(place); found != all.numbers.end()) return found->second;
    if (all.in_order.size() >= kMaxPlaces) return 0;
    all.in_order.reserve(all.in_order.size() + 1);
    const auto [added, is_new] =
        all.numbers.emplace(std::move(place), static_cast<std::uint32_t>(all.in_order.size() + 1));
    all.in_order.push_back(&added->first);
    return added->second;
  } catch (const std::bad_alloc&) {
    return 0;
  }
}

std::vector<Place> places_from(std::uint32_t first) {
  if (recorder::is_asleep()) return {};  // as above
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<Place> places;
  for (std::size_t i = first > 0 ? first - 1 : 0; i < all.in_order.size(); ++i) {
    places.push_back(*all.in_order[i]);
  }
  return places;
}

void begin_anew() { registry_pointer() = new Registry; }

void set_reader(Reader reader) noexcept { detail::reader.store(reader, std::memory_order_relaxed); }

}  // namespace gilscope::probe::places
