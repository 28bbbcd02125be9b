"""A picture of 8 million pixels to gray: Python on every pixel, and a native kernel.

Notice: the kernel is hundreds of times as fast. On one thread it needs the same time whether it holds the GIL or not:
only other threads notice (demo_both_ways.py). Every way gives the same bytes.
"""
import argparse
import os
import statistics
import tempfile
import time
import timeit

from gilscope import image, kernels


def gray_in_python(pixels: bytes, width: int, channels: int) -> bytearray:
    gray, said, row_bytes = bytearray(), time.perf_counter(), width * channels
    for start in range(0, len(pixels), row_bytes):
        row = pixels[start:start + row_bytes]
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
    parser.add_argument("--output", default=os.path.join(tempfile.gettempdir(), "gilscope-gray.png"))
    options = parser.parse_args()
    size = map(int, options.size.split("x"))
    source = image.read_png(options.image) if options.image else kernels.mandelbrot(*size, rgb=True)
    height, width, channels = (*memoryview(source).shape, 1)[:3]
    pixels = bytes(source)
    if channels < 3:
        parser.error(f"{options.image} has no colours; give an RGB or RGBA image")
    print(f"{width} x {height} pixels of {channels} bytes, {len(os.sched_getaffinity(0))} cores\n")
    print(f"{'':34}{'time':>13}{'Python / this':>18}")
    start = time.perf_counter()
    expected = gray_in_python(pixels, width, channels)
    in_python = time.perf_counter() - start
    print(f"{'Python, every pixel':34}{in_python * 1e3:10,.1f} ms{1:18}", flush=True)
    for name, how in {"GIL held": {"release_gil": False, "num_threads": 1}, "GIL released": {"num_threads": 1},
                      "all cores": {}}.items():
        took = statistics.median(timeit.repeat(lambda: kernels.grayscale(source, **how), number=1, repeat=9))
        print(f"{f'kernel, {name}, median of 9':34}{took * 1e3:10,.1f} ms{in_python / took:18,.0f}", flush=True)
        gray = kernels.grayscale(source, **how)
        if bytes(gray) != expected:
            raise SystemExit(f"kernel, {name}: not the bytes that Python made")
    image.write_png(options.output, gray)
    print(f"\nAll four results are equal. The gray picture:\n{os.path.abspath(options.output)}")


if __name__ == "__main__":
    main()
