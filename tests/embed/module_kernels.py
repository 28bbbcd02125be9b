"""What the kernels compute when Python calls them, and where they may be called from."""

import array
import os
import sys
import threading
import time
import unittest

from gilscope import image, kernels


def pixels(size: int, seed: int = 1) -> bytes:
    """The same bytes each time, without pattern."""
    out = bytearray()
    for _ in range(size):
        seed = (seed * 1103515245 + 12345) % 2**31
        out.append(seed >> 16 & 255)
    return bytes(out)


def luma(data: bytes, channels: int) -> bytes:
    return bytes(
        (19595 * data[i] + 38470 * data[i + 1] + 7471 * data[i + 2] + 32768) >> 16
        for i in range(0, len(data), channels)
    )


class Grayscale(unittest.TestCase):
    def test_every_kind_of_buffer(self) -> None:
        data = pixels(5 * 7 * 3)
        shape = (5, 7, 3)
        for src in (data, bytearray(data), memoryview(data), array.array("B", data)):
            with self.subTest(type(src)):
                gray = kernels.grayscale(src, shape=shape)
                self.assertIsInstance(gray, image.Image)
                self.assertEqual(gray.shape, (5, 7))
                self.assertEqual(bytes(gray), luma(data, 3))
        shaped = memoryview(data).cast("B", shape)
        self.assertEqual(bytes(kernels.grayscale(shaped)), luma(data, 3))
        self.assertEqual(bytes(kernels.grayscale(shaped, shape=shape)), luma(data, 3))
        self.assertEqual(bytes(kernels.grayscale(shaped, shape=list(shape))), luma(data, 3))

    def test_alpha_is_ignored(self) -> None:
        data = pixels(4 * 9 * 4)
        self.assertEqual(bytes(kernels.grayscale(data, shape=(4, 9, 4))), luma(data, 4))

    def test_every_kind_of_destination(self) -> None:
        data = pixels(6 * 10 * 3)
        expected = luma(data, 3)
        buffer = bytearray(60)
        for dst in (buffer, memoryview(buffer), memoryview(buffer).cast("B", (6, 10)),
                    memoryview(buffer).cast("B", (6, 10, 1)), array.array("B", bytes(60)), image.Image(6, 10)):
            for release_gil in (True, False):
                with self.subTest(type(dst), release_gil=release_gil):
                    got = kernels.grayscale(data, dst, shape=(6, 10, 3), release_gil=release_gil)
                    self.assertIs(got, dst)
                    self.assertEqual(bytes(dst), expected)

    def test_rows_apart(self) -> None:
        # Rows of 4 pixels in a frame of 6: a slice of a memoryview of rows keeps its row stride.
        frame = pixels(8 * 18)
        rows = memoryview(frame).cast("B", (8, 18))[::2]
        self.assertEqual(rows.strides, (36, 1))
        blurred = kernels.blur(rows, 0.8)
        packed = kernels.blur(rows.tobytes(), 0.8, shape=(4, 18))
        self.assertEqual(blurred, packed)

    def test_one_pixel_and_odd_sizes(self) -> None:
        for height, width in ((1, 1), (1, 65), (65, 1), (3, 127)):
            data = pixels(height * width * 3)
            for threads in (1, 2, None):
                gray = kernels.grayscale(data, shape=(height, width, 3), num_threads=threads)
                self.assertEqual(bytes(gray), luma(data, 3))


class Blur(unittest.TestCase):
    def test_keeps_what_is_even(self) -> None:
        for channels in (1, 2, 3, 4):
            src = image.Image(9, 11, channels)
            memoryview(src).cast("B", (9 * 11 * channels,))[:] = bytes(range(100, 100 + channels)) * 99
            self.assertEqual(kernels.blur(src, 2.5), src)

    def test_into_a_destination(self) -> None:
        data = pixels(20 * 30)
        dst = bytearray(600)
        self.assertIs(kernels.blur(data, 1, dst, shape=(20, 30)), dst)
        self.assertEqual(bytes(kernels.blur(data, 1.0, shape=(20, 30), num_threads=1)), bytes(dst))
        self.assertNotEqual(bytes(dst), data)


class Mandelbrot(unittest.TestCase):
    def test_shapes(self) -> None:
        self.assertEqual(kernels.mandelbrot(30, 20).shape, (20, 30))
        self.assertEqual(kernels.mandelbrot(30, 20, rgb=True).shape, (20, 30, 3))

    def test_inside_is_black_and_outside_is_not(self) -> None:
        img = kernels.mandelbrot(101, 81, center=(-0.75, 0), span=3.5, max_iterations=100)
        self.assertEqual(memoryview(img)[40, 50], 0)
        self.assertNotEqual(memoryview(img)[0, 0], 0)

    def test_same_picture_for_any_threads(self) -> None:
        one = kernels.mandelbrot(120, 90, rgb=True, num_threads=1)
        self.assertEqual(one, kernels.mandelbrot(120, 90, rgb=True, num_threads=7))
        dst = bytearray(120 * 90 * 3)
        self.assertIs(kernels.mandelbrot(120, 90, rgb=True, dst=dst), dst)
        self.assertEqual(bytes(one), dst)


class CalledFrom(unittest.TestCase):
    def test_many_threads_at_once(self) -> None:
        data = pixels(64 * 64 * 3)
        expected = luma(data, 3)
        start = threading.Barrier(8)
        wrong = []

        def work(number: int) -> None:
            start.wait()
            for _ in range(20):
                tiles = []
                gray = kernels.grayscale(data, shape=(64, 64, 3), num_threads=1 + number % 3,
                                         on_tile=lambda *tile: tiles.append(tile))
                if bytes(gray) != expected or len(tiles) != tiles[0][1]:
                    wrong.append(number)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_forked_child(self) -> None:
        data = pixels(200 * 50 * 3)
        expected = bytes(kernels.grayscale(data, shape=(200, 50, 3), num_threads=2))
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                tiles = []
                gray = kernels.grayscale(data, shape=(200, 50, 3), num_threads=2,
                                         on_tile=lambda *tile: tiles.append(tile))
                kernels.countdown(10_000, num_threads=2)
                kernels.countdown(10_000, num_threads=2, release_gil=False)
                status = 0 if bytes(gray) == expected and tiles else 2
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)


class Countdown(unittest.TestCase):
    def test_returns_none(self) -> None:
        for n in (0, 1, 2, 1_000_003):
            for release_gil in (True, False):
                self.assertIsNone(kernels.countdown(n, release_gil=release_gil))

    @unittest.skipUnless(getattr(sys, "_is_gil_enabled", lambda: True)(), "there is no GIL to hold")
    def test_releases_the_gil_or_holds_it(self) -> None:
        # Nobody is asked for the GIL: the other thread ticks only while this one has let go of it.
        interval = sys.getswitchinterval()
        self.addCleanup(sys.setswitchinterval, interval)
        sys.setswitchinterval(1000)
        ticks = 0
        stop = False
        running = threading.Event()

        def tick() -> None:
            nonlocal ticks
            running.set()
            while not stop:
                ticks += 1
                time.sleep(0)

        thread = threading.Thread(target=tick)
        thread.start()
        try:
            running.wait()
            before = ticks
            kernels.countdown(100_000_000, release_gil=False, num_threads=1)
            self.assertEqual(ticks, before)
            while ticks == before:
                kernels.countdown(100_000_000, release_gil=True, num_threads=1)
        finally:
            stop = True
            thread.join()
