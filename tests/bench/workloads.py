"""What bench.sh times inside Python: each function does one thing once and returns the seconds that it took.

Run as `workloads.py NAME [ARGS...]` by python3 or by gilscope; the seconds go to stdout. Needs nothing but the
standard library, except for `kernels`, which needs gilscope, and OpenCV where there is one.
"""
import json
import os
import sys
import threading
import time
from collections.abc import Callable


def count_down(n: int) -> None:
    while n > 0:
        n -= 1


def countdown(threads: str, n: str) -> float:
    """This many Python threads count down from n each, from when the last was started."""
    ready = threading.Barrier(int(threads) + 1)

    def work() -> None:
        ready.wait()
        count_down(int(n))

    workers = [threading.Thread(target=work) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    start = time.perf_counter()
    ready.wait()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def read_bytes(count: str) -> float:
    """One byte at a time from /dev/zero: a take and a drop of the GIL for each."""
    fd = os.open("/dev/zero", os.O_RDONLY)
    start = time.perf_counter()
    for _ in range(int(count)):
        os.read(fd, 1)
    return time.perf_counter() - start


def pure(rounds: str) -> float:
    """Calls, attributes, floats, dicts, lists and strings on one thread."""
    class Point:
        def __init__(self, x: float, y: float) -> None:
            self.x, self.y = x, y

        def moved(self, dx: float, dy: float) -> "Point":
            return Point(self.x + dx, self.y * 0.999 + dy)

    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    start = time.perf_counter()
    for _ in range(int(rounds)):
        fibonacci(18)
        point = Point(0.0, 1.0)
        for step in range(5000):
            point = point.moved(0.5, step * 0.25)
        words = [f"word {i % 97}" for i in range(5000)]
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return time.perf_counter() - start


def kernels(rounds: str) -> dict[str, list[list[float]]]:
    """Pairs of seconds, A and B measured in turn: the mandelbrot kernel on two cores and on one, and the grayscale
    kernel and OpenCV's cvtColor on one thread each."""
    from gilscope import kernels as native

    def seconds(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    def pairs(a: Callable[[], object], b: Callable[[], object], count: int) -> list[list[float]]:
        seconds(a), seconds(b)
        return [[seconds(a), seconds(b)] for _ in range(count)]

    result = {"mandelbrot": pairs(lambda: native.mandelbrot(1920, 1080, num_threads=2),
                                  lambda: native.mandelbrot(1920, 1080, num_threads=1), int(rounds))}
    try:
        import cv2
        import numpy
    except ImportError:
        return result
    cv2.setNumThreads(1)
    rgb = numpy.asarray(native.mandelbrot(3840, 2160, rgb=True))
    ours, theirs = numpy.empty((2160, 3840), numpy.uint8), numpy.empty((2160, 3840), numpy.uint8)
    result["opencv"] = pairs(lambda: native.grayscale(rgb, ours, num_threads=1),
                             lambda: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY, dst=theirs), 20 * int(rounds))
    return result


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
