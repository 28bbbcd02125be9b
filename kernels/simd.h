// What the kernels' inner loops run on, for `gilscope doctor`. Not for choosing it: Highway does, at run
// time. Thread rule: any thread.
#pragma once

#include <string_view>

namespace gilscope::kernels {

/// The instruction set in use, by Highway's name: "AVX3", "AVX2", "SSE4", "NEON", ...
std::string_view simd_target() noexcept;

/// The OpenMP specification that the parallel loops were compiled for, as its date: 201511 is OpenMP 4.5.
int openmp_version() noexcept;

}  // namespace gilscope::kernels
