"""on_tile: who calls it, with what, and how an exception in it ends the kernel."""

import sys
import threading
import traceback
import unittest

from gilscope import image, kernels

N = 50_000_000


class OnTile(unittest.TestCase):
    def test_every_tile_once_with_its_rows(self) -> None:
        src = image.Image(300, 40, 3)
        calls = (
            (300, lambda **o: kernels.grayscale(src, **o)),
            (300, lambda **o: kernels.blur(src, 1.5, **o)),
            (300, lambda **o: kernels.mandelbrot(20, 300, **o)),
            (1_000_000, lambda **o: kernels.countdown(1_000_000, **o)),
        )
        for total, call in calls:
            for threads in (1, 2, 5, None):
                seen: list[tuple[int, int, range]] = []
                call(num_threads=threads, on_tile=lambda *tile: seen.append(tile))
                seen.sort()
                self.assertEqual([tile[0] for tile in seen], list(range(len(seen))))
                self.assertEqual({tile[1] for tile in seen}, {len(seen)})
                self.assertTrue(all(type(tile[2]) is range for tile in seen))
                edges = [0] + [tile[2].stop for tile in seen]
                self.assertEqual([tile[2].start for tile in seen], edges[:-1])
                self.assertEqual(edges[-1], total)

    def test_comes_from_native_threads(self) -> None:
        # Two tiles at once: each thread waits in on_tile until the other has come.
        meet = threading.Barrier(2)
        idents = set()

        def on_tile(index: int, count: int, rows: range) -> None:
            if index < 2:
                meet.wait()
            idents.add(threading.get_ident())

        kernels.mandelbrot(8, 400, num_threads=2, on_tile=on_tile)
        self.assertEqual(len(idents), 2)
        self.assertIn(threading.get_ident(), idents)

    def test_thread_local_lasts_for_the_call(self) -> None:
        local = threading.local()
        numbers: dict[int, list[int]] = {}

        def on_tile(*tile: object) -> None:
            local.number = getattr(local, "number", 0) + 1
            numbers.setdefault(threading.get_ident(), []).append(local.number)

        kernels.countdown(N // 5, num_threads=3, on_tile=on_tile)
        for counted in numbers.values():
            self.assertEqual(counted, list(range(1, len(counted) + 1)))

    def test_no_thread_state_is_left(self) -> None:
        kernels.mandelbrot(8, 400, num_threads=4, on_tile=lambda *tile: None)
        self.assertEqual(len(sys._current_frames()), 1)

    def test_exception_comes_out(self) -> None:
        calls = (
            lambda **o: kernels.grayscale(image.Image(3000, 40, 3), **o),
            lambda **o: kernels.blur(image.Image(3000, 40), 1.5, **o),
            lambda **o: kernels.mandelbrot(20, 3000, **o),
            lambda **o: kernels.countdown(2**62, **o),
            lambda **o: kernels.countdown(1, **o),
        )
        for call in calls:
            for threads in (1, 2, None):
                def on_tile(index: int, count: int, rows: range) -> None:
                    raise LookupError(f"tile {index}")

                names = []
                try:
                    with self.quiet_unraisable():
                        call(num_threads=threads, on_tile=on_tile)
                except LookupError as error:
                    self.assertRegex(str(error), "tile [0-9]+")
                    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
                self.assertEqual(names, ["test_exception_comes_out", "<lambda>", "on_tile"])

    def test_exception_stops_it_soon(self) -> None:
        seen = []

        def on_tile(index: int, count: int, rows: range) -> None:
            seen.append(count)
            raise LookupError

        with self.quiet_unraisable(), self.assertRaises(LookupError):
            kernels.mandelbrot(10, 20_000, num_threads=2, on_tile=on_tile)
        self.assertLessEqual(len(seen), 2)
        self.assertGreater(seen[0], 2)

    def test_other_exceptions_are_unraisable(self) -> None:
        meet = threading.Barrier(2)

        def on_tile(index: int, count: int, rows: range) -> None:
            meet.wait()
            raise LookupError(threading.get_ident())

        with self.quiet_unraisable() as dropped, self.assertRaises(LookupError) as caught:
            kernels.mandelbrot(10, 20_000, num_threads=2, on_tile=on_tile)
        self.assertEqual(len(dropped), 1)
        self.assertNotEqual(dropped[0], caught.exception.args)

    def test_system_exit_comes_out(self) -> None:
        def on_tile(*tile: object) -> None:
            raise SystemExit(7)

        with self.quiet_unraisable(), self.assertRaises(SystemExit) as caught:
            kernels.countdown(2**62, on_tile=on_tile)
        self.assertEqual(caught.exception.code, 7)

    def test_wrong_signature(self) -> None:
        with self.quiet_unraisable(), self.assertRaises(TypeError):
            kernels.countdown(N, on_tile=lambda: None)

    def test_calls_a_kernel_itself(self) -> None:
        inner: list[int] = []

        def on_inner(index: int, count: int, rows: range) -> None:
            inner.append(threading.get_ident())

        def on_tile(index: int, count: int, rows: range) -> None:
            kernels.mandelbrot(5, 5, num_threads=2, on_tile=on_inner)
            kernels.countdown(1000, release_gil=False)

        outer = []
        kernels.mandelbrot(8, 100, num_threads=2, on_tile=lambda *tile: (outer.append(tile), on_tile(*tile)))
        self.assertGreaterEqual(len(inner), len(outer))
        self.assertEqual(len(sys._current_frames()), 1)

    def test_inner_exception_passes_both(self) -> None:
        def fail(*tile: object) -> None:
            raise LookupError("inner")

        with self.quiet_unraisable(), self.assertRaisesRegex(LookupError, "inner"):
            kernels.mandelbrot(8, 100, num_threads=2,
                               on_tile=lambda *tile: kernels.countdown(10_000, num_threads=2, on_tile=fail))

    def test_buffer_is_held(self) -> None:
        dst = bytearray(300 * 40)

        def on_tile(*tile: object) -> None:
            with self.assertRaises(BufferError):
                dst.append(1)

        kernels.grayscale(image.Image(300, 40, 3), dst, on_tile=on_tile)
        dst.append(1)

    class quiet_unraisable:
        """Collects what goes to sys.unraisablehook."""

        def __enter__(self) -> list[tuple[object, ...]]:
            self.seen: list[tuple[object, ...]] = []
            sys.unraisablehook = lambda unraisable: self.seen.append(unraisable.exc_value.args)
            return self.seen

        def __exit__(self, *error: object) -> None:
            sys.unraisablehook = sys.__unraisablehook__
