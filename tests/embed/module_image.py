"""gilscope.image: the Image type as a buffer, and PNG files."""

import errno
import os
import pathlib
import tempfile
import unittest

from gilscope import image, kernels


class ImageType(unittest.TestCase):
    def test_true_shape(self) -> None:
        gray, rgb = image.Image(3, 5), image.Image(3, 5, channels=3)
        self.assertEqual((gray.height, gray.width, gray.channels, gray.shape), (3, 5, 1, (3, 5)))
        self.assertEqual((rgb.height, rgb.width, rgb.channels, rgb.shape), (3, 5, 3, (3, 5, 3)))
        view = memoryview(rgb)
        self.assertEqual((view.shape, view.strides, view.format, view.readonly), ((3, 5, 3), (15, 3, 1), "B", False))
        self.assertEqual(memoryview(gray).shape, (3, 5))
        self.assertEqual(bytes(rgb), bytes(45))
        self.assertEqual(repr(rgb), "<gilscope.image.Image 5 x 3, RGB>")
        self.assertEqual(repr(gray), "<gilscope.image.Image 5 x 3, gray>")

    def test_is_written_through_a_view(self) -> None:
        img = image.Image(2, 2)
        memoryview(img)[1, 0] = 200
        self.assertEqual(bytes(img), b"\0\0\xc8\0")

    def test_view_outlives_the_image(self) -> None:
        view = memoryview(kernels.mandelbrot(50, 50))
        self.assertEqual(view.nbytes, 2500)
        self.assertEqual(view.tobytes(), bytes(kernels.mandelbrot(50, 50)))

    def test_equality(self) -> None:
        one, two = image.Image(2, 3), image.Image(2, 3)
        self.assertEqual(one, two)
        self.assertNotEqual(one, image.Image(3, 2))
        self.assertNotEqual(one, image.Image(1, 2, 3))
        memoryview(two)[0, 0] = 1
        self.assertNotEqual(one, two)
        self.assertNotEqual(one, bytes(6))
        with self.assertRaises(TypeError):
            hash(one)
        with self.assertRaises(TypeError):
            one < two

    def test_wrong_sizes(self) -> None:
        for size in ((0, 5), (5, 0), (-1, 5), (5, 5, 0), (5, 5, 5), (5, 5, -1)):
            with self.assertRaises(ValueError):
                image.Image(*size)
        for size in ((2**40, 2**40), (2**70, 1), (2**38, 2)):
            with self.assertRaises(MemoryError):
                image.Image(*size)
        for size in ((5,), (5.0, 5), ("a", 5), (5, 5, 1, 1), ()):
            with self.assertRaises(TypeError):
                image.Image(*size)
        with self.assertRaises(AttributeError):
            image.Image(2, 2).width = 3


class Png(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_round_trip(self) -> None:
        for channels in (1, 2, 3, 4):
            img = image.Image(7, 9, channels)
            memoryview(img).cast("B", (63 * channels,))[:] = bytes(range(63)) * channels
            for path in (self.folder / f"ä {channels}.png", str(self.folder / "s.png"), os.fsencode(self.folder / "b.png")):
                image.write_png(path, img)
                self.assertEqual(image.read_png(path), img)

    def test_writes_any_buffer(self) -> None:
        path = self.folder / "x.png"
        image.write_png(path, bytes(range(60)), shape=(4, 5, 3))
        self.assertEqual(bytes(image.read_png(path)), bytes(range(60)))
        rows = memoryview(bytes(range(200))).cast("B", (20, 10))[::3]
        image.write_png(path, rows)
        self.assertEqual(bytes(image.read_png(path)), rows.tobytes())

    def test_missing_file(self) -> None:
        for path in (self.folder / "no.png", str(self.folder / "no.png"), os.fsencode(self.folder / "no.png")):
            with self.assertRaises(FileNotFoundError) as caught:
                image.read_png(path)
            self.assertEqual(caught.exception.errno, errno.ENOENT)
            self.assertEqual(caught.exception.filename, os.fspath(path))
        with self.assertRaises(FileNotFoundError):
            image.write_png(self.folder / "no" / "x.png", image.Image(2, 2))
        with self.assertRaises(IsADirectoryError):
            image.read_png(self.folder)

    def test_full_disk(self) -> None:
        with self.assertRaises(OSError) as caught:
            image.write_png("/dev/full", image.Image(500, 500, 3))
        self.assertEqual(caught.exception.errno, errno.ENOSPC)

    def test_corrupt_files(self) -> None:
        whole = self.folder / "whole.png"
        image.write_png(whole, kernels.mandelbrot(60, 60))
        data = whole.read_bytes()
        huge = data[:16] + (100_000).to_bytes(4, "big") * 2 + data[24:]
        broken = self.folder / "bröken.png"
        for content in (b"", b"GIF89a", data[:30], data[:-20], data[:60] + b"\xff" * 40 + data[100:], huge):
            broken.write_bytes(content)
            with self.subTest(len(content)), self.assertRaises(ValueError) as caught:
                image.read_png(broken)
            self.assertIn("bröken.png", str(caught.exception))

    def test_wrong_arguments(self) -> None:
        img = image.Image(2, 2)
        for path in (3, None, object()):
            with self.assertRaises(TypeError):
                image.read_png(path)
            with self.assertRaises(TypeError):
                image.write_png(path, img)
        with self.assertRaises(ValueError):
            image.read_png("a\0b")
        target = self.folder / "x.png"
        with self.assertRaises(TypeError):
            image.write_png(target, "pixels")
        for wrong in (bytes(12), memoryview(bytes(60)).cast("B", (4, 3, 5))):
            with self.assertRaises(ValueError):
                image.write_png(target, wrong)
        self.assertFalse(target.exists())
