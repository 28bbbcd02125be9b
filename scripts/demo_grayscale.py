"""A picture of 8 million pixels to gray: Python on every pixel, and a native kernel.

Notice: the kernel is hundreds of times as fast. On one thread it needs the same time whether it holds the GIL or not:
only other threads notice (demo_both_ways.py). Every way gives the same bytes.
"""
import argparse
import os
import time

from gilscope import image, kernels


def gray_in_python(pixels: bytes, width: int, channels: int) -> bytearray:
    gray, said = bytearray(), time.perf_counter()
    for start in range(0, len(pixels), width * channels):
        row = pixels[start:start + width * channels]
        gray += bytes([(19595 * r + 38470 * g + 7471 * b + 32768) >> 16
                       for r, g, b in zip(row[0::channels], row[1::channels], row[2::channels])])
        if time.perf_counter() - said > 1:
            said = time.perf_counter()
            print(f"    Python is at {100 * start // len(pixels)} %", flush=True)
    return gray


def main() -> None:
    parser = argparse.ArgumentParser(description="A picture to gray, in Python and natively.")
    parser.add_argument("image", nargs="?", help="a PNG file, RGB or RGBA; without one a Mandelbrot set is made")
    parser.add_argument("--size", default="3840x2160", help="of the Mandelbrot set")
    parser.add_argument("--output", default="gray.png", help="where the gray PNG goes; default: %(default)s")
    options = parser.parse_args()
    made = [int(n) for n in options.size.split("x")]
    source = image.read_png(options.image) if options.image else kernels.mandelbrot(*made, rgb=True)
    height, width, channels = (*memoryview(source).shape, 1)[:3]
    if channels < 3:
        parser.error(f"{options.image} has no colours; give an RGB or RGBA image")
    pixels = bytes(source)
    print(f"{width} x {height} pixels of {channels} bytes, {len(os.sched_getaffinity(0))} cores\n")
    print(f"{'':28}{'time':>13}{'Python / this':>18}")
    ways = {
        "Python, every pixel": lambda: gray_in_python(pixels, width, channels),
        "kernel, holds the GIL": lambda: kernels.grayscale(source, release_gil=False, num_threads=1),
        "kernel, releases the GIL": lambda: kernels.grayscale(source, num_threads=1),
        "kernel, on all cores": lambda: kernels.grayscale(source),
    }
    times, results = [], []
    for name, to_gray in ways.items():
        start = time.perf_counter()
        results.append(to_gray())
        times.append(time.perf_counter() - start)
        print(f"{name:28}{times[-1] * 1e3:10,.1f} ms{times[0] / times[-1]:18,.0f}", flush=True)
        if bytes(results[-1]) != bytes(results[0]):
            raise SystemExit(f"{name}: the result is not the same as Python's")
    image.write_png(options.output, results[-1])
    print(f"\nAll four results are equal. The gray picture:\n{os.path.abspath(options.output)}")


if __name__ == "__main__":
    main()
