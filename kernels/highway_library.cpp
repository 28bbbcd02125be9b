// Loads libhwy when the first kernel asks it for this processor's instruction sets, not at the start of every
// program: it and the C++ library that it needs take half a millisecond to load, a twentieth of Python's own
// start. Stands in for the two functions of libhwy that dispatching calls. Where the library is not to be
// had, kernels run with the instruction set that all processors of this kind have. Thread rule: any thread.
#include <cstdint>

#include <dlfcn.h>
#include <hwy/highway.h>
#include <hwy/targets.h>

namespace hwy {

namespace {

struct Library {
  ChosenTarget& (*chosen_target)() = nullptr;
  std::int64_t (*supported_targets)() = nullptr;

  Library() {
    void* const library = dlopen(GILSCOPE_HIGHWAY_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return;
    // The functions below, by the names that the C++ ABI gives them.
    chosen_target = reinterpret_cast<ChosenTarget& (*)()>(dlsym(library, "_ZN3hwy15GetChosenTargetEv"));
    supported_targets = reinterpret_cast<std::int64_t (*)()>(dlsym(library, "_ZN3hwy16SupportedTargetsEv"));
  }
};

const Library& library() {
  static const Library the_library;
  return the_library;
}

}  // namespace

ChosenTarget& GetChosenTarget() {
  static ChosenTarget without_library;
  return library().chosen_target != nullptr ? library().chosen_target() : without_library;
}

std::int64_t SupportedTargets() {
  return library().supported_targets != nullptr ? library().supported_targets() : HWY_STATIC_TARGET;
}

}  // namespace hwy
