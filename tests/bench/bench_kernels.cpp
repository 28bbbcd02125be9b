// What the kernels do in a second. One image is 3840 x 2160, as large as a projector shows.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <benchmark/benchmark.h>

#include "kernels/blur.h"
#include "kernels/countdown.h"
#include "kernels/grayscale.h"
#include "kernels/image.h"
#include "kernels/mandelbrot.h"

namespace gilscope::kernels {
namespace {

constexpr std::size_t kWidth = 3840;
constexpr std::size_t kHeight = 2160;
constexpr std::size_t kPixels = kWidth * kHeight;

Image allocate(std::size_t channels) {
  Image image = Image::allocate(kWidth, kHeight, channels);
  if (image.empty()) std::abort();
  std::fill_n(image.data(), image.size_bytes(), std::uint8_t{0});  // so that every page is there
  return image;
}

TileOptions threads(const benchmark::State& state) { return {static_cast<int>(state.range(0)), nullptr}; }

void count_pixels(benchmark::State& state, std::size_t bytes_per_pixel) {
  const auto pixels = static_cast<std::int64_t>(kPixels) * static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(pixels);
  state.SetBytesProcessed(pixels * static_cast<std::int64_t>(bytes_per_pixel));
}

// As many bytes read and written, taken together, as grayscale reads and writes: 3 + 1 a pixel, so a copy
// of 2.
void memcpy_4k(benchmark::State& state) {
  std::vector<std::uint8_t> from(2 * kPixels, 1), to(2 * kPixels, 2);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  count_pixels(state, 4);
}

void grayscale_4k(benchmark::State& state) {
  Image rgb = allocate(3), gray = allocate(1);
  mandelbrot(rgb.view(), {}, {});
  for (auto _ : state) grayscale(rgb.view(), gray.view(), threads(state));
  count_pixels(state, 4);
}

void mandelbrot_4k(benchmark::State& state) {
  Image rgb = allocate(3);
  for (auto _ : state) mandelbrot(rgb.view(), {}, threads(state));
  count_pixels(state, 3);
}

void blur_4k(benchmark::State& state) {
  Image rgb = allocate(3), blurred = allocate(3);
  mandelbrot(rgb.view(), {}, {});
  for (auto _ : state) blur(rgb.view(), blurred.view(), 4.0, threads(state));
  count_pixels(state, 6);
}

void countdown_100m(benchmark::State& state) {
  for (auto _ : state) countdown(100'000'000, threads(state));
  state.SetItemsProcessed(100'000'000 * static_cast<std::int64_t>(state.iterations()));
}

// Two tiles of 16384 steps: what waking a second thread costs beside what it gains.
void countdown_32k(benchmark::State& state) {
  for (auto _ : state) countdown(1 << 15, threads(state));
}

BENCHMARK(memcpy_4k)->UseRealTime();
BENCHMARK(grayscale_4k)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(mandelbrot_4k)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(blur_4k)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(countdown_100m)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(countdown_32k)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gilscope::kernels

BENCHMARK_MAIN();
