"""Make a picture gray; M has 3840 x 2160 pixels."""
import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.context import BaseContext

SIZES = {"S": (320, 180), "M": (3840, 2160), "L": (7680, 4320)}
STRIPS = 16

Work = tuple[int, int, bytes]  # width, height, red, green and blue of each pixel


def make(size: tuple[int, int]) -> Work:
    from gilscope import kernels

    return *size, bytes(kernels.mandelbrot(*size, rgb=True))


def strips(work: Work) -> list[bytes]:
    width, height, pixels = work
    step = -(-height // STRIPS) * width * 3
    return [pixels[at:at + step] for at in range(0, len(pixels), step)]


def gray(pixels: bytes) -> bytes:
    # As gilscope's kernel and Pillow do it, to the last bit.
    return bytes([(19595 * r + 38470 * g + 7471 * b + 32768) >> 16
                  for r, g, b in zip(pixels[0::3], pixels[1::3], pixels[2::3])])


def sequential(work: Work, workers: int) -> bytes:
    return b"".join(map(gray, strips(work)))


def threads(work: Work, workers: int) -> bytes:
    with ThreadPoolExecutor(workers) as pool:
        return b"".join(pool.map(gray, strips(work)))


def asyncio_tasks(work: Work, workers: int) -> bytes:
    async def step(strip: bytes) -> bytes:
        return gray(strip)

    async def all_steps() -> list[bytes]:
        return await asyncio.gather(*map(step, strips(work)))

    return b"".join(asyncio.run(all_steps()))


def processes(work: Work, workers: int, context: BaseContext) -> bytes:
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return b"".join(pool.map(gray, strips(work)))


def subinterpreters(work: Work, workers: int) -> bytes:
    from gilscope_compare import map_in_interpreters

    return b"".join(map_in_interpreters(gray, [(strip,) for strip in strips(work)], workers))


def interpreter_pool(work: Work, workers: int) -> bytes:
    from concurrent.futures import InterpreterPoolExecutor

    with InterpreterPoolExecutor(workers) as pool:
        return b"".join(pool.map(gray, strips(work)))


def native_strips(work: Work, workers: int, release_gil: bool) -> bytearray:
    from gilscope import kernels

    width, height, pixels = work
    result = bytearray(width * height)
    rows = -(-height // STRIPS)

    def gray_strip(first: int) -> None:
        end = min(first + rows, height)
        kernels.grayscale(memoryview(pixels)[3 * first * width:3 * end * width],
                          memoryview(result)[first * width:end * width], shape=(end - first, width, 3),
                          release_gil=release_gil, num_threads=1)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(gray_strip, range(0, height, rows)))
    return result


def native_held(work: Work, workers: int) -> bytearray:
    return native_strips(work, workers, release_gil=False)


def native_released(work: Work, workers: int) -> bytearray:
    return native_strips(work, workers, release_gil=True)


def native_parallel(work: Work, workers: int) -> memoryview:
    from gilscope import kernels

    width, height, pixels = work
    return memoryview(kernels.grayscale(pixels, shape=(height, width, 3), num_threads=workers))


def cython_nogil(work: Work, workers: int) -> bytearray:
    from gilscope_pyx import grayscale_nogil

    width, height, pixels = work
    result = bytearray(width * height)
    step = -(-height // STRIPS) * width

    def gray_strip(at: int) -> None:
        grayscale_nogil.gray(memoryview(pixels)[3 * at:3 * (at + step)], memoryview(result)[at:at + step])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(gray_strip, range(0, width * height, step)))
    return result


def cython_prange(work: Work, workers: int) -> bytearray:
    from gilscope_pyx import grayscale_prange

    width, height, pixels = work
    result = bytearray(width * height)
    grayscale_prange.gray(pixels, result, workers)
    return result


def with_numpy(work: Work, workers: int) -> object:
    import numpy as np

    red, green, blue = (np.frombuffer(work[2], np.uint8)[channel::3].astype(np.uint32) for channel in range(3))
    return ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(np.uint8)


def numba_gray() -> object:
    import numba

    @numba.njit(parallel=True, nogil=True, cache=False)
    def gray_pixels(source, result):  # type: ignore[no-untyped-def]
        for i in numba.prange(result.size):
            result[i] = (19595 * source[3 * i] + 38470 * source[3 * i + 1] + 7471 * source[3 * i + 2] + 32768) >> 16

    return gray_pixels


COMPILED: list[object] = []


def prepare_with_numba(work: Work, workers: int) -> None:
    COMPILED.append(numba_gray())
    with_numba((1, 1, bytes(3)), workers)


def with_numba(work: Work, workers: int) -> object:
    import numba
    import numpy as np

    numba.set_num_threads(min(workers, numba.config.NUMBA_NUM_THREADS))
    result = np.empty(work[0] * work[1], np.uint8)
    COMPILED[0](np.frombuffer(work[2], np.uint8), result)  # type: ignore[operator]
    return result
