"""Nothing is left behind by calls, neither by those that return nor by those that raise."""

import gc
import sys
import sysconfig
import tracemalloc
import unittest

import gilscope
from gilscope import image, kernels

# Of the free-threaded 3.13, each function and each code object made after the first thread was started.
FUNCTIONS_LIVE_FOR_EVER = sys.version_info[:2] == (3, 13) and bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
RGB = bytearray(30 * 20 * 3)
SHAPE = (30, 20, 3)


def fail(*tile: object) -> None:
    raise LookupError


def decorate() -> None:
    gilscope.region("x")(fail)


class Leaks(unittest.TestCase):
    def calls(self) -> list[tuple[object, type[BaseException] | None]]:
        dst = bytearray(600)
        return [
            (lambda: kernels.grayscale(RGB, shape=SHAPE), None),
            (lambda: kernels.grayscale(RGB, dst, shape=SHAPE), None),
            (lambda: kernels.blur(RGB, 1.0, shape=SHAPE, on_tile=lambda *tile: None), None),
            (lambda: kernels.mandelbrot(9, 99, num_threads=2, on_tile=lambda *tile: None), None),
            (lambda: kernels.mandelbrot(9, 99, num_threads=1, on_tile=fail), LookupError),
            (lambda: kernels.grayscale(RGB), ValueError),
            (lambda: kernels.grayscale(RGB, bytes(600), shape=SHAPE), TypeError),
            (lambda: kernels.grayscale(RGB, dst, shape=SHAPE, num_threads=0), ValueError),
            (lambda: kernels.grayscale(3.0), TypeError),
            (lambda: kernels.blur(RGB, -1, shape=SHAPE), ValueError),
            (lambda: memoryview(image.Image(3, 4)).tobytes(), None),
            (lambda: image.Image(3, 4) == image.Image(3, 4), None),
            (lambda: repr(image.Image(3, 4)), None),
            (lambda: image.read_png("/no/such/file.png"), FileNotFoundError),
            (lambda: gilscope.region("x").__enter__().__exit__(None, None, None), None),
            (decorate, None),
            (lambda: (gilscope.thread_index, dir(gilscope)), None),
            (lambda: gilscope.stats(), RuntimeError),
        ]

    def repeat(self, call: object, kind: type[BaseException] | None, times: int) -> None:
        for _ in range(times):
            try:
                call()
            except BaseException as error:
                if kind is None or not isinstance(error, kind):
                    raise

    def test_references(self) -> None:
        watched = [RGB, image.Image, gilscope.region, fail, None, range]
        for number, (call, kind) in enumerate(self.calls()):
            with self.subTest(number):
                self.repeat(call, kind, 3)
                gc.collect()
                before = [sys.getrefcount(thing) for thing in watched]
                self.repeat(call, kind, 200)
                gc.collect()
                after = [sys.getrefcount(thing) for thing in watched]
                for old, new in zip(before, after):
                    self.assertLess(abs(new - old), 100)  # one for each call would be 200

    def test_memory(self) -> None:
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for number, (call, kind) in enumerate(self.calls()):
            if FUNCTIONS_LIVE_FOR_EVER and call is decorate:
                continue
            with self.subTest(number):
                self.repeat(call, kind, 20)
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
                self.repeat(call, kind, 200)
                gc.collect()
                self.assertLess(tracemalloc.get_traced_memory()[0] - before, 200 * 16)  # the smallest object is 16

    def test_buffers_are_let_go(self) -> None:
        for call, kind in self.calls():
            self.repeat(call, kind, 1)
            RGB.append(0)  # a BufferError, if one were still held
            del RGB[-1]
