"""Every wrong argument: which exception, what it says, and that nothing was written."""

import array
import unittest

from gilscope import image, kernels

RGB = bytes(4 * 5 * 3)
SHAPE = (4, 5, 3)


class WrongArguments(unittest.TestCase):
    def refuses(self, kind: type[Exception], words: str, call: object, *args: object, **options: object) -> None:
        with self.subTest(args=args, options=options), self.assertRaises(kind) as caught:
            call(*args, **options)
        for word in words.split():
            self.assertIn(word, str(caught.exception))

    def test_source(self) -> None:
        for call, more in ((kernels.grayscale, ()), (kernels.blur, (1.5,))):
            self.refuses(TypeError, "src buffer 'int'", call, 3, *more)
            self.refuses(TypeError, "src 'str'", call, "pixels", *more)
            self.refuses(TypeError, "src 'd' 8", call, array.array("d", [0] * 60), *more, shape=SHAPE)
            self.refuses(TypeError, "src 'b'", call, memoryview(RGB).cast("b", SHAPE), *more)
            self.refuses(ValueError, "src flat 60 shape= cast", call, RGB, *more)
            self.refuses(ValueError, "(60,) (4, 4, 3)", call, RGB, *more, shape=(4, 4, 3))
            self.refuses(ValueError, "(4, 5, 3) (5, 4, 3)", call, memoryview(RGB).cast("B", SHAPE), *more, shape=(5, 4, 3))
            self.refuses(ValueError, "(1, 4, 5, 3)", call, memoryview(RGB).cast("B", (1, 4, 5, 3)), *more)
            self.refuses(ValueError, "src 5", call, memoryview(RGB).cast("B", (4, 3, 5)), *more)
            self.refuses(ValueError, "src (0,)", call, memoryview(RGB)[:0], *more, shape=SHAPE)
        self.refuses(ValueError, "(height, width, 3) (height, width, 4) 1 channel", kernels.grayscale,
                     memoryview(RGB).cast("B", (4, 15)))
        self.refuses(ValueError, "2 channels", kernels.grayscale, RGB, shape=(5, 6, 2))

    def test_shape(self) -> None:
        for shape in ((4, 5, 0), (0, 5, 3), (4, -5, 3), (60,), (1, 2, 3, 4), (4, 3, 5), (2**70, 5, 3), (2**62, 2**62, 3), ()):
            self.refuses(ValueError, "shape", kernels.grayscale, RGB, shape=shape)
        for shape in (3, "abc", (4.0, 5, 3), (4, 5, None)):
            self.refuses(TypeError, "shape", kernels.grayscale, RGB, shape=shape)

    def test_destination(self) -> None:
        for call, more, size in ((kernels.grayscale, (), 20), (kernels.blur, (1.0,), 60)):
            self.refuses(TypeError, "dst buffer 'object'", call, RGB, *more, object(), shape=SHAPE)
            self.refuses(TypeError, "dst read-only 'bytes'", call, RGB, *more, bytes(size), shape=SHAPE)
            self.refuses(TypeError, "dst read-only", call, RGB, *more, memoryview(bytearray(size)).toreadonly(), shape=SHAPE)
            self.refuses(TypeError, "dst 'H' 2", call, RGB, *more, array.array("H", bytes(size * 2)), shape=SHAPE)
            for wrong in (size - 1, size + 1, 0):
                self.refuses(ValueError, "dst (4, 5", call, RGB, *more, bytearray(wrong), shape=SHAPE)
        self.refuses(ValueError, "dst (4, 5) (5, 4)", kernels.grayscale, RGB, image.Image(5, 4), shape=SHAPE)
        self.refuses(ValueError, "dst (4, 5) (4, 5, 3)", kernels.grayscale, RGB, image.Image(4, 5, 3), shape=SHAPE)
        self.refuses(ValueError, "dst (6, 8, 3)", kernels.mandelbrot, 8, 6, rgb=True, dst=image.Image(6, 8))
        self.refuses(TypeError, "dst read-only", kernels.mandelbrot, 8, 6, dst=bytes(48))

    def test_layout(self) -> None:
        frame = memoryview(bytearray(range(200))).cast("B", (20, 10))
        self.refuses(ValueError, "src rows strides (-10, 1)", kernels.blur, frame[::-1], 1)
        flat = memoryview(bytearray(120))
        self.refuses(ValueError, "src adjoin strides (2,)", kernels.grayscale, flat[::2], shape=SHAPE)
        self.refuses(ValueError, "dst adjoin (2,)", kernels.grayscale, RGB, flat[:40:2], shape=SHAPE)
        self.refuses(ValueError, "src adjoin (-1,)", kernels.grayscale, flat[59::-1], shape=SHAPE)

    def test_overlap(self) -> None:
        memory = bytearray(range(100)) * 4
        before = bytes(memory)
        view = memoryview(memory)
        for first in (0, 1, 59):
            self.refuses(ValueError, "overlap", kernels.grayscale, view[:60], view[first:first + 20], shape=SHAPE)
        self.refuses(ValueError, "overlap", kernels.grayscale, view[19:79], view[:20], shape=SHAPE)
        self.refuses(ValueError, "overlap", kernels.blur, view[:60], 1, view[:60], shape=SHAPE)
        img = image.Image(4, 5, 3)
        self.refuses(ValueError, "overlap", kernels.blur, img, 1, img)
        self.assertEqual(memory, before)
        self.assertEqual(img, image.Image(4, 5, 3))
        # Neighbours share nothing.
        kernels.grayscale(view[:60], view[60:80], shape=SHAPE)
        kernels.grayscale(view[20:80], view[:20], shape=SHAPE)

    def test_nothing_is_written(self) -> None:
        dst = bytearray(b"\x55" * 20)
        for options in ({"num_threads": 0}, {"on_tile": 3}, {"on_tile": print, "release_gil": False},
                        {"shape": (4, 5, 2)}):
            with self.assertRaises((TypeError, ValueError)):
                kernels.grayscale(RGB, dst, **{"shape": SHAPE, **options})
        with self.assertRaises(ValueError):
            kernels.mandelbrot(5, 4, dst=dst, span=0)
        self.assertEqual(dst, b"\x55" * 20)

    def test_options_of_all(self) -> None:
        calls = ((kernels.countdown, (5,), {}), (kernels.grayscale, (RGB,), {"shape": SHAPE}),
                 (kernels.blur, (RGB, 1), {"shape": SHAPE}), (kernels.mandelbrot, (5, 4), {}))
        for call, args, options in calls:
            for wrong in (0, -1, 1025, 2**31, 2**70, -2**70):
                self.refuses(ValueError, f"num_threads 1024 {wrong}", call, *args, num_threads=wrong, **options)
            for wrong in (True, 2.0, "2"):
                self.refuses(TypeError, "num_threads", call, *args, num_threads=wrong, **options)
            self.refuses(TypeError, "on_tile callable 'int'", call, *args, on_tile=1, **options)
            self.refuses(ValueError, "on_tile release_gil=True", call, *args, on_tile=print, release_gil=False, **options)
            self.refuses(TypeError, "threads", call, *args, threads=2, **options)
            call(*args, num_threads=1024, on_tile=None, **options)

    def test_countdown(self) -> None:
        for n in (-1, 2**64, -2**100):
            self.refuses(ValueError, f"n {n}", kernels.countdown, n)
        for n in (1.0, "5", None):
            self.refuses(TypeError, "n int", kernels.countdown, n)

    def test_blur(self) -> None:
        for sigma in (0, -1, 1000.5, float("nan"), float("inf"), -float("inf")):
            self.refuses(ValueError, f"sigma 1000 {float(sigma)}", kernels.blur, RGB, sigma, shape=SHAPE)
        self.refuses(TypeError, "number", kernels.blur, RGB, "1", shape=SHAPE)

    def test_mandelbrot(self) -> None:
        for width, height in ((0, 5), (5, 0), (-1, 5), (5, -2**70)):
            self.refuses(ValueError, "width height", kernels.mandelbrot, width, height)
        for width, height in ((2**31, 2**31), (2**70, 1), (1, 2**70), (10**6, 10**6), (2**62, 4)):
            self.refuses(MemoryError, "pixels", kernels.mandelbrot, width, height)
        self.refuses(TypeError, "width int 'float'", kernels.mandelbrot, 5.0, 5)
        for span in (0, -1, float("nan"), float("inf")):
            self.refuses(ValueError, "span", kernels.mandelbrot, 5, 5, span=span)
        for center in ((float("nan"), 0), (0, float("inf"))):
            self.refuses(ValueError, "center finite", kernels.mandelbrot, 5, 5, center=center)
        for center in (1, (1, 2, 3), (1,), ("a", "b"), None):
            self.refuses(TypeError, "", kernels.mandelbrot, 5, 5, center=center)
        for value in (0, -1, 2**31, 2**70):
            self.refuses(ValueError, "max_iterations 2147483647", kernels.mandelbrot, 5, 5, max_iterations=value)
        self.refuses(TypeError, "max_iterations", kernels.mandelbrot, 5, 5, max_iterations=1.5)
