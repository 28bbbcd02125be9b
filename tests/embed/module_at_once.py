"""Kernels, images, regions and marks, used by several threads at once: on a free-threaded Python really so."""

import tempfile
import threading
import unittest
from pathlib import Path
from typing import Callable

import gilscope
from gilscope import image, kernels

THREADS = 8
ROUNDS = 20


class AtOnce(unittest.TestCase):
    def setUp(self) -> None:
        self.picture = image.Image(90, 160, 3)
        with memoryview(self.picture) as pixels:
            pixels.cast("B")[:] = bytes(i * 7 % 256 for i in range(pixels.nbytes))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def at_once(self, work: Callable[[int], object]) -> list[object]:
        """What `work` returned on each thread, which is told its number."""
        together = threading.Barrier(THREADS)
        results: list[object] = [None] * THREADS
        errors: list[BaseException] = []

        def run(index: int) -> None:
            try:
                together.wait()
                for _ in range(ROUNDS):
                    results[index] = work(index)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(errors, [])
        return results

    def test_kernels_on_one_picture(self) -> None:
        for kernel in (kernels.grayscale, lambda picture, **keys: kernels.blur(picture, 1.5, **keys)):
            expected = kernel(self.picture)
            for keys in ({}, {"num_threads": 1}, {"release_gil": False}):
                for result in self.at_once(lambda index: kernel(self.picture, **keys)):
                    self.assertEqual(result, expected)

    def test_mandelbrot_and_countdown(self) -> None:
        expected = kernels.mandelbrot(40, 60)
        self.assertTrue(all(result == expected for result in self.at_once(lambda index: kernels.mandelbrot(40, 60))))
        self.at_once(lambda index: kernels.countdown(1000, num_threads=2))

    def test_on_tile(self) -> None:
        tiles: list[tuple[object, ...]] = []
        self.at_once(lambda index: kernels.grayscale(self.picture, num_threads=2, on_tile=lambda *tile: tiles.append(tile)))
        one: list[object] = []
        kernels.grayscale(self.picture, num_threads=2, on_tile=lambda *tile: one.append(tile))
        self.assertEqual(len(tiles), THREADS * ROUNDS * len(one))

    def test_picture_files(self) -> None:
        def there_and_back(index: int) -> object:
            path = self.folder / f"{index}.png"
            image.write_png(path, self.picture)
            return image.read_png(path)
        for result in self.at_once(there_and_back):
            self.assertEqual(result, self.picture)

    def test_the_last_reference_and_its_buffers(self) -> None:
        views = [memoryview(self.picture) for _ in range(THREADS)]
        whole = bytes(views[0].cast("B"))
        self.picture = None
        self.assertEqual(self.at_once(lambda index: bytes(memoryview(views[index]).cast("B"))), [whole] * THREADS)
        self.at_once(lambda index: views[index].release())

    def test_one_region_and_marks(self) -> None:
        shared = gilscope.region("shared")

        def inside(index: int) -> None:
            with shared, gilscope.region(f"own {index}"):
                gilscope.mark("here")
        self.at_once(inside)
        with self.assertRaises(RuntimeError):
            shared.__exit__(None, None, None)
