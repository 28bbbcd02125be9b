// The docstrings of gilscope.kernels: what help() teaches. Not for anything else; included by
// module_kernels.cpp alone.
#pragma once

namespace gilscope::py {

inline constexpr const char* kKernelsDoc = R"(Native work (C++ and OpenMP) that holds the GIL or releases it.

All kernels share these keyword arguments:

release_gil: True (the default) releases the GIL for the whole of the work, so that other
    Python threads run meanwhile. False holds it: then they all wait.
num_threads: native threads to use at most, 1 to 1024; None (the default) for all cores.
on_tile: None, or a callable on_tile(tile_index, tile_count, rows), called once for each
    finished tile (rows is a range: its rows, or its steps for countdown) on the native
    thread that computed it, which takes the GIL for the call. Tiles finish in any order.
    Its result is ignored. An exception in it stops the kernel soon and comes out of the
    call; if other threads fail as well before they see it, theirs go to
    sys.unraisablehook. It needs release_gil=True: native threads could never take a GIL
    that the call holds.

Images are anything with the buffer protocol that holds unsigned bytes, shaped (height,
width) or (height, width, channels): NumPy arrays of uint8, memoryviews, gilscope.image.Image.
Rows may be any distance apart; the pixels of a row must adjoin. For a flat source
(bytes, bytearray, array) say shape=(height, width, channels). A destination may be flat if it
has the right number of bytes. Images of no pixels are refused.

Ctrl-C, and other signals whose handlers raise, end a kernel early. Without the GIL, the
main thread takes it ten times a second to run the handlers; no other thread could run them.

A kernel that is ended early leaves its dst partly written. Arguments are checked before
anything is written: TypeError for a wrong type, no buffer of unsigned bytes or a
read-only dst; ValueError for a wrong shape, range or layout, or a dst that overlaps src in
memory; MemoryError where a new image does not fit.)";

inline constexpr const char* kCountdownDoc =
    R"(countdown(n, *, release_gil=True, num_threads=None, on_tile=None)
--

Counts n down to zero, one at a time; the threads share the steps. The plainest work there
is, as `while n: n -= 1` in Python; the compiler can neither remove nor merge the steps.

n: int, 0 to 2**64 - 1
release_gil, num_threads, on_tile: see help(gilscope.kernels)

Returns None. Raises ValueError for an n out of range, TypeError for one that is no int.)";

inline constexpr const char* kGrayscaleDoc =
    R"(grayscale(src, dst=None, *, shape=None, release_gil=True, num_threads=None, on_tile=None)
--

Turns colour into gray: luma by ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, with the weights
in 16 bits and rounded to nearest, (19595 R + 38470 G + 7471 B + 32768) >> 16. Equal to
the last bit to Pillow's Image.convert("L").

src: unsigned bytes shaped (height, width, 3), RGB, or (height, width, 4), RGBA, whose alpha
    is ignored
dst: None for a new gilscope.image.Image, or a writable buffer of unsigned bytes shaped
    (height, width), or flat with as many; must not overlap src
shape: (height, width, channels) of src where that is flat
release_gil, num_threads, on_tile: see help(gilscope.kernels)

Returns dst, or the new Image.
Raises TypeError for what is no buffer of unsigned bytes or a read-only dst, ValueError for
wrong shapes and for overlap; nothing is written then. A call that on_tile or Ctrl-C ends
early leaves dst partly written.

    gray = kernels.grayscale(image.read_png("photo.png"))
    kernels.grayscale(b"\xff\x00\x00" * 6, shape=(2, 3, 3)))";

inline constexpr const char* kBlurDoc =
    R"(blur(src, sigma, dst=None, *, shape=None, release_gil=True, num_threads=None, on_tile=None)
--

Blurs with a Gaussian, first along one axis and then along the other: each sample becomes the mean
of its neighbours, weighted with exp(-distance**2 / (2 sigma**2)) up to a distance of
ceil(3 sigma) pixels. Beyond the edges the image goes on as its mirror image, the edge
pixel not repeated. Each channel by itself, alpha too; correct to 1 of 255.

src: unsigned bytes shaped (height, width) or (height, width, 1 to 4)
sigma: the standard deviation in pixels, above 0 and at most 1000
dst: None for a new gilscope.image.Image, or a writable buffer of unsigned bytes shaped as src,
    or flat with as many; must not overlap src
shape: (height, width[, channels]) of src where that is flat
release_gil, num_threads, on_tile: see help(gilscope.kernels)

Returns dst, or the new Image.
Raises TypeError for what is no buffer of unsigned bytes or a read-only dst, ValueError for
wrong shapes, a sigma out of range and overlap; nothing is written then. A call that
on_tile or Ctrl-C ends early leaves dst partly written.)";

inline constexpr const char* kMandelbrotDoc =
    R"(mandelbrot(width, height, *, center=(-0.75, 0.0), span=3.5, max_iterations=256, rgb=False, dst=None, release_gil=True, num_threads=None, on_tile=None)
--

Draws the Mandelbrot set, the points c for which z = z**2 + c, from z = 0, stays bounded.
Points inside are black; outside, the shade follows the logarithm of the smoothed escape
time. Rows differ much in their work, which is why threads take tiles as they get free.

width, height: of the picture, in pixels
center: (x, y), the point of the complex plane in the middle of it
span: the width of the picture in the complex plane; its height follows the aspect ratio
max_iterations: 1 to 2**31 - 1; points that have not escaped after so many count as inside
rgb: False draws gray, one byte per pixel; True draws RGB
dst: None for a new gilscope.image.Image, or a writable buffer of unsigned bytes shaped
    (height, width), with rgb=True (height, width, 3), or flat with as many
release_gil, num_threads, on_tile: see help(gilscope.kernels)

Returns dst, or the new Image. The picture is the same for any number of threads.
Raises TypeError for wrong types or a read-only dst, ValueError for wrong ranges and shapes,
MemoryError for a picture that does not fit; nothing is written then. A call that on_tile or
Ctrl-C ends early leaves dst partly written.)";

}  // namespace gilscope::py
