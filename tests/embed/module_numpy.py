"""NumPy's arrays as sources and destinations. Skipped where NumPy is not installed."""

import unittest

try:
    import numpy
except ImportError:
    numpy = None

from gilscope import image, kernels


@unittest.skipIf(numpy is None, "NumPy is not installed")
class NumPy(unittest.TestCase):
    def setUp(self) -> None:
        self.frame = numpy.random.default_rng(1).integers(0, 256, (40, 60, 4), numpy.uint8)

    def luma(self, array: object) -> object:
        wide = array[..., :3].astype(numpy.uint32)
        return ((wide @ numpy.array([19595, 38470, 7471], numpy.uint32) + 32768) >> 16).astype(numpy.uint8)

    def test_asarray_copies_nothing(self) -> None:
        img = kernels.mandelbrot(30, 20, rgb=True)
        array = numpy.asarray(img)
        self.assertEqual((array.shape, array.dtype), ((20, 30, 3), numpy.uint8))
        array[3, 4] = (1, 2, 3)
        self.assertEqual(memoryview(img)[3, 4, 1], 2)
        self.assertEqual(numpy.asarray(kernels.mandelbrot(30, 20)).shape, (20, 30))

    def test_parts_of_a_frame(self) -> None:
        for part in (self.frame, self.frame[5:30], self.frame[::2], self.frame[:, 10:50], self.frame[3:4, :7],
                     self.frame[:, 5:6]):
            self.assertTrue((numpy.asarray(kernels.grayscale(part)) == self.luma(part)).all())

    def test_into_a_part(self) -> None:
        out = numpy.zeros((80, 100), numpy.uint8)
        part = out[20:60, 30:90]
        self.assertIs(kernels.grayscale(self.frame, part), part)
        self.assertTrue((part == self.luma(self.frame)).all())
        self.assertEqual(out.sum(), part.sum(dtype=out.sum().dtype))

    def test_halves_side_by_side_do_not_overlap(self) -> None:
        both = numpy.zeros((20, 60), numpy.uint8)
        both[:, :30] = self.frame[:20, :30, 0]
        kernels.blur(both[:, :30], 1.0, both[:, 30:])
        self.assertTrue((both[:, 30:] == numpy.asarray(kernels.blur(both[:, :30].copy(), 1.0))).all())
        for left, right in ((slice(0, 30), slice(29, 59)), (slice(1, 31), slice(0, 30))):
            with self.assertRaisesRegex(ValueError, "overlap"):
                kernels.blur(both[:, left], 1.0, both[:, right])

    def test_refused_layouts(self) -> None:
        wrong = {
            "rows backwards": self.frame[::-1],
            "pixels backwards": self.frame[:, ::-1],
            "channels backwards": self.frame[..., ::-1],
            "RGB of RGBA": self.frame[..., :3],
            "every second pixel": self.frame[:, ::2],
            "transposed": self.frame.transpose(1, 0, 2),
            "one row for all": numpy.broadcast_to(self.frame[:1], (40, 60, 4)),
            "no rows": self.frame[:0],
            "four dimensions": self.frame[None],
        }
        for name, array in wrong.items():
            with self.subTest(name), self.assertRaisesRegex(ValueError, "src"):
                kernels.grayscale(array)

    def test_refused_types(self) -> None:
        for kind in (numpy.int8, numpy.uint16, numpy.float32, numpy.bool_, numpy.dtype("S1")):
            with self.subTest(kind), self.assertRaisesRegex(TypeError, "src"):
                kernels.grayscale(self.frame.astype(kind))

    def test_read_only_destination(self) -> None:
        out = numpy.zeros((40, 60), numpy.uint8)
        out.flags.writeable = False
        with self.assertRaisesRegex(TypeError, "read-only"):
            kernels.grayscale(self.frame, out)

    def test_numpy_numbers(self) -> None:
        img = kernels.mandelbrot(numpy.int64(5), numpy.uint8(4), num_threads=numpy.int32(2), span=numpy.float32(2))
        self.assertEqual(img.shape, (4, 5))
        self.assertIsInstance(img, image.Image)
