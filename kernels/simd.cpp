#include "kernels/simd.h"

#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/simd.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h includes this file once per instruction set; it comes before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gilscope::kernels::HWY_NAMESPACE {

// NOLINTNEXTLINE(misc-definitions-in-headers): once per instruction set, in a namespace of its own
const char* target_name() { return hwy::TargetName(HWY_TARGET); }

}  // namespace gilscope::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

// Debian's libhwy holds Highway's benchmark timer, and measures its resolution whenever it is loaded: 4 ms at
// the start of every program, a third of what Python needs. Nothing here uses that timer; this definition is
// found before the library's.
namespace hwy::platform {
__attribute__((visibility("default"))) std::uint64_t TimerResolution();
std::uint64_t TimerResolution() { return 1; }
}  // namespace hwy::platform

namespace gilscope::kernels {

HWY_EXPORT(target_name);

std::string_view simd_target() noexcept { return HWY_DYNAMIC_DISPATCH(target_name)(); }

int openmp_version() noexcept { return _OPENMP; }

}  // namespace gilscope::kernels
#endif
